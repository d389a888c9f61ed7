"""Whether probabilities mean what they say, and the temperature that makes them do so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_expit

from ecgfm_core.analysis.ranking import ENOUGH, Column
from ecgfm_core.labels import Rule
from ecgfm_core.types import CalibrationBin, Estimate, FloatArray

BINS = 10
BIN_SIZE = 20
"""Recordings that a bin should hold at least; with fewer than 200 in all there are fewer bins."""

COOLEST, HOTTEST = 0.05, 20.0
_Z = 1.959963984540054  # the normal quantile of 0.975


def temperature(logits: Sequence[FloatArray], truth: FloatArray, rule: Rule = "mean") -> float:
    """The number by which one label's logits are divided so that its probabilities fit best.

    It minimizes the negative log likelihood of the *recording's* probability: the sigmoids of the
    divided logits of its windows, combined by the label's rule as `predict` combines them. One
    number moves all scores of the label towards or away from 1/2; the order of single windows
    stays, and so does what the probabilities say about the prevalence. Hence what it cannot mend: a
    network trained with rare labels drawn more often, or weighted higher, states too high a
    prevalence, and remains shifted at any temperature. Fit on recordings as frequent as in use, and
    never on those that the network learned from.

    Args:
        logits: [N] arrays [W] of the windows' logits before any temperature; W may differ.
        truth: [N] 1, 0 or NaN = not stated, left out.
        rule: how windows combine.

    Returns:
        Between 0.05 and 20; 1 (leave as it is) with fewer than ten positives or ten negatives.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks, section 4.2; here one number a label.
    """
    stated = np.flatnonzero(~np.isnan(truth))
    holds = truth[stated] == 1
    if min(holds.sum(), (~holds).sum()) < ENOUGH:
        return 1.0
    windows = [np.atleast_1d(np.asarray(logits[i], np.float64)) for i in stated.tolist()]
    if rule == "max":  # dividing keeps the order, so the highest window stays the highest
        windows = [one.max(keepdims=True) for one in windows]
    counts = np.array([len(one) for one in windows])
    signs = np.where(holds, 1.0, -1.0).repeat(counts)
    signed, starts = np.concatenate(windows) * signs, np.r_[0, counts.cumsum()[:-1]]

    def loss(log_temperature: float) -> float:
        each = log_expit(signed / np.exp(log_temperature))
        if len(each) == len(counts):
            return float(-each.sum())
        return float(-np.logaddexp.reduceat(each, starts).sum() + np.log(counts).sum())

    found = minimize_scalar(loss, bounds=(np.log(COOLEST), np.log(HOTTEST)), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))


def calibration_bins(column: Column) -> tuple[CalibrationBin, ...]:
    """Bins of equal mass by rising probability: ten, or fewer so that each holds at least 20 recordings.

    Equal probabilities share a bin, so bins may differ in size.
    """
    if not column.trained or not len(column.truth):
        return ()
    count = int(np.clip(len(column.truth) // BIN_SIZE, 1, BINS))
    edges = np.quantile(column.scores, np.linspace(0, 1, count + 1)[1:-1])
    place = np.searchsorted(edges, column.scores, side="right")
    bins = []
    for number in np.unique(place):
        inside = place == number
        size, positives = int(inside.sum()), int(column.truth[inside].sum())
        bins.append(CalibrationBin(size, float(column.scores[inside].mean(dtype=np.float64)), share(positives, size)))
    return tuple(bins)


def expected_calibration_error(bins: Sequence[CalibrationBin]) -> float | None:
    """Mean over recordings of |share of positives - mean probability| of their bin; None without a bin.

    Chance alone keeps it above zero: about sqrt(p (1 - p) / n) a bin of n recordings.

    Source: Naeini et al. 2015 (the name), with bins of equal mass instead of equal width.
    """
    total = sum(one.count for one in bins)
    if not total:
        return None
    return sum(one.count * abs((one.observed.value or 0.0) - one.probability) for one in bins) / total


def brier_score(column: Column) -> float | None:
    """Mean squared difference of probability and truth; None where there is nothing to compare."""
    if not column.trained or not len(column.truth):
        return None
    difference: npt.NDArray[np.float64] = column.scores.astype(np.float64) - column.truth
    return float((difference**2).mean())


def share(part: int, whole: int) -> Estimate:
    """A share with Wilson's 95 % interval, which counts recordings as independent.

    Source: Wilson 1927, J. Am. Stat. Assoc. 22:209.
    """
    if not whole:
        return Estimate(None, why="no recording to divide by")
    p = part / whole
    center, scale = p + _Z**2 / (2 * whole), 1 + _Z**2 / whole
    reach = _Z * np.sqrt(p * (1 - p) / whole + _Z**2 / (4 * whole**2))
    return Estimate(p, float(max(0.0, (center - reach) / scale)), float(min(1.0, (center + reach) / scale)))
