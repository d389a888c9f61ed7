"""Choosing a reader by content, and pairing files that belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from types import ModuleType

from ecgfm_core.errors import EcgfmError, IncompleteUpload, LimitExceeded, MalformedFile, RecordError, UnknownFormat
from ecgfm_core.records import archive, dicom, ecgfm_mat, limits, numpy_files, table, wfdb_files
from ecgfm_core.records.assemble import short
from ecgfm_core.types import Facts, Reading, Record, Source

_READERS = (dicom, ecgfm_mat, numpy_files, table)
"""Formats of one file, in the order in which they are tried; each recognizes its own beginning."""

_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"<?xml", "an XML file"),
    (b"\xef\xbb\xbf<?xml", "an XML file"),
    (b"\xff\xfe<\x00", "an XML file"),
    (b"PK\x03\x04", "a zip inside a zip"),
)
SUPPORTED = "Supported: WFDB (.hea with .dat or .mat), DICOM, CSV/TSV, NPY/NPZ, ECG-FM .mat, and zips of these."

AnySource = str | Path | bytes | Source


def read_record(
    source: AnySource | Sequence[AnySource],
    name: str = "upload",
    *,
    fs: float | None = None,
    unit: str | None = None,
    leads: Sequence[str] | None = None,
) -> Record:
    """Read one recording.

    Args:
        source: a path, bytes, or several files that belong together (a header and its signal files).
        name: what to call bytes that come without a name.
        fs: Hz, used where the file states no rate.
        unit: a voltage, used where the file states no unit.
        leads: a name for each channel, used where the file names none.

    Raises:
        RecordError: the file cannot be read, or holds more than one recording.
    """
    records = read_records(source, name, fs=fs, unit=unit, leads=leads)
    if len(records) != 1:
        raise MalformedFile(f"{name}: {len(records)} recordings where one is expected. Use read_records.")
    return records[0]


def read_records(
    source: AnySource | Sequence[AnySource],
    name: str = "upload",
    *,
    fs: float | None = None,
    unit: str | None = None,
    leads: Sequence[str] | None = None,
) -> list[Record]:
    """Read all recordings of a zip or of several files; the arguments are those of `read_record`.

    Raises:
        RecordError: the first recording that cannot be read; `read_each` goes on instead.
    """
    given = [source] if isinstance(source, (str, Path, bytes, Source)) else list(source)
    named = [Source(name, item) if isinstance(item, bytes) else item for item in given]
    records = []
    for reading in read_each(named, Facts(fs, unit, None if leads is None else tuple(leads))):
        if reading.error is not None:
            raise reading.error
        if reading.record is not None:
            records.append(reading.record)
    return records


def read_each(sources: Iterable[str | Path | Source], facts: Facts | None = None) -> Iterator[Reading]:
    """Read every recording among the sources; one that fails is an entry with its error and stops nothing.

    Args:
        sources: paths, or files in memory. A path to a WFDB header brings its signal files along.
        facts: what a person says where a file does not say it.
    """
    given = facts or Facts()
    in_memory: list[Source] = []
    done: set[str] = set()
    for source in sources:
        if isinstance(source, Source):
            in_memory.append(source)
        elif str(source) not in done:  # a header has brought it along
            try:
                found = _load(Path(source))
            except (EcgfmError, OSError) as error:  # a name may be too long for a path
                known = error if isinstance(error, EcgfmError) else _unopened(str(source))
                yield Reading(str(source), None, known)
                continue
            done.update(file.name for file in found)
            yield from _within(limits.TOTAL_VALUES, _read_files(found, given))
    yield from _within(limits.TOTAL_VALUES, _read_files(in_memory, given))


def _read_files(files: list[Source], facts: Facts) -> Iterator[Reading]:
    """Read files that came together: zips are unpacked, the others may belong to each other."""
    loose: list[Source] = []
    for file in files:
        try:
            _require_small(file)
            if not archive.looks_like(file) or numpy_files.looks_like(file):
                loose.append(file)
                continue
            inside = archive.unpack(file._replace(name=_short(file.name)))
        except EcgfmError as error:
            yield Reading(file.name, None, error)
            continue
        named = [entry._replace(name=f"{file.name}/{entry.name}") for entry in inside]
        yield from _read_group(named, facts)
    yield from _read_group(loose, facts)


def _within(budget: int, readings: Iterable[Reading]) -> Iterator[Reading]:
    """Pass readings on until all their samples together are more than an upload may hold."""
    for reading in readings:
        budget -= reading.record.signal.size if reading.record is not None else 0
        if budget < 0:
            message = f"{_short(reading.file)}: the upload holds more recordings than are kept at once. Split it."
            yield Reading(reading.file, None, LimitExceeded(message))
            return
        yield reading


def _read_group(files: list[Source], facts: Facts) -> Iterator[Reading]:
    """Read files that may belong together: headers first claim their signal files, the rest stand alone."""
    by_key: dict[str, Source] = {}
    mixed: set[str] = set()
    for file in files:
        if by_key.setdefault(_key(file.name), file).content != file.content:
            mixed.add(_stem(file.name))
    for stem in sorted(mixed):
        error = MalformedFile(f"{_short(stem)}: two different files of this name. Add one at a time.")
        yield Reading(stem, None, error)
    by_key = {key: file for key, file in by_key.items() if _stem(file.name) not in mixed}
    headers = {key: file for key, file in by_key.items() if wfdb_files.looks_like(file)}
    claimed = set(headers)
    for key, header in headers.items():
        yield _attempt(header.name, partial(_read_wfdb, key, by_key, claimed, facts))
    stems = {_stem(header.name) for header in headers.values()}
    for key, file in by_key.items():
        annotation = _stem(file.name) in stems and _reader(file) is None
        if key not in claimed and not annotation:
            yield _attempt(file.name, partial(_read_single, file, facts))


def _attempt(file: str, read: Callable[[], Record]) -> Reading:
    try:
        return Reading(file, read(), None)
    except EcgfmError as error:
        return Reading(file, None, error)


def _read_wfdb(key: str, files: Mapping[str, Source], claimed: set[str], facts: Facts) -> Record:
    """Collect the signal files that a header names, from the same folder, and read the record."""
    header, folder = files[key], PurePosixPath(key).parent
    content: dict[str, bytes] = {}
    names = wfdb_files.parse_header(header._replace(name=_short(header.name))).files
    for name in names:
        candidates = [_key(str(folder / _short(name)))]
        if len(names) == 1:  # header and signal file were renamed alike
            candidates.append(_key(_stem(header.name) + PurePosixPath(name).suffix))
        found = next((candidate for candidate in candidates if candidate in files and candidate not in claimed), None)
        if found is not None:
            content[name] = files[found].content
            claimed.add(found)
    return wfdb_files.read(header._replace(name=_short(header.name)), content, facts)


def _reader(source: Source) -> ModuleType | None:
    return next((reader for reader in _READERS if reader.looks_like(source)), None)


def _read_single(source: Source, facts: Facts) -> Record:
    name = _short(source.name)
    if not source.content:
        raise MalformedFile(f"{name}: the file is empty. Export the recording again.")
    reader = _reader(source)
    if reader is not None:
        record: Record = reader.read(source._replace(name=name), facts)
        return record
    if name.lower().endswith((".dat", ".mat")):
        raise IncompleteUpload(f"{name}: a WFDB signal file needs its header (.hea). Add both together.")
    kind = next((words for magic, words in _KINDS if source.content[:64].lstrip().startswith(magic)), None)
    seems = f" (it is {kind})" if kind else ""
    raise UnknownFormat(f"{name}: none of the readers recognizes this file{seems}. {SUPPORTED}")


def _load(path: Path) -> list[Source]:
    """A file from disk; a WFDB header brings the signal files of its folder, a signal file its header."""
    if not path.suffix and not path.exists() and path.with_name(path.name + ".hea").exists():
        path = path.with_name(path.name + ".hea")
    source = _read_path(path)
    if path.suffix.lower() == ".dat" or source.content[20:24] == b"val\0":  # a WFDB .mat is a MATLAB 4 matrix "val"
        beside = path.with_suffix(".hea")
        source = _read_path(beside) if beside.is_file() else source
        path = beside if beside.is_file() else path
    if not wfdb_files.looks_like(source):
        return [source]
    try:
        names = wfdb_files.parse_header(source).files
    except RecordError:
        return [source]  # reading it will say what is wrong
    plain = [path.with_name(name) for name in names if name == PurePosixPath(name).name and name not in (".", "..")]
    return [source, *(_read_path(file) for file in plain if file.is_file())]


def _read_path(path: Path) -> Source:
    try:
        if path.stat().st_size > limits.UNPACKED_BYTES:
            raise _too_large(path.name, limits.UNPACKED_BYTES)
        return Source(str(path), path.read_bytes())
    except IsADirectoryError as error:
        raise MalformedFile(f"{path.name}: this is a folder. Name the files in it.") from error
    except (OSError, ValueError) as error:
        raise _unopened(path.name) from error


def _require_small(source: Source) -> None:
    most = limits.UNPACKED_BYTES if archive.looks_like(source) else limits.FILE_BYTES
    if len(source.content) > most:
        raise _too_large(_short(source.name), most)


def _unopened(name: str) -> MalformedFile:
    return MalformedFile(f"{_short(name)}: the file cannot be opened. Check its name and permissions.")


def _too_large(name: str, most: int) -> LimitExceeded:
    return LimitExceeded(f"{name}: larger than {most // limits.MEBIBYTE} MiB. Cut the recording.")


def _key(name: str) -> str:
    """A name by which files find each other: without `./`, and whatever its case."""
    return str(PurePosixPath(name.replace("\\", "/"))).lower()


def _stem(name: str) -> str:
    """A name without its last extension."""
    folder, slash, file = name.replace("\\", "/").rpartition("/")
    return f"{folder}{slash}{file.rpartition('.')[0] or file}"


def _short(name: str) -> str:
    """The last part of a name, fit for a sentence."""
    return short(name.replace("\\", "/").rpartition("/")[2])[:80] or "upload"
