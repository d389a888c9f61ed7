"""Everything about a cohort that a person should look at before relying on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ecgfm_core.analysis.issues import duplicates, mislabels, outliers
from ecgfm_core.types import FloatArray, Issue

if TYPE_CHECKING:
    from ecgfm_core.analysis.cohort import Cohort

K = 15


def data_issues(
    cohort: Cohort,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    cancel: Callable[[], bool] = lambda: False,
) -> tuple[Issue, ...]:
    """Copies, contradicted labels and outliers of a cohort, the worst of each kind first.

    Args:
        cohort: embedded.
        progress: called with (recordings compared, recordings).
        cancel: asked now and then.

    Raises:
        Canceled: `cancel` said so.
    """
    graph = cohort.nearest.graph(K, progress=progress, cancel=cancel)
    patients = tuple(cohort.table["patient_id"].astype(str))
    copies = duplicates(graph.rows, graph.distances, cohort.digests, patients)
    labels = mislabels(graph.rows, cohort.targets, _told(cohort), cohort.labels, patients)
    return copies + labels + outliers(graph.rows, graph.distances)


def _told(cohort: Cohort) -> FloatArray:
    """[N, C] the encoder's probability of each of the cohort's labels; NaN where it does not tell it."""
    told = np.full((len(cohort.ids), len(cohort.labels)), np.nan, np.float32)
    names = [] if cohort.encoder is None else [label.name for label in cohort.encoder.labels]
    for c, label in enumerate(cohort.labels):
        if label in names:
            told[:, c] = cohort.probabilities[:, names.index(label)]
    return told
