"""A cohort's own probabilities against its labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ecgfm_core.analysis.evaluate import evaluate
from ecgfm_core.errors import NoLabels, NothingToLearn
from ecgfm_core.labels import Label
from ecgfm_core.types import Evaluation, Scored

if TYPE_CHECKING:
    from ecgfm_core.analysis.cohort import Cohort

Cell = tuple[bool, bool]
"""Whether the label holds, and whether it is called positive."""


def judge(cohort: Cohort, *, bootstrap: int = 1000, seed: int = 0) -> Evaluation:
    """Judge the probabilities that are stored in a cohort by its labels, for the labels that both have.

    Thresholds are chosen on these very recordings, and say so.

    Args:
        cohort: embedded by an encoder with labels.
        bootstrap: replicates of the intervals, by patient.
        seed: of the replicates.

    Raises:
        NoLabels: the encoder has none.
        NothingToLearn: cohort and encoder share no label.
    """
    labels = shared_labels(cohort)
    assert cohort.encoder is not None
    names = [label.name for label in cohort.encoder.labels]
    table = cohort.table
    scored = Scored(
        ids=cohort.ids,
        truth=table[[label.name for label in labels]].to_numpy(np.float32),
        probabilities=cohort.probabilities[:, [names.index(label.name) for label in labels]],
        patients=tuple(table["patient_id"].astype(str)),
        ages=table["age"].to_numpy(np.float32),
        sexes=tuple(sex if sex in ("F", "M") else None for sex in table["sex"]),
    )
    return evaluate(scored, labels, bootstrap=bootstrap, seed=seed)


def shared_labels(cohort: Cohort) -> tuple[Label, ...]:
    """The encoder's labels that the cohort states, in the encoder's order.

    Raises:
        NoLabels: the encoder has none.
        NothingToLearn: they share none.
    """
    if cohort.encoder is None or not cohort.encoder.labels:
        raise NoLabels(f"{cohort.title}: its encoder is a backbone without labels. Embed it with one that has a head.")
    shared = tuple(label for label in cohort.encoder.labels if label.name in cohort.labels)
    if not shared:
        raise NothingToLearn(
            f"{cohort.title}: the cohort states none of the encoder's labels. Embed it with a table that has one."
        )
    return shared


def confusion(cohort: Cohort, label: str, threshold: float) -> dict[Cell, npt.NDArray[np.int64]]:
    """Rows of the recordings in each cell at a threshold; those that do not state the label are in none.

    Args:
        cohort: embedded by an encoder that tells the label.
        label: one that the cohort states too.
        threshold: a recording is called positive from this probability on.
    """
    truth = cohort.table[label].to_numpy(np.float32)
    told = cohort.table[f"p:{label}"].to_numpy(np.float32)
    known = ~np.isnan(truth) & ~np.isnan(told)
    return {
        (holds, called): np.flatnonzero(known & ((truth == 1) == holds) & ((told >= threshold) == called))
        for holds in (True, False)
        for called in (True, False)
    }
