"""Waves of a heart: Gaussians in space, each with its own rise and fall; where they begin and end; drawing them.

Waves are arrays [N, 6]: center, rise and fall (standard deviations before and after the center) in s, and the
amplitude along X (left), Y (down), Z (back) in mV.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

REACH = 2.5
"""standard deviations from a Gaussian's center to its begin and its end, where 4 % of its height are left."""
DRAWN = 5.0
"""standard deviations within which a Gaussian is drawn; beyond them lie 4 millionths of its height."""


def span(waves: Array) -> tuple[float, float]:
    """Begin of the earliest and end of the latest Gaussian in s, both `REACH` from their centers."""
    return float((waves[:, 0] - REACH * waves[:, 1]).min()), float((waves[:, 0] + REACH * waves[:, 2]).max())


def fit(waves: Array, begin_s: float, end_s: float) -> Array:
    """The waves moved and stretched in time so that their `span` is exactly from `begin_s` to `end_s`."""
    begin, end = span(waves)
    stretch = (end_s - begin_s) / (end - begin)
    fitted = waves.copy()
    fitted[:, 0] = begin_s + (waves[:, 0] - begin) * stretch
    fitted[:, 1:3] *= stretch
    return fitted


def turned(waves: Array, turn: Array) -> Array:
    """The waves with their amplitudes multiplied by a matrix [3, 3]."""
    return np.hstack([waves[:, :3], waves[:, 3:] @ turn.T])


def plateau(begin_s: float, end_s: float, first: Array, last: Array) -> Array:
    """A smooth step that leads from the vector `first` to `last`.

    Gaussians two standard deviations apart add up to a level that is even within 1.5 %.
    """
    count = max(2, round((end_s - begin_s) / 0.035))
    width = (end_s - begin_s) / (2 * REACH + 2 * (count - 1))
    centers = begin_s + width * (REACH + 2 * np.arange(count))
    share = np.linspace(0, 1, count)[:, None]
    level = np.sqrt(2 / np.pi)  # one over the sum of exp(-(2 k)^2 / 2) over all k
    widths = np.full(count, width)
    return np.column_stack([centers, widths, widths, level * ((1 - share) * first + share * last)])


def draw(waves: Array, start_s: float, fs: float, samples: int) -> Array:
    """Add the waves up: the dipole [3, S] in mV at `start_s + k / fs`."""
    first = np.ceil((waves[:, 0] - DRAWN * waves[:, 1] - start_s) * fs).clip(0, samples).astype(np.int64)
    stop = (np.floor((waves[:, 0] + DRAWN * waves[:, 2] - start_s) * fs) + 1).clip(0, samples).astype(np.int64)
    counts = np.maximum(stop - first, 0)
    of = np.repeat(np.arange(len(waves)), counts)
    at = np.arange(len(of)) + np.repeat(first - np.cumsum(counts) + counts, counts)
    before = start_s + at / fs - waves[of, 0]
    height = np.exp(-0.5 * (before / np.where(before < 0, waves[of, 1], waves[of, 2])) ** 2)
    return np.stack([np.bincount(at, height * waves[of, axis], samples) for axis in (3, 4, 5)])
