"""Families: the beats of a recording, sorted by shape, each family with its median beat. Before any threshold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ecgfm_core.signal.measure.peaks import r_peaks
from ecgfm_core.signal.measure.preparing import Floats, Prepared
from ecgfm_core.signal.measure.shapes import Samples, alike, median_beat, without_wander
from ecgfm_core.signal.measure.spikes import spikes

BEATS_SHARE = 0.4
"""of all beats that the largest family must hold: peaks of noise are alike by chance only."""
SPIKED = 3
"""beats of one shape in which a pacemaker's spike is told from a crackle of the electrodes."""
IRREGULAR = 0.06
"""median change from one RR to the next, as a share of RR, above which the rhythm may be atrial fibrillation."""
NOISY = 4.0
"""times the usual spread from beat to beat, above which a lead is left out of the delineation."""


class Family(NamedTuple):
    """Beats of one shape.

    Attributes:
        median: [L, S] their median, S = BEFORE + AFTER samples about R.
        spread: [L, S] their interquartile range.
        beats: [N, L, S] the beats that went in.
        spikes: samples of the median at which a pacemaker acts.
        total: how many beats the recording has of this shape.
    """

    median: Floats
    spread: Floats
    beats: Floats
    spikes: Samples
    total: int


class Sorted(NamedTuple):
    """All beats of a recording.

    Attributes:
        signal: [L, S] without wander.
        peaks: [N] R peaks, rising, placed so that beats of a family lie on each other.
        members: [N] the number of each beat's family.
        families: by that number.
        leads: [L] good enough to be delineated.
        rr: samples between neighboring beats, the median.
        irregular: whether RR varies from beat to beat as in atrial fibrillation.
    """

    signal: Floats
    peaks: Samples
    members: Samples
    families: list[Family]
    leads: npt.NDArray[np.bool_]
    rr: float
    irregular: bool


def sort_beats(prepared: Prepared) -> Sorted | None:
    """Find the beats and sort them by shape; None where fewer than two are alike, or most are like no other."""
    found = r_peaks(prepared)
    if len(found) < 2:
        return None
    signal = without_wander(prepared, found)
    members, peaks = alike(signal, found, prepared.live)
    counts = np.bincount(members)
    if counts.max() < max(2.0, BEATS_SHARE * len(peaks)):
        return None
    families = [_family(signal, peaks[members == number]) for number in range(len(counts))]
    largest = int(np.argmax(counts))
    leads = _good_leads(families[largest], prepared.live)
    rr = np.diff(peaks)
    return Sorted(
        signal, peaks, members, families, leads, float(np.median(rr)), _is_irregular(rr, members == largest)
    )  # fmt: skip


def _family(signal: Floats, peaks: Samples) -> Family:
    median, spread, beats = median_beat(signal, peaks)
    at = spikes(median) if len(peaks) >= SPIKED else np.empty(0, np.intp)
    return Family(median, spread, beats, at, len(peaks))


def _good_leads(family: Family, live: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """[L] leads that change, and differ from beat to beat not much more than the others do."""
    noise = np.median(family.spread, axis=1)
    good: npt.NDArray[np.bool_] = live & (noise <= NOISY * np.median(noise[live]))
    return good


def _is_irregular(rr: Samples, usual: npt.NDArray[np.bool_]) -> bool:
    """Whether RR changes much from one to the next; [N - 1] intervals, [N] which beats count."""
    both = usual[:-1] & usual[1:]
    changes = np.abs(np.diff(rr))[both[:-1] & both[1:]]
    return bool(len(changes) >= 3 and np.median(changes) > IRREGULAR * np.median(rr))
