"""NPY and NPZ without pickle: an array [leads, samples] or [samples, leads], and facts beside it in an NPZ."""

from __future__ import annotations

import zipfile
from io import BytesIO

import numpy as np
import numpy.typing as npt

from ecgfm_core.errors import LimitExceeded, MalformedFile
from ecgfm_core.records import limits
from ecgfm_core.records.archive import ZIP_MAGIC, entry_bytes, open_zip
from ecgfm_core.records.assemble import Channels, assemble, require_size
from ecgfm_core.types import Facts, Record, Source

FORMAT = "numpy"
NPY_MAGIC = b"\x93NUMPY"


def looks_like(source: Source) -> bool:
    """Whether the content is an NPY file, or a zip of nothing but NPY files."""
    if source.content.startswith(NPY_MAGIC):
        return True
    if not source.content.startswith(ZIP_MAGIC):
        return False
    try:
        with zipfile.ZipFile(BytesIO(source.content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False
    return bool(names) and all(name.endswith(".npy") for name in names)


def read(source: Source, facts: Facts) -> Record:
    """Read an NPY file, or an NPZ with `signal` (or a single two-axis array) and, if stated, `fs`, `unit`, `leads`.

    Raises:
        MalformedFile: no array of two axes, a type that is no number, or fewer bytes than announced.
        FactsNeeded: rate, unit or order of the leads are neither in the file nor given.
    """
    arrays = _arrays(source)
    signals = {key: array for key, array in arrays.items() if array.ndim == 2}
    if "signal" in signals:
        signal = signals["signal"]
    elif len(signals) == 1:
        signal = next(iter(signals.values()))
    else:
        raise MalformedFile(
            f"{source.name}: one array of leads by samples is needed. Found {len(signals)} such arrays."
        )
    if signal.dtype.kind not in "fiu":
        raise MalformedFile(f"{source.name}: the samples must be real numbers. Got the type {signal.dtype}.")
    if signal.shape[0] > signal.shape[1]:
        signal = signal.T
    require_size(source.name, *signal.shape)
    unit = _text(arrays.get("unit"))
    channels = Channels(
        values=signal.astype(np.float32),
        names=_texts(arrays.get("leads")),
        fs=_number(arrays.get("fs")),
        units=(unit[0] if unit else None,) * len(signal),
    )
    return assemble(source.name, FORMAT, channels, facts)


def _arrays(source: Source) -> dict[str, npt.NDArray[np.generic]]:
    if source.content.startswith(NPY_MAGIC):
        return {"signal": _array(source.name, source.content)}
    with open_zip(source) as archive:
        entries = archive.infolist()
        return {entry.filename.removesuffix(".npy"): _array(source.name, entry_bytes(source.name, archive, entry))
                for entry in entries}  # fmt: skip


def _array(name: str, content: bytes) -> npt.NDArray[np.generic]:
    """Decode one NPY file, after comparing what its header announces with what is there."""
    stream = BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = reader(stream, max_header_size=10_000)
    except (ValueError, TypeError, SyntaxError, EOFError, OverflowError, MemoryError, RecursionError) as error:
        raise MalformedFile(
            f"{name}: the header of the array cannot be read. Save it again with numpy.save."
        ) from error
    if dtype.hasobject:
        raise MalformedFile(f"{name}: arrays of Python objects are never read. Save an array of numbers.")
    count = 1
    for size in shape:
        count *= size
    if count * dtype.itemsize > limits.FILE_BYTES:
        raise LimitExceeded(f"{name}: the array is larger than {limits.FILE_BYTES // limits.MEBIBYTE} MiB. Cut it.")
    held = len(content) - stream.tell()
    if held < count * dtype.itemsize or count < 0:
        raise MalformedFile(
            f"{name}: the header announces {count * dtype.itemsize} bytes of samples; the file holds {held}. "
            "Save it again."
        )
    flat = np.frombuffer(content, dtype, count, stream.tell()) if count else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if fortran else "C")


def _number(array: npt.NDArray[np.generic] | None) -> float | None:
    if array is None or array.size != 1 or array.dtype.kind not in "fiu":
        return None
    return float(array.reshape(()).astype(np.float64))


def _text(array: npt.NDArray[np.generic] | None) -> list[str]:
    if array is None or array.dtype.kind not in "US" or array.size > limits.CHANNELS:
        return []
    return [
        text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text) for text in array.ravel().tolist()
    ]


def _texts(array: npt.NDArray[np.generic] | None) -> tuple[str, ...] | None:
    return tuple(_text(array)) or None
