"""From points to recordings and back: a map may hold windows, or lack recordings that came later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ecgfm_core.analysis import Cohort
    from ecgfm_core.types import Map

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def rows_of(drawn: Map, cohort: Cohort) -> Rows:
    """[P] row of each point's recording; -1 where the cohort, as it is seen now, does not hold it."""
    if drawn.ids == cohort.ids:
        return np.arange(len(cohort.ids))
    return np.array([cohort.row_of.get(id, -1) for id in drawn.ids], np.int64)


def on_points(values: Mask, rows: Rows) -> Mask:
    """[N] of recordings -> [P] of points."""
    taken = values[np.maximum(rows, 0)]
    taken[rows < 0] = False
    return taken


def on_recordings(values: Mask, rows: Rows, count: int) -> Mask:
    """[P] of points -> [N] of recordings: those with any such point."""
    taken = np.zeros(count, bool)
    hit = rows[values]
    taken[hit[hit >= 0]] = True
    return taken
