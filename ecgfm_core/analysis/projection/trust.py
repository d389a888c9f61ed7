"""What a map keeps of the neighborhoods of the embeddings, overall and point by point."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from ecgfm_core.analysis.nearest import IntArray, smallest, stop_if, unit_vectors
from ecgfm_core.types import FloatArray, MapTrust

MOST = 3000
"""Points whose ranks are compared exactly; of larger maps a seeded sample of so many is."""
_TOGETHER = 512


def trust(
    vectors: npt.ArrayLike, xy: FloatArray, *, k: int = 15, seed: int = 0, cancel: Callable[[], bool] = lambda: False
) -> MapTrust:
    """Compare the k nearest on a map with the k nearest by embedding (cosine).

    Trustworthiness and continuity follow Venna and Kaski (2001), on ranks among all points. Above `MOST` points they
    are computed for a sample of that many, each against all others; the other points take the mean of the nearest
    sampled ones on the map, so that a color can be drawn for every point.

    Args:
        vectors: [P, D].
        xy: [P, 2].
        k: neighbors; at most a third of the points.
        seed: of the sample.
        cancel: asked after each block.
    """
    units, count = unit_vectors(vectors), len(xy)
    k = max(1, min(k, (count - 1) // 3))
    sample = np.arange(count)
    if count > MOST:
        sample = np.sort(np.random.default_rng(seed).choice(count, MOST, replace=False))
    parts = []
    for start in range(0, len(sample), _TOGETHER):
        stop_if(cancel)
        parts.append(_compared(units, xy, sample[start : start + _TOGETHER], k))
    figures = np.concatenate(parts, axis=1)
    overall = figures.mean(axis=1)
    each = figures if count == len(sample) else _spread(xy, sample, figures)
    return MapTrust(k, float(overall[0]), float(overall[1]), float(overall[2]), *each)


def _compared(units: FloatArray, xy: FloatArray, rows: IntArray, k: int) -> FloatArray:
    """[3, rows]: trustworthiness, continuity, overlap of some points."""
    x, y = (np.ascontiguousarray(axis) for axis in xy.T)
    by_vector = 1 - units[rows] @ units.T
    on_map = (x[rows, None] - x) ** 2 + (y[rows, None] - y) ** 2
    for far in (by_vector, on_map):
        far[np.arange(len(rows)), rows] = np.inf
    high, low = _ranks(by_vector, smallest(on_map, k)), _ranks(on_map, smallest(by_vector, k))
    most = k * (2 * len(xy) - 3 * k - 1) / 2
    intruders, lost = (np.maximum(ranks - k + 1, 0).sum(axis=1) for ranks in (high, low))
    return np.stack([1 - intruders / most, 1 - lost / most, (high < k).mean(axis=1)]).astype(np.float32)


def _ranks(distances: FloatArray, places: IntArray) -> IntArray:
    """[rows, k]: how many of [rows, P] distances come before those at some places; ties by place."""
    ranks = np.empty(places.shape, np.int64)
    for row, (far, asked) in enumerate(zip(distances, places, strict=True)):
        reached = far[asked][:, None]
        ranks[row] = np.count_nonzero(far < reached, axis=1)
        tied = np.count_nonzero(far <= reached, axis=1) > ranks[row] + 1
        for one in np.flatnonzero(tied):
            ranks[row, one] += np.count_nonzero(far[: asked[one]] == reached[one])
    return ranks


def _spread(xy: FloatArray, sample: IntArray, figures: FloatArray, nearest: int = 5) -> FloatArray:
    _, places = KDTree(xy[sample]).query(xy, k=nearest)
    each: FloatArray = figures[:, places].mean(axis=2)
    each[:, sample] = figures
    return each
