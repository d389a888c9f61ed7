"""What a map keeps of the neighborhoods of the embeddings, overall and point by point."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from ecgfm_core.analysis.nearest import stop_if, unit_vectors
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


def _compared(units: FloatArray, xy: FloatArray, rows: npt.NDArray[np.int64], k: int) -> FloatArray:
    """[3, rows]: trustworthiness, continuity, overlap of some points."""
    own = rows[:, None] == np.arange(len(xy))
    far_high = np.where(own, np.inf, 1 - units[rows] @ units.T)
    far_low = np.where(own, np.inf, ((xy[rows][:, None] - xy[None]) ** 2).sum(axis=2))
    high, low = _ranks(far_high), _ranks(far_low)
    most = k * (2 * len(xy) - 3 * k - 1) / 2
    intruders = np.where((low < k) & (high >= k), high - k + 1, 0).sum(axis=1)
    lost = np.where((high < k) & (low >= k), low - k + 1, 0).sum(axis=1)
    kept = ((high < k) & (low < k)).sum(axis=1) / k
    return np.stack([1 - intruders / most, 1 - lost / most, kept]).astype(np.float32)


def _ranks(distances: FloatArray) -> npt.NDArray[np.int32]:
    """[rows, P]: 0 for the nearest, ties by place."""
    order = np.argsort(distances, axis=1, kind="stable")
    ranks = np.empty(order.shape, np.int32)
    np.put_along_axis(ranks, order, np.arange(order.shape[1], dtype=np.int32)[None], axis=1)
    return ranks


def _spread(xy: FloatArray, sample: npt.NDArray[np.int64], figures: FloatArray, nearest: int = 5) -> FloatArray:
    _, places = KDTree(xy[sample]).query(xy, k=nearest)
    each: FloatArray = figures[:, places].mean(axis=2)
    each[:, sample] = figures
    return each
