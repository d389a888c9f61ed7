"""Scored recordings -> Evaluation: how well each label is told, among whom, and how sure that is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecgfm_core.analysis.calibrate import brier_score, calibration_bins, expected_calibration_error
from ecgfm_core.analysis.ranking import (
    ENOUGH,
    Column,
    Floats,
    Resampling,
    column,
    curves,
    rank,
    resample,
    spread,
)
from ecgfm_core.analysis.thresholds import Chosen, choose_thresholds, operating_point, require_columns
from ecgfm_core.labels import Label
from ecgfm_core.types import Estimate, Evaluation, LabelEvaluation, Scored, Subgroup

ITSELF = "the very recordings judged here, which flatters it"


def evaluate(
    scored: Scored, labels: tuple[Label, ...], *, thresholds: Chosen | None = None, bootstrap: int = 1000, seed: int = 0
) -> Evaluation:
    """Judge probabilities against what is true of the recordings; what nobody states is left out label by label.

    Intervals are the 2.5 and 97.5 % quantiles over replicates that draw whole patients with replacement, the same
    for every label; so repeated recordings of one patient do not make an interval narrower.

    Args:
        scored: the recordings, none of which the network or a threshold should have seen before.
        labels: [C] what the columns mean.
        thresholds: from `choose_thresholds` on *other* recordings; None chooses them on these, and
            their provenance says that this flatters.
        bootstrap: replicates; 0 = no intervals.
        seed: of the replicates.

    Raises:
        ScoresInvalid: there is no recording, or labels and columns differ in number.
    """
    require_columns(scored, labels)
    chosen = choose_thresholds(scored, labels, where=ITSELF) if thresholds is None else thresholds
    resampling = resample(scored.patients, bootstrap, seed)
    columns = [column(scored, c, trained=label.trained) for c, label in enumerate(labels)]
    ranked = [rank(one, resampling) for one in columns]
    groups = subgroups(scored)
    counted = [c for c, one in enumerate(columns) if one.enough]
    macro_auroc, macro_precision = _macro([ranked[c] for c in counted])
    return Evaluation(
        labels=tuple(
            _label(label.name, one, (auroc, precision), chosen, _among(one, groups, resampling))
            for label, one, (auroc, precision, _) in zip(labels, columns, ranked, strict=True)
        ),
        recordings=len(scored),
        patients=resampling.times.shape[1],
        macro_auroc=macro_auroc,
        macro_average_precision=macro_precision,
        macro_labels=tuple(labels[c].name for c in counted),
        replicates=bootstrap,
        seed=seed,
    )


def subgroups(scored: Scored) -> dict[str, npt.NDArray[np.bool_]]:
    """[N] membership by name: two sexes, four age groups; recordings without a sex or an age belong to none."""
    sexes, ages = np.array(scored.sexes, object), scored.ages
    return {
        "female": sexes == "F",
        "male": sexes == "M",
        "age under 40": ages < 40,
        "age 40-59": (ages >= 40) & (ages < 60),
        "age 60-79": (ages >= 60) & (ages < 80),
        "age 80 and over": ages >= 80,
    }


def _label(
    name: str, one: Column, ranked: tuple[Estimate, Estimate], chosen: Chosen, groups: tuple[Subgroup, ...]
) -> LabelEvaluation:
    bins = calibration_bins(one)
    roc, precision_recall = curves(one)
    aims = chosen.get(name, {}) if one.trained and len(one.truth) else {}
    return LabelEvaluation(
        label=name,
        positives=one.positives,
        negatives=one.negatives,
        prevalence=one.positives / len(one.truth) if len(one.truth) else None,
        auroc=ranked[0],
        average_precision=ranked[1],
        brier=brier_score(one),
        ece=expected_calibration_error(bins),
        calibration=bins,
        roc=roc,
        precision_recall=precision_recall,
        points=tuple(operating_point(one, aim, threshold) for aim, threshold in aims.items()),
        subgroups=groups,
    )


def _among(one: Column, groups: dict[str, npt.NDArray[np.bool_]], resampling: Resampling) -> tuple[Subgroup, ...]:
    found = []
    for name, members in groups.items():
        part = one.among(members)
        why = part.why_not if not part.trained else f"needs {ENOUGH} positives and {ENOUGH} negatives"
        auroc = rank(part, resampling)[0] if part.enough else Estimate(None, why=why)
        found.append(Subgroup(name, part.positives, part.negatives, auroc))
    return tuple(found)


def _macro(ranked: list[tuple[Estimate, Estimate, Floats]]) -> tuple[Estimate, Estimate]:
    """Means over labels; a replicate that lost a label's positives takes the mean over the others."""
    if not ranked:
        none = Estimate(None, why=f"no label has {ENOUGH} positives and {ENOUGH} negatives")
        return none, none
    values = np.array([[auroc.value, precision.value] for auroc, precision, _ in ranked], float).mean(axis=0)
    replicates = np.array([both for _, _, both in ranked])
    known = ~np.isnan(replicates)
    means = np.where(known, replicates, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    means[~known.any(axis=0)] = np.nan
    return spread(float(values[0]), means[0]), spread(float(values[1]), means[1])
