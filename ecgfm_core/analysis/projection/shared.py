"""What two maps of the same recordings agree on, point by point."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from ecgfm_core.types import FloatArray, Map


def shared_neighbors(drawn: Map, other: Map, k: int = 15) -> FloatArray:
    """[P] share of each point's k nearest on one map that are among its k nearest on the other; NaN where it lacks it.

    Only the points that both maps have are counted, among themselves. A map of recordings and a map of windows share
    none.

    Args:
        drawn: P points.
        other: another method's, or another encoder's.
        k: neighbors; fewer where there are fewer points.
    """
    place = {key: point for point, key in enumerate(_keys(other))}
    there = np.array([place.get(key, -1) for key in _keys(drawn)], np.int64)
    shared: FloatArray = np.full(len(there), np.nan, np.float32)
    mine = np.flatnonzero(there >= 0)
    k = min(k, len(mine) - 1)
    if k < 1:
        return shared
    here, across = (_nearest(xy, k) for xy in (drawn.xy[mine], other.xy[there[mine]]))
    shared[mine] = [len(one & two) / k for one, two in zip(here, across, strict=True)]
    return shared


def _keys(drawn: Map) -> list[tuple[str, int]]:
    return list(zip(drawn.ids, drawn.windows or [-1] * len(drawn.ids), strict=True))


def _nearest(xy: FloatArray, k: int) -> list[set[int]]:
    """[P, k] the nearest points of each, itself left out."""
    _, found = KDTree(xy).query(xy, k=k + 1)
    # where copies lie on one spot, a point may not be among its own nearest
    return [set([near for near in row if near != point][:k]) for point, row in enumerate(np.asarray(found).tolist())]
