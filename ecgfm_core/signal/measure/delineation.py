"""Where P, QRS and T of a median beat begin and end, on all leads together.

One rule for every wave. The activity of a beat is, at each moment, the slope of the lead that is third in steepness: so
a wave has begun when three leads move, and has ended when fewer than three do. The cardiologists' convention, from the
second earliest onset to the second latest offset over the leads, is the same with two; the third spares one bad lead.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.ndimage import uniform_filter1d

from ecgfm_core.signal.measure.families import Family, Sorted
from ecgfm_core.signal.measure.preparing import FS, Floats, below
from ecgfm_core.signal.measure.shapes import AFTER, BEFORE
from ecgfm_core.signal.measure.spikes import without_spikes
from ecgfm_core.signal.measure.thresholds import Thresholds

RANK = 3
"""which lead's slope counts, from the steepest."""
SMOOTH = round(0.01 * FS)
"""samples over which the slope is averaged."""
PAUSE = round(0.008 * FS)
"""samples of rest that are still within a QRS: the turn at the top of a wave."""
QRS_BEFORE = round(0.12 * FS)
"""samples before R within which QRS begins, and about R within which it is steepest."""
QRS_AFTER = round(0.18 * FS)
"""samples after R within which QRS ends."""
MOST_RAISED = 6
"""times that the level of rest is raised by two fifths: ST slopes after a broad QRS."""
NOISE = 1.5
"""times the activity of the quietest tenth of a beat, below which no wave is told from noise."""
P_HALF = round(0.07 * FS)
"""samples: half the longest P wave."""
STRONG = 0.4
"""share of its top from which the activity belongs to the P wave for certain."""
P_APART = round(0.02 * FS)
"""samples before QRS that belong to QRS's own beginning."""
LATEST_TOP = 0.48
"""s from the onset of QRS to the latest top of T, at one beat a second; it follows the square root of RR."""
T_FALL = round(0.1 * FS)
"""samples from the top of T within which it falls, or rises, most steeply."""
VALLEY = 0.4
"""share of T's steepest slope below which a new rise belongs to the next wave."""
SHORTEST_PR = round(0.07 * FS)
"""samples from the onset of P to that of QRS, below which P does not lead to it."""

LONGEST_DELAY = round(0.13 * FS)
"""samples from a spike that paces the ventricles to R, at most."""
FEWEST = 3
"""beats by which a P wave can be told from chance."""

Wave = tuple[int, int]


class Delineation(NamedTuple):
    """Onset and offset in samples of the median beat; None where a wave was not found."""

    p: Wave | None
    qrs: Wave
    t: Wave | None


def delineate(family: Family, found: Sorted, thresholds: Thresholds) -> Delineation:
    """Find the waves of one family of the beats that were found."""
    beat = without_spikes(family.median, family.spikes)[found.leads]
    qrs = find_qrs(beat, thresholds)
    paced = family.spikes[family.spikes > BEFORE - LONGEST_DELAY]
    if len(paced):  # what a filter has left of the spike is no QRS yet
        qrs = max(qrs[0], int(paced[-1])), qrs[1]
    t = find_t(beat, qrs, found.rr, thresholds)
    p = None if t is None else find_p(beat, qrs, t[1] - found.rr, thresholds)
    if p is not None:
        singles = without_spikes(family.beats[:, found.leads, :BEFORE], family.spikes)
        least = thresholds.p_steady_irregular if found.irregular else thresholds.p_steady
        if len(singles) < FEWEST or steadiness(singles, p, thresholds.p_hz) < least:
            p = None
    return Delineation(p, qrs, t)


def activity(beat: Floats, high_hz: float) -> Floats:
    """[L, S] -> [S] the slope of the lead that is third in steepness, in the signal's unit a sample."""
    slopes = np.abs(np.gradient(below(beat, high_hz), axis=1))
    rank = min(RANK, max(1, len(beat) // 4))
    smooth: Floats = uniform_filter1d(np.partition(slopes, len(beat) - rank, axis=0)[len(beat) - rank], SMOOTH)
    return smooth


def find_qrs(beat: Floats, thresholds: Thresholds) -> Wave:
    """From the steepest slope about R outwards, to where the activity rests."""
    moving = activity(beat, thresholds.qrs_hz)
    start, stop = BEFORE - QRS_BEFORE, BEFORE + QRS_AFTER
    top = start + int(np.argmax(moving[start : BEFORE + QRS_BEFORE]))
    noise = NOISE * float(np.percentile(moving, 10))
    before = _rest(moving[start : top + 1][::-1], max(thresholds.qrs_onset * moving[top], noise))
    after = _rest(moving[top:stop], max(thresholds.qrs_offset * moving[top], noise))
    return top - before, top + after


def _rest(moving: Floats, level: float) -> int:
    """Samples until a rest begins that lasts longer than `PAUSE`; where none does, the level of rest is raised."""
    for _ in range(MOST_RAISED):
        quiet = (moving < level).astype(float)
        rests = uniform_filter1d(quiet, PAUSE + 1, origin=-((PAUSE + 1) // 2), mode="nearest") > 0.999
        if rests.any():
            return int(np.argmax(rests))
        level *= 1.4
    return len(moving) - 1


def find_t(beat: Floats, qrs: Wave, rr: float, thresholds: Thresholds) -> Wave | None:
    """From the top of T down its steepest slope to where it levels out."""
    start = qrs[1] + round(0.06 * FS)
    stop = min(qrs[0] + round(LATEST_TOP * np.sqrt(rr * FS)), round(qrs[0] + 0.8 * rr), BEFORE + AFTER - 20)
    if stop - start < round(0.06 * FS):
        return None
    level = np.median(beat[:, qrs[0] - 10 : qrs[0] - 2], axis=1, keepdims=True)
    height = np.sqrt((below(beat - level, thresholds.t_hz) ** 2).mean(axis=0))
    top = start + int(np.argmax(height[start:stop]))
    end = min(beat.shape[1] - 1, top + round(0.22 * FS), round(qrs[0] + rr) - P_APART)
    moving = activity(beat, thresholds.t_hz)
    steepest = top + int(np.argmax(moving[top : min(top + T_FALL, end)]))
    offset = min(_until(moving[steepest:end], thresholds.t_offset * moving[steepest]), _valley(moving[steepest:end]))
    rise = max(qrs[1], top - T_FALL) + int(np.argmax(moving[max(qrs[1], top - T_FALL) : top]))
    onset = _until(moving[qrs[1] : rise + 1][::-1], thresholds.t_offset * moving[rise])
    return rise - onset, steepest + offset


def _valley(moving: Floats) -> int:
    """Samples until the activity, fallen by much, begins to double: a P wave upon the end of T."""
    lowest = np.minimum.accumulate(moving)
    risen = (lowest < VALLEY * moving[0]) & (moving > 2 * lowest)
    return int(np.argmin(moving[: np.argmax(risen)])) if risen.any() else len(moving)


def find_p(beat: Floats, qrs: Wave, last_t: float, thresholds: Thresholds) -> Wave | None:
    """The most active stretch between the last T and QRS, where it is long enough to be a P wave."""
    moving = activity(beat, thresholds.p_hz)
    start, stop = max(0, round(last_t) + 5), qrs[0] - P_APART // 2
    if stop - start < round(0.06 * FS):
        return None
    middle = start + int(np.argmax(uniform_filter1d(moving[start:stop], round(0.09 * FS), mode="constant")))
    first, last = max(start, middle - P_HALF), min(stop, middle + P_HALF)
    top = moving[first:last].max()
    if top <= 0:
        return None
    strong = first + np.flatnonzero(moving[first:last] > STRONG * top)
    onset = strong[0] - _until(moving[start : strong[0] + 1][::-1], thresholds.p_onset * top)
    offset = strong[-1] + _until(moving[strong[-1] : stop + 1], thresholds.p_offset * top)
    if offset - onset < thresholds.p_shortest_s * FS or qrs[0] - onset < SHORTEST_PR:
        return None
    return int(onset), int(offset)


def _until(moving: Floats, level: float) -> int:
    """Samples until the activity falls below a level, or else until it is least."""
    low = moving < level
    return int(np.argmax(low)) if low.any() else int(np.argmin(moving))


def steadiness(singles: Floats, wave: Wave, high_hz: float) -> float:
    """How alike a stretch is in all beats: the median correlation of single beats with their median, -1..1.

    [N, L, S] beats; a straight line is taken from each lead first. What is not coupled to the beats is unlike in each.
    """
    start, stop = max(0, wave[0] - 5), wave[1] + 5
    parts = below(singles[:, :, max(0, start - 50) : stop + 50], high_hz)[:, :, min(start, 50) :][:, :, : stop - start]
    line = np.linspace(-1, 1, parts.shape[2])
    parts = parts - parts.mean(axis=2, keepdims=True)
    parts -= (parts @ line / (line @ line))[:, :, None] * line
    model = np.median(parts, axis=0)
    product = np.einsum("nls,ls->n", parts, model)
    size = np.sqrt(np.einsum("nls,nls->n", parts, parts) * (model**2).sum())
    return float(np.median(product / np.maximum(size, 1e-12)))
