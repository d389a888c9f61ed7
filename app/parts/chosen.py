"""The recording whose ECG is shown. The address names it by its samples: an id may be a patient's name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app import state

if TYPE_CHECKING:
    from ecgfm_core.analysis import Cohort

_DIGITS = 16


def choose(cohort: Cohort, id: str | None) -> None:
    """Look at this recording, or at none."""
    state.choose(None if id is None else cohort.digests[cohort.row_of[id]][:_DIGITS])


def choose_marked(cohort: Cohort, key: str, ids: Sequence[str]) -> None:
    """Look at the recording whose row is marked in the table with this key; `ids` are of its rows."""
    row = state.marked_row(key)
    if row is not None and row < len(ids):
        choose(cohort, ids[row])


def chosen_row(cohort: Cohort) -> int | None:
    """Row of the recording that the page's address names, or None."""
    named = state.chosen() or ""
    if len(named) != _DIGITS:
        return None
    return next((row for row, digest in enumerate(cohort.digests) if digest.startswith(named)), None)
