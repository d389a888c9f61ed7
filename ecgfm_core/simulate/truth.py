"""What is known of a simulated recording because it was made: labels, rhythm, beats and intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["normal", "premature_atrial", "premature_ventricular", "paced", "other"]


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat; all times in s from the first sample. A wave may begin before it or end after the last.

    Attributes:
        r_s: where the QRS dipole is longest.
        kind: what started it; "other" is a beat of ventricular tachycardia or a ventricular escape.
        p: onset and offset of the P wave that was conducted, or None.
        qrs: onset and offset.
        t: onset and offset, or None.
    """

    r_s: float
    kind: Kind
    p: tuple[float, float] | None
    qrs: tuple[float, float]
    t: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth of one recording.

    Attributes:
        labels: all 17 names of `ecgfm_core.labels.MIMIC_IV_ECG`, and whether each holds.
        rhythm: the rhythm in words.
        findings: what else is there, in words.
        beats: those whose R peak lies within the recording, first to last.
        pr_ms: median from the onset of P to the onset of QRS; None where no P wave is conducted.
        qrs_ms: median duration of the prevailing kind of beats.
        qt_ms: median from the onset of QRS to the end of T of the prevailing kind of beats.
        axis_deg: of the net QRS area in I and aVF of the prevailing beats; 0 is left, 90 down.
        rate: beats a minute between the first and the last R peak; None with fewer than two.
    """

    labels: Mapping[str, bool]
    rhythm: str
    findings: tuple[str, ...]
    beats: tuple[Beat, ...]
    pr_ms: float | None
    qrs_ms: float | None
    qt_ms: float | None
    axis_deg: float
    rate: float | None
