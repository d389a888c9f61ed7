"""NPY and NPZ without pickle: an array [leads, samples] or [samples, leads], and facts beside it in an NPZ."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import numpy.typing as npt

from ecgfm_core.errors import LimitExceeded, MalformedFile, RecordError
from ecgfm_core.records import limits
from ecgfm_core.records.archive import ZIP_MAGIC, entry_bytes, open_zip
from ecgfm_core.records.assemble import Channels, assemble, require_size, short
from ecgfm_core.types import Facts, Record, Source

FORMAT = "numpy"
NPY_MAGIC = b"\x93NUMPY"

_FACTS = ("fs", "unit", "leads")
_HEADER_BYTES = 10_000


def looks_like(source: Source) -> bool:
    """Whether the content is an NPY file, or a zip of NPY files of which one states a fact.

    A zip of NPY files without facts is an archive of recordings.
    """
    if source.content.startswith(NPY_MAGIC):
        return True
    if not source.content.startswith(ZIP_MAGIC):
        return False
    try:
        with open_zip(source) as archive:
            names = archive.namelist()
    except RecordError:
        return False
    return all(name.endswith(".npy") for name in names) and any(f"{fact}.npy" in names for fact in _FACTS)


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
    units = _texts(source.name, "unit", arrays)
    if units is not None and len(units) not in (1, len(signal)):
        raise MalformedFile(
            f"{source.name}: {len(units)} units for {len(signal)} leads. Give one, or one for each lead."
        )
    channels = Channels(
        values=signal.astype(np.float32),
        names=_texts(source.name, "leads", arrays),
        fs=_rate(source.name, arrays),
        units=(None,) * len(signal) if units is None else units * (len(signal) // len(units)),
    )
    return assemble(source.name, FORMAT, channels, facts)


def _arrays(source: Source) -> dict[str, npt.NDArray[np.generic]]:
    if source.content.startswith(NPY_MAGIC):
        return {"signal": _array(source.name, source.content)}
    with open_zip(source) as archive:
        return {
            entry.filename.removesuffix(".npy"): _array(source.name, entry_bytes(source.name, archive, entry))
            for entry in archive.infolist()
        }


def _array(name: str, content: bytes) -> npt.NDArray[np.generic]:
    """Decode one NPY file, after comparing what its header announces with what is there."""
    stream = BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = reader(stream, max_header_size=_HEADER_BYTES)
    except Exception as error:  # numpy parses the header as Python text and lets its tokenizer speak
        raise MalformedFile(
            f"{name}: the header of the array cannot be read. Save it again with numpy.save."
        ) from error
    if dtype.kind not in "fiuUS" or dtype.itemsize == 0:
        raise MalformedFile(f"{name}: arrays of {_kind(dtype)} are never read. Save an array of numbers.")
    if len(shape) > 2 or not all(type(size) is int and 0 <= size <= limits.FILE_BYTES for size in shape):
        raise MalformedFile(f"{name}: one array of leads by samples is needed. Found the shape {str(shape)[:60]}.")
    count = int(np.prod([int(size) for size in shape], dtype=object))
    if count * dtype.itemsize > limits.FILE_BYTES:
        raise LimitExceeded(f"{name}: the array is larger than {limits.FILE_BYTES // limits.MEBIBYTE} MiB. Cut it.")
    held = len(content) - stream.tell()
    if held < count * dtype.itemsize:
        raise MalformedFile(
            f"{name}: the header announces {count * dtype.itemsize} bytes of samples; the file holds {held}. "
            "Save it again."
        )
    flat = np.frombuffer(content, dtype, count, stream.tell()) if count else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if fortran else "C")


def _kind(dtype: np.dtype[np.generic]) -> str:
    return "Python objects" if dtype.hasobject else f"the type {str(dtype)[:20]}"


def _rate(name: str, arrays: dict[str, npt.NDArray[np.generic]]) -> float | None:
    """`fs`, where it is there: one number, or the same number for every lead."""
    if "fs" not in arrays:
        return None
    array = arrays["fs"].ravel()
    if array.dtype.kind not in "fiu" or len(array) == 0 or (array != array[0]).any():
        raise MalformedFile(f"{name}: fs must be one number, the sampling rate in Hz. Save it as such.")
    return float(array[:1].astype(np.float64)[0])


def _texts(name: str, fact: str, arrays: dict[str, npt.NDArray[np.generic]]) -> tuple[str, ...] | None:
    """`unit` or `leads`, where they are there."""
    if fact not in arrays:
        return None
    array = arrays[fact].ravel()
    if array.dtype.kind not in "US" or not 1 <= len(array) <= limits.CHANNELS or array.dtype.itemsize > _HEADER_BYTES:
        raise MalformedFile(f"{name}: {fact} must be text. Save it as an array of text.")
    try:
        raw = array.tolist()
        return tuple(short(text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)) for text in raw)
    except (ValueError, SystemError) as error:  # code points that are none
        raise MalformedFile(f"{name}: {fact} is no text that can be read. Save it again.") from error
