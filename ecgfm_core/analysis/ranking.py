"""How well scores rank positives above negatives: AUROC, average precision, their curves, intervals by patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecgfm_core.types import Curve, Estimate, FloatArray, Scored

ENOUGH = 10
"""Positives, and negatives, from which a figure says something."""

CURVE_POINTS = 200
_CHUNK = 100_000
"""Weights held at a time while resampling."""

Rows = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The recordings that state one label, by rising score.

    Attributes:
        rows: [n] their rows among all recordings.
        scores: [n] anything that grows with the belief in the label; NaN where not trained.
        truth: [n] 1 or 0.
        trained: whether the scores mean anything.
    """

    rows: Rows
    scores: FloatArray
    truth: FloatArray
    trained: bool = True

    @property
    def positives(self) -> int:
        """Recordings with the label."""
        return int(self.truth.sum())

    @property
    def negatives(self) -> int:
        """Recordings without the label."""
        return len(self.truth) - self.positives

    @property
    def enough(self) -> bool:
        """Whether there are positives and negatives enough to judge or to choose by."""
        return self.trained and min(self.positives, self.negatives) >= ENOUGH

    @property
    def why_not(self) -> str:
        """What keeps scores from being ranked at all, in words; empty where nothing does."""
        if not self.trained:
            return "not trained"
        if not len(self.truth):
            return "no recording states it"
        if not self.positives:
            return "no positive recording"
        return "" if self.negatives else "no negative recording"

    def among(self, members: npt.NDArray[np.bool_]) -> Column:
        """The same label, for some of the recordings only; `members` is [N]."""
        kept = members[self.rows]
        return Column(self.rows[kept], self.scores[kept], self.truth[kept], self.trained)


def column(scored: Scored, c: int, *, trained: bool = True) -> Column:
    """The recordings that state label `c` and have a score; without a score at all it counts as not trained.

    Rows are sorted by score, then truth, so that nothing depends on the order of the recordings.
    """
    scores, truth = scored.probabilities[:, c], scored.truth[:, c]
    trained = trained and not bool(np.isnan(scores).all())
    known = ~np.isnan(truth) & (~np.isnan(scores) if trained else True)
    rows = np.flatnonzero(known)
    rows = rows[np.lexsort((truth[rows], scores[rows]))]
    return Column(rows, scores[rows], truth[rows], trained)


@dataclass(frozen=True, slots=True, eq=False)
class Resampling:
    """Patients drawn with replacement.

    Attributes:
        patient: [N] number of each recording's patient.
        times: [B, P] how often a replicate holds a patient.
    """

    patient: Rows
    times: npt.NDArray[np.uint8]


def resample(patients: tuple[str, ...], replicates: int, seed: int) -> Resampling:
    """Draw as many patients as there are, with replacement, once a replicate; all recordings of a patient go along."""
    names, patient = np.unique(np.array(patients), return_inverse=True)
    rng, count = np.random.default_rng(seed), len(names)
    draws = (np.bincount(rng.integers(0, count, count), minlength=count) for _ in range(replicates))
    return Resampling(patient, np.array([draw.astype(np.uint8) for draw in draws]).reshape(replicates, count))


def discrimination(scores: FloatArray, truth: FloatArray, weights: Floats) -> tuple[Floats, Floats]:
    """AUROC and average precision of weighted recordings, for many sets of weights at once.

    AUROC is the chance that a positive scores above a negative, a tie counting half
    (Mann-Whitney); average precision is the sum of the precision at each score, weighted by
    the step of the recall that it brings (as in scikit-learn).

    Args:
        scores: [n] in rising order.
        truth: [n] 1 or 0.
        weights: [B, n] how often each recording counts.

    Returns:
        [B] and [B]; NaN where the weights leave one class only.
    """
    starts = _segments(scores, truth)
    positive, everyone = (np.add.reduceat(part, starts, axis=1) for part in (weights * truth, weights))
    so_far, found_so_far = everyone.cumsum(axis=1), positive.cumsum(axis=1)
    total, others = found_so_far[:, -1], so_far[:, -1] - found_so_far[:, -1]
    both = (total > 0) & (others > 0)
    held = np.flatnonzero(positive.any(axis=0))  # only scores of positives add to either sum
    positive, everyone, so_far, found_so_far = (part[:, held] for part in (positive, everyone, so_far, found_so_far))
    below = so_far - found_so_far - (everyone - positive) / 2
    found = total[:, None] - found_so_far + positive
    called = (total + others)[:, None] - so_far + everyone
    won = np.einsum("bi,bi->b", positive, below)
    gained = np.einsum("bi,bi->b", positive, found / np.maximum(called, 1))
    return (
        np.where(both, won / np.where(both, total * others, 1), np.nan),
        np.where(both, gained / np.where(both, total, 1), np.nan),
    )


def _segments(scores: FloatArray, truth: FloatArray) -> Rows:
    """Where sums begin: at each score that a positive has, and after it; negatives in between add up as one."""
    distinct = np.flatnonzero(np.diff(scores, prepend=-np.inf) > 0)
    held = np.add.reduceat(truth, distinct) > 0
    starts: Rows = distinct[held | np.r_[True, held[:-1]]]
    return starts


def replicate(column: Column, resampling: Resampling) -> Floats:
    """[2, B]: AUROC and average precision of each replicate; NaN where one lacks a class."""
    times = resampling.times
    patient = resampling.patient[column.rows]
    size = max(1, _CHUNK // max(len(patient), 1))
    parts = [
        discrimination(column.scores, column.truth, times[start : start + size, patient].astype(np.float64))
        for start in range(0, len(times), size)
    ]
    return np.concatenate([np.array(part) for part in parts], axis=1) if parts else np.empty((2, 0))


def rank(column: Column, resampling: Resampling) -> tuple[Estimate, Estimate, Floats]:
    """AUROC and average precision with 95 % percentile intervals by patient, and the replicates [2, B].

    There is no value without both classes, and no interval with fewer than ten patients on
    either side or where all replicates agree: the reason is in `why`.
    """
    if column.why_not:
        none = Estimate(None, why=column.why_not)
        return none, none, np.full((2, len(resampling.times)), np.nan)
    values = discrimination(column.scores, column.truth, np.ones((1, len(column.truth))))
    replicates = replicate(column, resampling)
    with_label, without = (len(np.unique(resampling.patient[column.rows[column.truth == side]])) for side in (1, 0))
    why = "" if min(with_label, without) >= ENOUGH else (
        f"an interval needs {ENOUGH} patients with the label and {ENOUGH} without; here {with_label} and {without}"
    )  # fmt: skip
    auroc, precision = (spread(float(value[0]), row, why) for value, row in zip(values, replicates, strict=True))
    return auroc, precision, replicates


def spread(value: float, replicates: Floats, why: str = "") -> Estimate:
    """A value with the 2.5 and 97.5 % quantiles of its replicates, or with the reason why there is no interval."""
    known = replicates[~np.isnan(replicates)]
    if why or not len(known):
        return Estimate(value, why=why or "the patients were not resampled")
    low, high = np.quantile(known, (0.025, 0.975))
    if low == high:
        return Estimate(value, why="resampling the patients shows no spread: they are too few, or perfectly told apart")
    return Estimate(value, float(low), float(high))


def curves(column: Column) -> tuple[Curve, Curve] | tuple[None, None]:
    """The ROC and the precision-recall curve, thinned to at most 200 points; None without both classes."""
    if column.why_not:
        return None, None
    truth = column.truth[::-1].astype(np.float64)
    last = np.flatnonzero(np.diff(column.scores[::-1], append=-np.inf) < 0)
    found, called = truth.cumsum()[last], last + 1.0
    sensitivity, alarms = found / column.positives, (called - found) / column.negatives
    precision = found / called
    return (
        _thinned(np.r_[0.0, alarms], np.r_[0.0, sensitivity]),
        _thinned(np.r_[0.0, sensitivity], np.r_[precision[0], precision]),
    )


def _thinned(x: Floats, y: Floats) -> Curve:
    """Points evenly spread along the curve, both ends kept: a uniform choice by rank would lose the rare positives."""
    length = np.r_[0.0, (np.abs(np.diff(x)) + np.abs(np.diff(y))).cumsum()]
    wanted = np.searchsorted(length, np.linspace(0, length[-1], CURVE_POINTS))
    kept = np.unique(np.r_[0, np.minimum(wanted, len(x) - 1)[:-1], len(x) - 1])
    return Curve(tuple(x[kept].tolist()), tuple(y[kept].tolist()))
