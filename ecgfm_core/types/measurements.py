"""What is measured on a recording: beats, a median beat, and values that are there or say why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ecgfm_core.types.arrays import FloatArray, freeze

Kind = Literal["normal", "premature_atrial", "premature_ventricular", "paced", "other"]

Span = tuple[float, float]
"""Onset and offset in s."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat; all times in s from the first sample. A wave may begin before it or end after the last.

    Attributes:
        r_s: the R peak; in a simulated heart, where the QRS dipole is longest.
        kind: what started it; "other" is a beat of ventricular tachycardia, a ventricular escape, or unclear.
        p: onset and offset of the P wave that was conducted, or None.
        qrs: onset and offset.
        t: onset and offset, or None.
    """

    r_s: float
    kind: Kind
    p: Span | None
    qrs: Span
    t: Span | None


@dataclass(frozen=True, slots=True)
class Measurement:
    """A value, or the reason why there is none: exactly one of the two.

    Attributes:
        value: in `unit`; None where it was not measured.
        unit: "1/min", "ms", "deg" or "mV".
        method: how it is found, in words.
        why: why it was not measured, in words; None where it was.
    """

    value: float | None
    unit: str
    method: str
    why: str | None = None

    def __post_init__(self) -> None:
        """Refuse a value with an excuse, and a gap without one.

        Raises:
            ValueError: both or neither of value and why are given.
        """
        if (self.value is None) == (self.why is None):
            raise ValueError(f"either value or why must be given. Got {self.value} and {self.why!r}.")


@dataclass(frozen=True, slots=True, eq=False)
class MedianBeat:
    """The median of the prevailing beats, sample by sample; the boundaries hold for all leads together.

    Attributes:
        values: [L, S] in mV (in the record's own scale where its unit is unknown); 0 is the level before QRS.
        spread: [L, S] interquartile range over the beats, in the same unit.
        leads: [L] standard names.
        fs: Hz.
        r_s: s from the first sample to the R peak.
        p: onset and offset in s from the first sample, or None.
        qrs: likewise.
        t: likewise, or None.
        beats: how many beats went in.
    """

    values: FloatArray
    spread: FloatArray
    leads: tuple[str, ...]
    fs: float
    r_s: float
    p: Span | None
    qrs: Span
    t: Span | None
    beats: int

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze(self, "values", 2)
        freeze(self, "spread", 2)


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """Everything that was measured on one recording.

    Attributes:
        values: by name, in the order of docs/measurements.md; names of a lead end in its name, as "ST_J/V2".
        beats: first to last.
        median: None where no beat was found.
        source: digest of the record.
    """

    values: Mapping[str, Measurement]
    beats: tuple[Beat, ...]
    median: MedianBeat | None
    source: str

    def __getitem__(self, name: str) -> Measurement:
        """A measurement by name."""
        return self.values[name]
