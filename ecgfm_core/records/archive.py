"""Zip archives, unpacked with every size checked before and while it is read: in memory, or into a folder."""

from __future__ import annotations

import shutil
import zipfile
from io import BytesIO
from pathlib import Path, PurePosixPath

from ecgfm_core.errors import LimitExceeded, MalformedFile
from ecgfm_core.records import limits
from ecgfm_core.types import Source

ZIP_MAGIC = b"PK\x03\x04"
_ENTRY_MAGIC = b"PK\x01\x02"


def looks_like(source: Source) -> bool:
    """Whether the content is a zip; whether it is an NPZ is for numpy_files to say first."""
    return source.content.startswith((ZIP_MAGIC, b"PK\x05\x06"))


def unpack(source: Source) -> list[Source]:
    """The files of a zip, without folders, hidden files and the operating system's own.

    Raises:
        MalformedFile: the zip is damaged, encrypted or empty.
        LimitExceeded: too many entries, or too many bytes.
    """
    with open_zip(source) as archive:
        entries = [entry for entry in archive.infolist() if not _left_out(entry.filename)]
        files = [Source(entry.filename, entry_bytes(source.name, archive, entry)) for entry in entries]
    if not files:
        raise MalformedFile(f"{source.name}: the zip is empty. Add the recordings to it.")
    return files


def open_zip(source: Source) -> zipfile.ZipFile:
    """Open a zip whose table of contents keeps to the limits.

    Raises:
        MalformedFile: the zip is damaged.
        LimitExceeded: too many entries, or too many bytes announced.
    """
    listed = source.content.count(_ENTRY_MAGIC)  # before the table of contents is parsed, which takes time and memory
    if listed > limits.ZIP_ENTRIES:
        raise LimitExceeded(f"{source.name}: {listed} entries; at most {limits.ZIP_ENTRIES} are read. Split the zip.")
    try:
        archive = zipfile.ZipFile(BytesIO(source.content))
    except Exception as error:  # zipfile raises what it meets
        raise MalformedFile(f"{source.name}: the zip is damaged. Pack it again.") from error
    entries = archive.infolist()
    if len({entry.filename for entry in entries}) < len(entries):
        raise MalformedFile(f"{source.name}: two entries of the zip have the same name. Pack it again.")
    if sum(entry.file_size for entry in entries) > limits.UNPACKED_BYTES:
        most = limits.UNPACKED_BYTES // limits.MEBIBYTE
        raise LimitExceeded(f"{source.name}: the zip unpacks to more than {most} MiB. Split it.")
    return archive


def entry_bytes(name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of one entry, never more than it announces.

    Raises:
        MalformedFile: the entry is damaged or encrypted.
        LimitExceeded: the entry is too large.
    """
    if entry.file_size > limits.FILE_BYTES:
        most = limits.FILE_BYTES // limits.MEBIBYTE
        raise LimitExceeded(f"{name}: an entry of the zip is larger than {most} MiB. Cut the recording.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise MalformedFile(f"{name}: the zip uses a rare compression. Pack it again with the usual one (deflate).")
    try:
        with archive.open(entry) as file:
            content = file.read(entry.file_size + 1)
    except Exception as error:  # zipfile and zlib raise what they meet
        raise MalformedFile(f"{name}: an entry of the zip is damaged or encrypted. Pack it again.") from error
    if len(content) != entry.file_size:
        raise MalformedFile(f"{name}: an entry of the zip is of another size than announced. Pack it again.")
    return content


def unpack_into(path: Path, folder: Path) -> None:
    """Write the files of a zip below a folder: as many as the disk has room for, each read on its own.

    Raises:
        MalformedFile: the zip is damaged, encrypted or empty, or a name in it leads elsewhere.
        LimitExceeded: an entry is too large, or all of them together for the disk.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise MalformedFile(f"{path.name}: the zip is damaged. Pack it again.") from error
    with archive:
        entries = [entry for entry in archive.infolist() if not _left_out(entry.filename)]
        if not entries:
            raise MalformedFile(f"{path.name}: the zip is empty. Add the recordings to it.")
        if sum(entry.file_size for entry in entries) > shutil.disk_usage(folder).free:
            raise LimitExceeded(f"{path.name}: the zip unpacks to more than the disk has room for. Make room.")
        for entry in entries:
            name = PurePosixPath(entry.filename.replace("\\", "/"))
            if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
                raise MalformedFile(f"{path.name}: a name in the zip leads out of it. Pack it again.")
            content = entry_bytes(path.name, archive, entry)
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def _left_out(path: str) -> bool:
    """Folders, hidden files and the operating system's own."""
    parts = path.replace("\\", "/").split("/")
    return "__MACOSX" in parts or parts[-1].startswith(".") or not parts[-1]
