"""Where new embeddings belong on a map that was made without them: among their nearest neighbors by embedding."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ecgfm_core.analysis.nearest import Found
from ecgfm_core.types import FloatArray

K = 15
"""Neighbors by whose places a recording is placed."""
_SAME = 1e-6
"""Cosine distance below which two embeddings are of the same recording."""
_REACH = 0.02
"""Share of the map's width within which neighbors count as being together."""


class Placed(NamedTuple):
    """Of Q embeddings: `xy` [Q, 2], and `spread` [Q]: see `Placement`."""

    xy: FloatArray
    spread: FloatArray


def place_among(found: Found, xy: FloatArray) -> Placed:
    """Place embeddings among their k nearest.

    Each neighbor counts by its distance as UMAP weighs edges: the nearest in full, the others falling off
    exponentially, so that all weights sum to log2(k). Where the neighbors lie in several parts of the map, the part of
    the largest weight is taken and the others are left out: between two clusters there is nothing to be.

    Args:
        found: rows and distances [Q, k] of the neighbors.
        xy: [P, 2] of the map, by row.
    """
    width = map_width(xy)
    weights = _weights(found.distances)
    points = xy[found.rows]
    apart = np.linalg.norm(points[:, :, None] - points[:, None], axis=3)
    near = np.exp(-0.5 * (apart / (_REACH * width)) ** 2)
    mode = (near * weights[:, None, :]).sum(axis=2).argmax(axis=1)
    together = np.take_along_axis(apart, mode[:, None, None], axis=1)[:, 0] <= 3 * _REACH * width
    counted = np.where(together, weights, 0.0)
    places = (counted[:, :, None] * points).sum(axis=1) / counted.sum(axis=1)[:, None]
    same = found.distances[:, 0] < _SAME
    places[same] = points[same, 0]
    spread = np.median(np.linalg.norm(points - places[:, None], axis=2), axis=1) / width
    return Placed(places.astype(np.float32), spread.astype(np.float32))


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
