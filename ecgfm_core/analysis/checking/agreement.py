"""Whether methods that explain the same score agree (Krishna et al. 2022: they often do not)."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import numpy as np

from ecgfm_core.analysis.checking.grid import cell_s, make_grid
from ecgfm_core.analysis.checking.ranks import rank_correlation
from ecgfm_core.types import Agreement, Saliency


def map_agreement(saliency: Saliency, others: Sequence[Saliency], fs: float) -> Agreement:
    """Correlate the ranks of a map and of others, each two on the finest grid that both of them know."""
    maps = [saliency, *others]
    found = np.ones((len(maps), len(maps)))
    for row, first in enumerate(maps):
        for column in range(row):
            found[row, column] = found[column, row] = _correlation(first, maps[column], fs)
    return Agreement(tuple(one.method for one in maps), found.astype(np.float32))


def _correlation(first: Saliency, second: Saliency, fs: float) -> float:
    """Leads where both know leads, the longer of their cells, and NaN where that leaves a single cell."""
    length = max(cell_s(first), cell_s(second))
    grid = make_grid(first.per_lead and second.per_lead, length, first.values.shape[2], fs)
    if grid.shape == (1, 1):
        return nan
    return rank_correlation(grid.pool(first.values), grid.pool(second.values))
