"""A selection and a table -> what the selection holds more of than the rest, with intervals that know of patients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import beta, false_discovery_control, fisher_exact

from ecgfm_core.errors import SelectionInvalid
from ecgfm_core.types import Enrichment, Estimate

MOST_VALUES = 30
"""Commonest values of a column of words that are asked for; of free text the rest would be a question a recording."""
_COVERED = 0.95

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


class Question(NamedTuple):
    """Whether recordings hold something: [N] 1, 0, or NaN = not known."""

    column: str
    value: str | None
    holds: Floats


class Side(NamedTuple):
    """The recordings inside, or outside, of which the answer is known.

    Attributes:
        held: how many hold it.
        known: of how many.
        size: as many recordings of as many patients would say as much.
        low: lower bound of the share.
        high: upper bound of the share.
    """

    held: int
    known: int
    size: float
    low: float
    high: float

    @property
    def share(self) -> float:
        """0..1."""
        return self.held / self.known


def enrichment(members: npt.ArrayLike, table: pd.DataFrame, columns: Sequence[str]) -> tuple[Enrichment, ...]:
    """Compare a selection with all other recordings, column by column.

    A column of 1, 0 and NaN is a label. Other numbers are cut into thirds of the cohort, which
    shows a U as well as a slope and is a share like everything else; of words, each of the 30
    commonest is asked for. What is missing is left out and counted.

    The lift's interval combines the exact intervals of both shares (Clopper & Pearson 1934; Donner &
    Zou 2012), so it exists with no case on one side too. Recordings of one patient are not independent: each
    side counts as fewer recordings, by the design effect of its patients.

    Args:
        members: [N] True for the recordings of the selection.
        table: [N] with the column `patient_id`; a patient who is not stated is nobody else.
        columns: which to ask about.

    Returns:
        The most surely commoner first, the most surely rarer last, what cannot be compared at the end.

    Raises:
        SelectionInvalid: the selection is empty, or everything, or not of this table; or there is no such column.
    """
    inside = np.asarray(members)
    _require(inside, table, columns)
    patients = patient_codes(table["patient_id"])
    questions = [question for column in columns for question in _questions(column, table[column])]
    found = [_compare(question, inside, patients) for question in questions]
    return tuple(sorted(_corrected(found), key=_order))


def _require(inside: npt.NDArray[np.generic], table: pd.DataFrame, columns: Sequence[str]) -> None:
    if inside.dtype != np.bool_ or inside.shape != (len(table),):
        raise SelectionInvalid(
            f"a selection must be True or False for each of the {len(table)} recordings. "
            f"Got {inside.dtype} of shape {inside.shape}."
        )
    if inside.all() or not inside.any():
        raise SelectionInvalid(
            f"a selection is compared with the recordings outside. Got {inside.sum()} of {len(table)} inside. "
            "Select some, and not all."
        )
    absent = [column for column in ("patient_id", *columns) if column not in table.columns]
    if absent:
        raise SelectionInvalid(f"the table has no column {absent[0]}. Choose among its columns.")


def patient_codes(column: pd.Series) -> Codes:
    """[N] a number for each patient; a recording without a patient has one of its own."""
    names = column.fillna("").astype(str)
    codes = pd.factorize(names)[0].astype(np.intp)
    nobody = (names == "").to_numpy()
    codes[nobody] = len(column) + np.arange(nobody.sum())
    return np.unique(codes, return_inverse=True)[1]


def _questions(column: str, values: pd.Series) -> Iterator[Question]:
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(np.float64, na_value=np.nan)
        known = numbers[~np.isnan(numbers)]
        if np.isin(known, (0, 1)).all():
            yield Question(column, None, numbers)
        else:
            yield from _thirds(column, numbers, known)
        return
    words = values.astype(object).where(values.notna(), "").astype(str)
    stated = (words != "").to_numpy()
    for word in words[stated].value_counts(sort=True).index[:MOST_VALUES]:
        yield Question(column, str(word), np.where(stated, (words == word).to_numpy(), np.nan))


def _thirds(column: str, numbers: Floats, known: Floats) -> Iterator[Question]:
    low, high = np.quantile(known, (1 / 3, 2 / 3), method="inverted_cdf")
    for name, chosen in (
        (f"at most {low:g}", numbers <= low),
        (f"above {low:g}, at most {high:g}", (numbers > low) & (numbers <= high)),
        (f"above {high:g}", numbers > high),
    ):
        if chosen.any():
            yield Question(column, name, np.where(np.isnan(numbers), np.nan, chosen))


def _compare(question: Question, inside: Bools, patients: Codes) -> Enrichment:
    known = ~np.isnan(question.holds)
    first, second = (
        _side(question.holds[rows], patients[rows]) for rows in (known & inside, known & ~inside)
    )  # fmt: skip
    lift, p = _lift(first, second), None
    if lift.low is not None:
        p = float(fisher_exact(np.array([_counts(first), _counts(second)])).pvalue)
    return Enrichment(
        question.column, question.value, first.held, first.known, second.held, second.known,
        int((~known).sum()), lift, p, None,
    )  # fmt: skip


def _side(holds: Floats, patients: Codes) -> Side:
    """Count, and find how many independent recordings say as much, by the spread of the sums of each patient."""
    held, known = int(holds.sum()), len(holds)
    if not known:
        return Side(0, 0, 0.0, 0.0, 1.0)
    sums = np.bincount(patients, holds - held / known)
    binomial, clustered = held * (known - held) / known, float(sums @ sums)
    size = known / max(1.0, clustered / binomial) if binomial else float(len(np.unique(patients)))
    cases, tail = size * held / known, (1 - _COVERED) / 2
    low = float(beta.ppf(tail, cases, size - cases + 1)) if held else 0.0
    high = float(beta.ppf(1 - tail, cases + 1, size - cases)) if held < known else 1.0
    return Side(held, known, size, low, high)


def _counts(side: Side) -> list[int]:
    """[cases, others] among as many independent recordings."""
    size = max(1, round(side.size))
    cases = round(size * side.share)
    return [cases, size - cases]


def _lift(first: Side, second: Side) -> Estimate:
    if not first.known or not second.known:
        return Estimate(None, why=f"no recording {'outside' if first.known else 'inside'} states it")
    if not first.held and not second.held:
        return Estimate(None, why="no recording holds it")
    low, inverse = _lowest(first, second), _lowest(second, first)
    if not second.held:
        return Estimate(None, low, None, "no recording outside holds it")
    return Estimate(first.share / second.share, low, 1 / inverse if inverse else None)


def _lowest(first: Side, second: Side) -> float:
    """Lower bound of the ratio of two shares; the upper one is the inverse of that of the inverse ratio.

    Method of variance estimates recovery (Donner & Zou 2012, Stat. Methods Med. Res. 21:347), written so that a
    share of 0 below the line does no harm.
    """
    both = first.share * second.share
    above = first.low * (2 * first.share - first.low)
    below = second.high * (2 * second.share - second.high)
    return above / (both + sqrt(max(both**2 - above * below, 0.0))) if above else 0.0


def _corrected(found: Sequence[Enrichment]) -> Iterator[Enrichment]:
    """Add q, over all questions that were compared."""
    asked = [one for one in found if one.p is not None]
    q = iter(false_discovery_control([one.p for one in asked]).tolist() if asked else ())
    for one in found:
        yield one if one.p is None else _with_q(one, next(q))


def _with_q(one: Enrichment, q: float) -> Enrichment:
    return Enrichment(
        one.column, one.value, one.held_inside, one.known_inside, one.held_outside, one.known_outside, one.missing,
        one.lift, one.p, q,
    )  # fmt: skip


def _order(one: Enrichment) -> tuple[bool, float, float, str, str]:
    low, high = one.lift.low, one.lift.high
    return low is None, -(low or 0.0), -(inf if high is None else high), one.column, one.value or ""
