"""A cohort's recordings as a short table for people, and one of them in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from ecgfm_core.analysis import Cohort

_TOLD = "p:"
_TRACE, _TRACE_S = 180, 5.0
"""Numbers of a thumbnail, and the seconds that it shows."""


def summary_table(cohort: Cohort) -> pd.DataFrame:
    """[N] id, age, sex, what the source states, what the encoder tells first, quality, and further metadata."""
    table = cohort.table
    columns = {
        "id": table["id"], "states": _holding(table, cohort.labels), "encoder": _highest(cohort), "age": table["age"],
        "sex": table["sex"], "quality": table["quality"], "source": table["source"],
    }  # fmt: skip
    further = {name: table[name] for name in cohort.metadata if name not in columns}
    return pd.DataFrame({**columns, **further})


def _holding(table: pd.DataFrame, labels: tuple[str, ...]) -> list[str]:
    """The labels that hold, joined."""
    words = np.full(len(table), "", object)
    for label in labels:
        holds = (table[label] == 1).to_numpy()
        words[holds] = np.where(words[holds] == "", label, words[holds] + ", " + label)
    return [str(word) for word in words]


def _highest(cohort: Cohort) -> list[str]:
    """The label of the highest probability, and the probability."""
    told = cohort.probabilities
    if cohort.encoder is None or not told.shape[1]:
        return [""] * len(cohort.ids)
    names = [label.name for label in cohort.encoder.labels]
    filled = np.nan_to_num(told, nan=-1.0)
    best = filled.argmax(axis=1)
    return [f"{names[place]} {value:.2f}" for place, value in zip(best, filled.max(axis=1), strict=True)]


def thumbnail(signal: np.ndarray[tuple[int], np.dtype[np.float32]], fs: float) -> tuple[int, ...]:
    """Some seconds of a lead as whole numbers from -100 to 100: of each stretch its farthest value from the middle."""
    part = signal[: round(_TRACE_S * fs)]
    part = part - np.median(part)
    stretches = np.array_split(part, min(_TRACE, len(part)))
    farthest = np.array([stretch[np.abs(stretch).argmax()] for stretch in stretches])
    largest = float(np.abs(farthest).max()) or 1.0
    return tuple(int(value) for value in np.rint(100 * farthest / largest))
