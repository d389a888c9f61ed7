"""What the sections of the page Map look at together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from app.figures.theme import Theme

if TYPE_CHECKING:
    from ecgfm_core.analysis import Annotations, Cohort


@dataclass(frozen=True, slots=True, eq=False)
class Explored:
    """A cohort as a person looks at it now: N recordings.

    Attributes:
        key: the cohort's name in the session and in addresses.
        cohort: opened.
        kept: [N] what the filters keep.
        selected: [N] what is selected, of what the filters keep.
        chosen: row of the recording whose ECG is shown, or None.
        annotations: notes, tags, subsets.
        colors: light or dark.
    """

    key: str
    cohort: Cohort
    kept: npt.NDArray[np.bool_]
    selected: npt.NDArray[np.bool_]
    chosen: int | None
    annotations: Annotations
    colors: Theme

    @property
    def shown(self) -> npt.NDArray[np.bool_]:
        """[N] what the table lists: the selection, or without one all that the filters keep."""
        return self.selected if self.selected.any() else self.kept

    @property
    def chosen_id(self) -> str | None:
        """Id of the chosen recording."""
        return None if self.chosen is None else self.cohort.ids[self.chosen]
