"""ECG-FM's own .mat layout (MATLAB 5): `feats` [12, S], `curr_sample_rate`, else `org_sample_rate`. No unit."""

from __future__ import annotations

import warnings
import zlib
from io import BytesIO

import numpy as np
import scipy.io

from ecgfm_core.errors import LimitExceeded, MalformedFile
from ecgfm_core.leads import LEADS
from ecgfm_core.records import limits
from ecgfm_core.records.assemble import Channels, Stated, assemble, require_size
from ecgfm_core.types import Facts, Record, Source

FORMAT = "ecg-fm-mat"

_HEADER = 128
_COMPRESSED = 15
_WANTED = ("feats", "curr_sample_rate", "org_sample_rate")


def looks_like(source: Source) -> bool:
    """Whether the text at the beginning says MATLAB 5."""
    return source.content.startswith(b"MATLAB 5.0 MAT-file")


def read(source: Source, facts: Facts) -> Record:
    """Read one file of the published pipeline, raw (`org`) or cut (`segmented`).

    A lead that the pipeline did not find is a row of NaN there, and is absent here.

    Raises:
        MalformedFile: no `feats` of twelve leads.
        LimitExceeded: it unpacks to more than is read.
    """
    _require_small(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            content = scipy.io.loadmat(BytesIO(source.content), variable_names=_WANTED)  # type: ignore[arg-type]
    except Exception as error:  # (scipy's reader raises what it meets: any of a dozen types)
        raise MalformedFile(
            f"{source.name}: the file cannot be read as MATLAB 5. Export the recording again."
        ) from error
    feats = content.get("feats")
    if (
        not isinstance(feats, np.ndarray)
        or feats.ndim != 2
        or len(feats) != len(LEADS)
        or feats.dtype.kind not in "fiu"
    ):
        raise MalformedFile(
            f"{source.name}: a .mat file alone must hold `feats` of 12 leads, as ECG-FM's pipeline writes it. "
            "A WFDB .mat needs its .hea file beside it."
        )
    require_size(source.name, *feats.shape)
    there = [not np.isnan(row).all() for row in feats.astype(np.float32)]
    leads = tuple(lead for lead, present in zip(LEADS, there, strict=True) if present)
    if not leads:
        raise MalformedFile(f"{source.name}: every lead is empty (NaN). Export the recording again.")
    absent = [lead for lead in LEADS if lead not in leads]
    notes = (f"Absent in the file (a row of NaN): {', '.join(absent)}.",) if absent else ()
    channels = Channels(
        values=feats[there].astype(np.float32),
        names=leads,
        fs=_scalar(content.get("curr_sample_rate")) or _scalar(content.get("org_sample_rate")),
        units=(None,) * len(leads),
        stated=Stated(warnings=notes),
        scale_unknown=True,
    )
    return assemble(source.name, FORMAT, channels, facts)


def _scalar(array: object) -> float | None:
    if not isinstance(array, np.ndarray) or array.size != 1 or array.dtype.kind not in "fiu":
        return None
    return float(array.reshape(()).astype(np.float64))


def _require_small(source: Source) -> None:
    """Measure what the compressed elements unpack to, without keeping it.

    Raises:
        LimitExceeded: more than one file may hold.
    """
    content, position, total = source.content, _HEADER, 0
    order = "big" if content[126:128] == b"MI" else "little"
    while position + 8 <= len(content):
        kind = int.from_bytes(content[position : position + 4], order)  # type: ignore[arg-type]
        size = int.from_bytes(content[position + 4 : position + 8], order)  # type: ignore[arg-type]
        body = content[position + 8 : position + 8 + size]
        total += _unpacked(body) if kind == _COMPRESSED else len(body)
        if total > limits.FILE_BYTES:
            most = limits.FILE_BYTES // limits.MEBIBYTE
            raise LimitExceeded(f"{source.name}: the file unpacks to more than {most} MiB. Cut the recording.")
        position += 8 + size


def _unpacked(body: bytes) -> int:
    unpacker, total = zlib.decompressobj(), 0
    while body and total <= limits.FILE_BYTES:
        try:
            total += len(unpacker.decompress(body, limits.MEBIBYTE))
        except zlib.error:
            return total  # scipy will say so
        body = unpacker.unconsumed_tail
    return total
