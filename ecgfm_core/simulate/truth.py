"""What is known of a simulated recording because it was made: labels, rhythm, beats and intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ecgfm_core.types.measurements import Beat, Kind

__all__ = ["Beat", "Kind", "Truth"]


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
