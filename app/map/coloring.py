"""Colors of points from what is known of them: names, answers or numbers. Missing is a color of its own, never zero."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from app.figures.theme import LIGHT, palette
from app.map.scene import FINEST, MISSING, OTHER, Legend

MOST_NAMES = len(palette(LIGHT).categories)


class Coloring(NamedTuple):
    """[P] number of each point's color, and what the colors mean."""

    colors: npt.NDArray[np.uint8]
    legend: Legend


def by_name(title: str, values: Sequence[str | None], order: Sequence[str] = ()) -> Coloring:
    """[P] colors by name, the most frequent name first; names beyond `MOST_NAMES` share a color, None is missing.

    Args:
        title: what they are.
        values: [P].
        order: names that keep their colors whatever their number, as "no" before "yes".
    """
    counts = Counter(value for value in values if value is not None)
    names = [*order, *sorted(set(counts) - set(order), key=lambda name: (-counts[name], name))]
    numbers: dict[str | None, int] = {name: i if i < MOST_NAMES else OTHER for i, name in enumerate(names)}
    colors = np.array([numbers.get(value, MISSING) for value in values], np.uint8)
    rest = names[MOST_NAMES:]
    entries = tuple(f"{name} ({counts[name]:,})" for name in names[:MOST_NAMES])
    other = f"{len(rest)} others ({sum(counts[name] for name in rest):,})" if rest else ""
    return Coloring(colors, Legend(title, "names", entries, other, _missing(colors)))


def by_number(title: str, values: npt.ArrayLike, ends: tuple[float, float] | None = None) -> Coloring:
    """[P] colors by number, NaN is missing.

    Args:
        title: what they are, with the unit.
        values: [P].
        ends: of the scale; None = the lowest and the highest percent share the colors at its ends.
    """
    numbers = np.asarray(values, np.float64)
    known = np.isfinite(numbers)
    low, high = ends or (np.percentile(numbers[known], [1, 99]).tolist() if known.any() else (0.0, 1.0))
    within = np.clip((np.nan_to_num(numbers) - low) / ((high - low) or 1.0), 0, 1)
    colors = np.where(known, np.rint(FINEST * within), MISSING).astype(np.uint8)
    return Coloring(colors, Legend(title, "numbers", (f"{low:.3g}", f"{high:.3g}"), missing=_missing(colors)))


def by_answer(title: str, values: npt.ArrayLike) -> Coloring:
    """[P] colors of a label: 1 holds, 0 does not, NaN = the source does not say."""
    words = {1.0: "yes", 0.0: "no"}
    return by_name(title, [words.get(value) for value in np.asarray(values, np.float64).tolist()], ("no", "yes"))


def by_column(title: str, values: pd.Series) -> Coloring:
    """[P] colors of a column of a cohort's table: more than a few numbers along a scale, all else by name."""
    if pd.api.types.is_numeric_dtype(values):
        if values.nunique() > MOST_NAMES:
            return by_number(title, values.to_numpy(np.float64))
        return by_name(title, [None if np.isnan(value) else f"{value:g}" for value in values.to_numpy(np.float64)])
    return by_name(title, [str(value) if isinstance(value, str) and value else None for value in values])


def _missing(colors: npt.NDArray[np.uint8]) -> str:
    count = int((colors == MISSING).sum())
    return f"not known ({count:,})" if count else ""
