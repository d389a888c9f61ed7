"""Thresholds: chosen on one set of recordings, applied to another, and what they do there."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

import numpy as np

from ecgfm_core.analysis.calibrate import share
from ecgfm_core.analysis.ranking import Column, column
from ecgfm_core.errors import ScoresInvalid
from ecgfm_core.labels import Label, Threshold
from ecgfm_core.types import Estimate, OperatingPoint, Scored

BEST_F1 = "highest F1"

Chosen = Mapping[str, Mapping[str, Threshold]]
"""Thresholds by the label's name, then by their aim in words."""


def choose_thresholds(
    scored: Scored, labels: tuple[Label, ...], *, sensitivity: float = 0.9, where: str
) -> dict[str, dict[str, Threshold]]:
    """Two thresholds a label: the one of the highest F1, and the highest that reaches a sensitivity.

    Choose on recordings that the network did not learn from, and judge on others: a
    threshold flatters itself on the recordings that it was chosen on.

    Args:
        scored: the recordings to choose on.
        labels: [C] what the columns mean.
        sensitivity: to be reached, above 0 and at most 1.
        where: which recordings these are, in words: "validation split of X".

    Returns:
        By label, then by aim ("highest F1", "sensitivity of at least 0.9"); a label with fewer
        than ten positives or ten negatives has none.

    Raises:
        ScoresInvalid: labels and columns differ in number, or the sensitivity is none.
    """
    require_columns(scored, labels)
    if not 0 < sensitivity <= 1:
        raise ScoresInvalid(f"the sensitivity to reach must be above 0 and at most 1. Got {sensitivity:g}.")
    chosen: dict[str, dict[str, Threshold]] = {}
    for c, label in enumerate(labels):
        one = column(scored, c, trained=label.trained)
        if one.enough:
            found = {BEST_F1: _best_f1(one), f"sensitivity of at least {sensitivity:g}": _reaching(one, sensitivity)}
            provenance = f"chosen on {where} ({one.positives} positives of {len(one.truth)} recordings)"
            chosen[label.name] = {aim: Threshold(value, f"{aim}, {provenance}") for aim, value in found.items()}
    return chosen


def require_columns(scored: Scored, labels: tuple[Label, ...]) -> None:
    """Check that there are recordings, and a column a label.

    Raises:
        ScoresInvalid: there are none, or their numbers differ.
    """
    if not len(scored):
        raise ScoresInvalid("no recording is left to judge. Choose another split or another table.")
    if scored.truth.shape[1] != len(labels):
        raise ScoresInvalid(
            f"the scores have {scored.truth.shape[1]} columns and {len(labels)} labels were given. "
            "Pass the labels of the encoder that made the scores."
        )


def operating_point(one: Column, aim: str, threshold: Threshold) -> OperatingPoint:
    """Counts and shares at a threshold; F1's interval follows from Wilson's for TP / (TP + FP + FN).

    Source of the F1 interval: F1 = 2 J / (1 + J) grows with J = TP / (TP + FP + FN), which is a
    share of recordings (Hand et al. 2021, Machine Learning 110:451, call it F*).
    """
    called, holds = one.scores >= np.float32(threshold.value), one.truth == 1
    hits, alarms = int((called & holds).sum()), int((called & ~holds).sum())
    misses = one.positives - hits
    rest = one.negatives - alarms
    return OperatingPoint(
        aim=aim,
        threshold=threshold,
        true_positives=hits,
        false_positives=alarms,
        false_negatives=misses,
        true_negatives=rest,
        sensitivity=share(hits, hits + misses),
        specificity=share(rest, rest + alarms),
        ppv=share(hits, hits + alarms),
        npv=share(rest, rest + misses),
        f1=_f1(share(hits, hits + alarms + misses)),
    )


def _f1(overlap: Estimate) -> Estimate:
    value, low, high = (None if j is None else 2 * j / (1 + j) for j in (overlap.value, overlap.low, overlap.high))
    return Estimate(value, low, high, overlap.why)


def _best_f1(one: Column) -> float:
    truth = one.truth[::-1].astype(np.float64)
    last = np.flatnonzero(np.diff(one.scores[::-1], append=-np.inf) < 0)
    f1 = 2 * truth.cumsum()[last] / (one.positives + last + 1)
    return float(one.scores[::-1][last[f1.argmax()]])


def _reaching(one: Column, sensitivity: float) -> float:
    needed = ceil(sensitivity * one.positives - 1e-9)
    return float(one.scores[one.truth == 1][-needed])
