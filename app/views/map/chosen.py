"""The recording whose ECG is shown. The address names it by its samples: an id may be a patient's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import state

if TYPE_CHECKING:
    from ecgfm_core.analysis import Cohort

_DIGITS = 16


def choose(cohort: Cohort, id: str | None) -> None:
    """Look at this recording, or at none."""
    state.choose(None if id is None else cohort.digests[cohort.row_of[id]][:_DIGITS])


def chosen_row(cohort: Cohort) -> int | None:
    """Row of the recording that the page's address names, or None."""
    named = state.chosen() or ""
    if len(named) != _DIGITS:
        return None
    return next((row for row, digest in enumerate(cohort.digests) if digest.startswith(named)), None)
