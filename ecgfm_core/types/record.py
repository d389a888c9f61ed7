"""A recording, the files it comes from, and what became of reading them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ecgfm_core.errors import EcgfmError, NotFinite, RecordError
from ecgfm_core.leads import LEADS, require_unique
from ecgfm_core.types.arrays import FloatArray, freeze


class Source(NamedTuple):
    """One file: its name, for people and for pairing only, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Facts:
    """What a person says of a file that does not say it itself; what the file states goes first.

    Attributes:
        fs: sampling rate in Hz.
        unit: a voltage ("mV", "uV", "V", ...).
        leads: a name for each channel, in the file's order.
    """

    fs: float | None = None
    unit: str | None = None
    leads: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Meta:
    """What a file says beside its samples.

    Attributes:
        format: "wfdb", "dicom", "table", "numpy" or "ecg-fm-mat".
        unit_source: where the unit comes from, in words ("stated in the header", "given by the user").
        age: years, or None.
        sex: "F", "M" or None.
        statements: the file's own interpretation, one entry a statement.
        measurements: the file's own measurements by name, in the file's unit.
        warnings: sentences about what was dropped or assumed while reading.
    """

    format: str
    unit_source: str = "unknown"
    age: float | None = None
    sex: str | None = None
    statements: tuple[str, ...] = ()
    measurements: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One recording as its file holds it, with leads under their standard names.

    Attributes:
        signal: [L, S] in mV where `unit` is "mV"; of unknown scale where it is None.
        fs: sampling rate in Hz.
        leads: [L] standard names, in the order of the file.
        unit: "mV", or None when nobody knows it.
        name: for people; never part of the digest.
        meta: what else the file says.
        digest: sha256 of rate, leads, unit, shape and samples.
    """

    signal: FloatArray
    fs: float
    leads: tuple[str, ...]
    unit: str | None
    name: str
    meta: Meta
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        """Check the parts against each other, freeze the samples, compute the digest."""
        freeze(self, "signal", 2)
        if self.signal.shape[0] != len(self.leads) or not self.signal.shape[1]:
            expected = f"{len(self.leads)} leads of at least one sample"
            raise RecordError(f"{self.name}: {expected} must be given. Got an array of shape {self.signal.shape}.")
        if not (np.isfinite(self.fs) and self.fs > 0):
            raise RecordError(f"{self.name}: the sampling rate must be above 0 Hz. Got {self.fs}.")
        if self.unit not in ("mV", None) or not set(self.leads) <= set(LEADS):
            raise RecordError(f"{self.name}: unit and leads must be standard. Got {self.unit}, {self.leads}.")
        require_unique(self.leads, self.name)
        _require_finite(self)
        object.__setattr__(self, "digest", _digest(self))

    @property
    def duration_s(self) -> float:
        """Duration in seconds: samples over rate."""
        return float(self.signal.shape[1] / self.fs)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What became of one recording: a record, or the error that stands in its place.

    Attributes:
        file: the file as it was given; `archive.zip/entry` for an entry of a zip.
        record: None where it failed.
        error: None where it was read.
    """

    file: str
    record: Record | None
    error: EcgfmError | None


def _require_finite(record: Record) -> None:
    finite = np.isfinite(record.signal)
    if finite.all():
        return
    row, sample = (int(i) for i in np.argwhere(~finite)[0])
    lead, time_s = record.leads[row], sample / record.fs
    count = int((~finite).sum())
    message = (
        f"{record.name}: lead {lead} holds no number at {time_s:.3f} s ({count} such samples in all). "
        "Repair or cut the recording; a gap is never filled in silently."
    )
    raise NotFinite(message, lead, time_s)


def _digest(record: Record) -> str:
    facts = json.dumps([float(record.fs), record.leads, record.unit, record.signal.shape])
    digest = hashlib.sha256(facts.encode())
    digest.update(record.signal.astype("<f4", copy=False).data)
    return digest.hexdigest()
