"""Where the beats are: R peaks from all leads together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, median_filter, uniform_filter1d
from scipy.signal import find_peaks

from ecgfm_core.signal.measure.preparing import FS, Floats, Prepared, band

QRS_HZ = (6.0, 24.0)
"""Hz between which the slopes of a QRS are larger than those of P, T, wander and muscle."""
SMOOTH_S = 0.1
"""s over which the slopes are gathered: about one QRS, far more than a pacemaker's spike."""
BLOCK_S = 2.0
"""s in which a beat is expected, for the usual height of a beat."""
REFRACTORY_S = 0.24
"""s within which no second beat can come."""
SHARE = 0.26
"""of the usual steepness, what a beat must reach."""
LEAST = 0.72
"""of the usual steepness or of the usual height, what a beat must reach in one of the two: a T wave is low and slow."""
IMPOSSIBLE = 6.0
"""times its usual steepness in a lead, from which a slope is an artefact, and the lead is not looked at around it."""
SPOILT_S = 0.25
"""s on each side of an artefact in which the filter still rings."""
CEILING = 1.3
"""times the usual in a lead, above which slope and height count no more."""


def r_peaks(prepared: Prepared) -> npt.NDArray[np.intp]:
    """Samples of the R peaks, rising: where the leads together are farthest from their baseline.

    Noise has peaks too; that beats have a shape in common is for `sort_beats` to see.
    """
    if prepared.signal.shape[1] < 0.5 * FS or not prepared.live.any():
        return np.empty(0, np.intp)
    slopes, height = _gathered(prepared)
    usual = _usual_height(slopes)
    found, _ = find_peaks(slopes / usual, height=SHARE, distance=round(REFRACTORY_S * FS), prominence=0.7 * SHARE)
    near = round(0.06 * FS)
    starts = np.maximum(found - near, 0)
    at = [start + int(np.argmax(height[start : peak + near + 1])) for start, peak in zip(starts, found, strict=True)]
    tall = height[at] / max(float(np.median(height[at])), 1e-9) if at else np.empty(0)
    beats = np.array(at, np.intp)[np.maximum(slopes[found] / usual[found], tall) >= LEAST]
    return np.unique(beats)


def _gathered(prepared: Prepared) -> tuple[Floats, Floats]:
    """[S] steepness and [S] height: in each lead as shares of its usual ones, then the sum over the leads."""
    slopes = np.zeros(prepared.signal.shape[1], np.float32)
    heights = np.zeros_like(slopes)
    for lead in prepared.signal[prepared.live]:  # one lead at a time, to spare memory
        slope = np.abs(np.gradient(band(lead, *QRS_HZ)))
        usual = _block_height(slope)
        if usual <= 0:
            continue  # the lead changes in a few places only
        tall = np.abs(band(lead, 1.0, 30.0))
        possible = maximum_filter1d(slope, round(2 * SPOILT_S * FS)) < IMPOSSIBLE * usual
        slopes += np.minimum(slope / usual, CEILING) * possible
        heights += np.minimum(tall / max(_block_height(tall), 1e-9), CEILING) * possible
    return uniform_filter1d(slopes, round(SMOOTH_S * FS)), heights


def _block_height(values: Floats) -> float:
    """The median over blocks of `BLOCK_S` of the largest value in each."""
    blocks = np.array_split(values, max(1, round(len(values) / (BLOCK_S * FS))))
    return float(np.median([block.max() for block in blocks]))


def _usual_height(slopes: Floats) -> Floats:
    """[S] how high the beats around each sample are: a running median of the largest value near by."""
    step = round(0.1 * FS)
    largest = maximum_filter1d(slopes, round(BLOCK_S * FS))[::step]
    usual = median_filter(largest, size=min(len(largest), 121), mode="nearest")
    floor = 0.3 * float(np.median(usual))
    return np.maximum(np.repeat(usual, step)[: len(slopes)], max(floor, 1e-9))
