"""Which recordings are meant: inside an outline on a map, in a range, among some values; [N] True or False each.

Selections combine by `&`, `|` and `~`.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecgfm_core.errors import SelectionInvalid

Bools = npt.NDArray[np.bool_]


def inside_polygon(xy: npt.ArrayLike, polygon: npt.ArrayLike) -> Bools:
    """Which points lie inside an outline that may cross itself; what it goes round twice is outside (even-odd rule).

    A point on the outline may fall on either side, and on one side only of an edge that two outlines share.

    Args:
        xy: [P, 2] points; one that is not finite is outside.
        polygon: [V, 2] corners in order; the last is joined to the first.

    Raises:
        SelectionInvalid: the shapes are others, or a corner is not finite.
    """
    points, corners = _pairs(xy, "the points"), _pairs(polygon, "an outline")
    if len(corners) < 3 or not np.isfinite(corners).all():
        raise SelectionInvalid(f"an outline needs three finite corners. Got {len(corners)} corners. Draw it again.")
    order = np.argsort(points[:, 1], kind="stable")
    x, y = points[order].T.copy()
    crossed = np.zeros(len(x), np.bool_)
    starts, ends = corners, np.roll(corners, -1, axis=0)
    for start, end in zip(starts, ends, strict=True):  # an edge meets only the points between its ends' heights
        lower, upper = (start, end) if start[1] <= end[1] else (end, start)
        first, last = np.searchsorted(y, (lower[1], upper[1]))
        if first < last:
            slope = (upper[0] - lower[0]) / (upper[1] - lower[1])
            crossed[first:last] ^= x[first:last] < lower[0] + slope * (y[first:last] - lower[1])
    found = np.empty_like(crossed)
    found[order] = crossed
    found[~np.isfinite(points).all(axis=1)] = False
    return found


def inside_box(xy: npt.ArrayLike, corner: tuple[float, float], opposite: tuple[float, float]) -> Bools:
    """Which points [P, 2] lie in a rectangle, its edge included."""
    points = _pairs(xy, "the points")
    low, high = np.minimum(corner, opposite), np.maximum(corner, opposite)
    within = (points >= low) & (points <= high)
    return within[:, 0] & within[:, 1]


def in_range(values: pd.Series, low: float | None, high: float | None, *, missing: bool) -> Bools:
    """Which numbers lie from `low` to `high`, both included; None = no bound.

    Args:
        values: [N] numbers; NaN = missing.
        low: smallest.
        high: largest.
        missing: whether the recordings without a number are meant too.

    Raises:
        SelectionInvalid: the column holds no numbers.
    """
    if not pd.api.types.is_numeric_dtype(values):
        raise SelectionInvalid(f"{values.name}: a range needs a column of numbers. Choose among its values.")
    numbers = values.to_numpy(np.float64, na_value=np.nan)
    unknown = np.isnan(numbers)
    within = (numbers >= (-np.inf if low is None else low)) & (numbers <= (np.inf if high is None else high))
    return np.where(unknown, missing, within)


def among(values: pd.Series, chosen: Collection[object], *, missing: bool) -> Bools:
    """Which values are one of those chosen.

    Args:
        values: [N]; None, NaN and "" = missing.
        chosen: the values that are meant.
        missing: whether the recordings without a value are meant too.
    """
    unknown = (values.isna() | (values == "")).to_numpy(np.bool_)
    return np.where(unknown, missing, values.isin(list(chosen)).to_numpy(np.bool_))


def _pairs(values: npt.ArrayLike, name: str) -> npt.NDArray[np.float64]:
    pairs = np.asarray(values, np.float64)
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise SelectionInvalid(f"{name} must have two coordinates each. Got an array of shape {pairs.shape}.")
    return pairs
