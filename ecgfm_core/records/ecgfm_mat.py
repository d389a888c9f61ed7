"""ECG-FM's own .mat layout (MATLAB 5): `feats` [12, S], `curr_sample_rate`, else `org_sample_rate`. No unit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecgfm_core.errors import MalformedFile
from ecgfm_core.leads import LEADS
from ecgfm_core.records import limits
from ecgfm_core.records.assemble import Channels, Stated, assemble, require_size
from ecgfm_core.records.mat5 import MAGIC, NotMat5, read_matrices
from ecgfm_core.types import Facts, Record, Source

FORMAT = "ecg-fm-mat"

_WANTED = ("feats", "curr_sample_rate", "org_sample_rate")


def looks_like(source: Source) -> bool:
    """Whether the text at the beginning says MATLAB 5."""
    return source.content.startswith(MAGIC)


def read(source: Source, facts: Facts) -> Record:
    """Read one file of the published pipeline, raw (`org`) or cut (`segmented`).

    A lead that the pipeline did not find is a row of NaN there, and is absent here.

    Raises:
        MalformedFile: no `feats` of twelve leads.
    """
    try:
        content = read_matrices(source.content, _WANTED, limits.FILE_BYTES)
    except NotMat5 as error:
        raise MalformedFile(
            f"{source.name}: the file cannot be read as MATLAB 5 ({error}). Export the recording again."
        ) from error
    feats = content.get("feats")
    if not isinstance(feats, np.ndarray) or feats.ndim != 2 or len(feats) != len(LEADS):
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


def _scalar(array: npt.NDArray[np.generic] | None) -> float | None:
    if array is None or array.size != 1:
        return None
    return float(array.reshape(()).astype(np.float64))
