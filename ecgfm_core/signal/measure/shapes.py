"""Shapes of beats: the baseline beneath them, which are alike, and the median of those that are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from ecgfm_core.signal.measure.preparing import FS, Floats, Prepared, below

Samples = npt.NDArray[np.intp]

BEFORE = round(0.46 * FS)
"""samples of a beat before R: the longest PR, and its P wave."""
AFTER = round(0.74 * FS)
"""samples of a beat from R on: the longest QT."""
QRS = slice(-round(0.08 * FS), round(0.1 * FS))
"""samples about R in which the shapes of two beats are compared."""
KNOT_S = 0.1
"""s before R at which each beat's baseline is taken: between P and QRS, and the same point of every beat."""
ALIKE = 0.8
"""correlation from which two beats have one shape."""
SHIFT = round(0.03 * FS)
"""samples by which a beat may be moved to lie on others."""
MOST_SHAPES = 12
"""shapes that are told apart; what is like none of them joins the nearest."""
MOST_BEATS = 200
"""beats that enter a median, evenly chosen: more cost memory and change nothing."""


def without_wander(prepared: Prepared, peaks: Samples) -> Floats:
    """[L, S] the leads less a cubic spline through one point of every beat, `KNOT_S` before its R peak.

    Every beat is moved by a curve that is nearly straight over its length, so that ST keeps its height above the point,
    which a high-pass filter would not leave.
    """
    half = round(0.01 * FS)
    knots = peaks - round(KNOT_S * FS)
    knots = knots[(knots >= half) & (knots < prepared.signal.shape[1] - half)]
    if len(knots) < 2:
        return prepared.signal - np.median(prepared.signal, axis=1, keepdims=True)
    around = knots[:, None] + np.arange(-half, half + 1)
    levels = np.median(prepared.signal[:, around], axis=2)
    clean = np.empty_like(prepared.signal)
    times = np.arange(prepared.signal.shape[1]).clip(knots[0], knots[-1])
    for row, lead in enumerate(prepared.signal):  # one lead at a time, to spare memory
        clean[row] = lead - CubicSpline(knots, levels[row], bc_type="natural")(times)
    return clean


def cut(signal: Floats, peaks: Samples, span: slice) -> Floats:
    """[N, L, span] the beats about their peaks; beyond the ends of the recording the last sample stays."""
    at = peaks[:, None] + np.arange(span.start, span.stop)
    return signal[:, at.clip(0, signal.shape[1] - 1)].transpose(1, 0, 2)


def alike(signal: Floats, peaks: Samples, live: npt.NDArray[np.bool_]) -> tuple[Samples, Samples]:
    """Sort beats by the shape of their QRS.

    Args:
        signal: [L, S] without wander.
        peaks: [N] R peaks.
        live: [L] leads that change.

    Returns:
        [N] the number of each beat's family, 0 = the first met; [N] R peaks moved so that beats of a family coincide.
    """
    wide = slice(QRS.start - SHIFT, QRS.stop + SHIFT)
    beats = below(cut(signal[live], peaks, wide), 40.0).astype(np.float32)
    members, moved = np.empty(len(peaks), np.intp), peaks.copy()
    shapes: list[Floats] = []
    counts: list[int] = []
    for number, beat in enumerate(beats):
        likeness = [_likeness(beat, shape) for shape in shapes]
        best = int(np.argmax([share for share, _ in likeness])) if shapes else -1
        if best < 0 or (likeness[best][0] < ALIKE and len(shapes) < MOST_SHAPES):
            shapes.append(beat[:, SHIFT:-SHIFT])
            counts.append(1)
            members[number] = len(shapes) - 1
            continue
        shift = likeness[best][1]
        placed = beat[:, SHIFT + shift : beat.shape[1] - SHIFT + shift]
        counts[best] += 1
        shapes[best] = shapes[best] + (placed - shapes[best]) / min(counts[best], 20)
        members[number], moved[number] = best, peaks[number] + shift
    return members, moved


def _likeness(beat: Floats, shape: Floats) -> tuple[float, int]:
    """How alike a beat and a shape are at best (-1..1), and by how many samples the beat must be moved for it.

    The median over the leads of their correlations, the taller half of the leads only: an artefact in one lead does
    not count.
    """
    tall = np.ptp(shape, axis=1)
    chosen = tall >= np.median(tall)
    windows = np.lib.stride_tricks.sliding_window_view(beat[chosen], shape.shape[1], axis=1)
    model = shape[chosen] - shape[chosen].mean(axis=1, keepdims=True)
    covariance = np.einsum("lks,ls->lk", windows, model)
    spread = windows.std(axis=2) * np.linalg.norm(model, axis=1)[:, None] * np.sqrt(shape.shape[1])
    likeness = np.median(covariance / np.maximum(spread, 1e-9), axis=0)
    best = int(np.argmax(likeness - 1e-4 * np.abs(np.arange(len(likeness)) - SHIFT)))
    return float(likeness[best]), best - SHIFT


def median_beat(signal: Floats, peaks: Samples) -> tuple[Floats, Floats, Floats]:
    """Lay beats of one shape on each other.

    Returns:
        [L, S] their median; [L, S] their interquartile range; [N, L, S] the beats themselves: those that lie wholly
        within the recording where there are three such. S = BEFORE + AFTER.
    """
    inside = peaks[(peaks >= BEFORE) & (peaks < signal.shape[1] - AFTER)]
    chosen = inside if len(inside) >= 3 else peaks
    chosen = chosen[np.linspace(0, len(chosen) - 1, min(len(chosen), MOST_BEATS)).round().astype(int)]
    beats = cut(signal, chosen, slice(-BEFORE, AFTER))
    ordered = np.sort(beats, axis=0)
    last = len(beats) - 1
    middle = (ordered[last // 2] + ordered[(last + 1) // 2]) / 2
    spread = ordered[round(0.75 * last)] - ordered[round(0.25 * last)]
    return middle, spread, beats
