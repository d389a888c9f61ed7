"""Where new embeddings belong on a map that was made without them: among their nearest neighbors by embedding."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from ecgfm_core.analysis.nearest import Found
from ecgfm_core.types import FloatArray

K = 15
"""Neighbors by whose places a recording is placed."""
SAME = 1e-6
"""Cosine distance below which two embeddings are of the same recording."""
_STEPS = 10
"""Of the mean shift; a step more moves a place by less than a thousandth of the map's width."""
_SAMPLE = 2000
"""Points by which the distance between points of a map is known, where there are more."""


class Placed(NamedTuple):
    """Of Q embeddings: `xy` [Q, 2], and `spread` [Q]: see `Placement`."""

    xy: FloatArray
    spread: FloatArray


def place_among(found: Found, xy: FloatArray) -> Placed:
    """Place embeddings where most of their k nearest are.

    Each neighbor counts by its distance as UMAP weighs edges: the nearest in full, the others falling off
    exponentially, so that all weights sum to log2(k). The place is a mode of these weights on the map and not their
    mean, for between two clusters there is nothing to be: a mean shift from the neighbor that has the most weight
    around it, as wide as twice the usual distance on this map from a point to its 15th neighbor.

    Args:
        found: rows and distances [Q, k] of the neighbors.
        xy: [P, 2] of the map, by row; NaN where a row is not on it.
    """
    weights = _weights(found.distances)
    points = xy[found.rows].astype(np.float64)
    reach = 2 * _usual_distance(xy[np.isfinite(xy[:, 0])])
    density = (_kernel(points[:, :, None] - points[:, None], reach) * weights[:, None, :]).sum(axis=2)
    places = np.take_along_axis(points, density.argmax(axis=1)[:, None, None], axis=1)[:, 0]
    for _ in range(_STEPS):
        counted = weights * _kernel(points - places[:, None], reach)
        places = (counted[:, :, None] * points).sum(axis=1) / counted.sum(axis=1)[:, None]
    return placed_at(places, found, xy)


def placed_at(places: npt.NDArray[np.float64], found: Found, xy: FloatArray) -> Placed:
    """[Q, 2] places, what is on the map already on its own point, and how far the neighbors lie around."""
    points = xy[found.rows].astype(np.float64)
    same = found.distances[:, 0] < SAME
    places = np.where(same[:, None], points[:, 0], places)
    spread = np.median(np.linalg.norm(points - places[:, None], axis=2), axis=1) / map_width(xy)
    return Placed(places.astype(np.float32), spread.astype(np.float32))


def _kernel(away: npt.NDArray[np.float64], reach: float) -> npt.NDArray[np.float64]:
    """[..., 2] -> [...]: a Gaussian."""
    weight: npt.NDArray[np.float64] = np.exp(-0.5 * (away**2).sum(axis=-1) / reach**2)
    return weight


def _usual_distance(xy: FloatArray) -> float:
    """The median distance on a map from a point to its 15th neighbor, or to that of a third of the points."""
    k = max(1, min(K, (len(xy) - 1) // 3))
    some = xy if len(xy) <= _SAMPLE else xy[np.random.default_rng(0).choice(len(xy), _SAMPLE, replace=False)]
    away, _ = KDTree(xy, balanced_tree=False, compact_nodes=False).query(some, k=[k + 1])
    return max(float(np.median(away)), 1e-6 * map_width(xy))


def map_width(xy: FloatArray) -> float:
    """The larger side of the box that holds 98 % of the points in each direction."""
    low, high = np.nanquantile(xy, [0.01, 0.99], axis=0)
    return max(float((high - low).max()), 1e-9)


def _weights(distances: FloatArray) -> npt.NDArray[np.float64]:
    """[Q, k]: exp(-(d - nearest) / scale), the scale found by bisection so that they sum to log2(k)."""
    over = np.asarray(distances, np.float64) - distances[:, :1]
    target = max(np.log2(max(distances.shape[1], 2)), 1.0)
    low, high = np.full(len(over), 1e-9), np.full(len(over), 1e3)
    for _ in range(48):
        middle = np.sqrt(low * high)
        above = np.exp(-over / middle[:, None]).sum(axis=1) > target
        high, low = np.where(above, middle, high), np.where(above, low, middle)
    weights: npt.NDArray[np.float64] = np.exp(-over / np.sqrt(low * high)[:, None])
    return weights
