"""A cohort: many recordings with labels, and what encoders made of them, in one folder that is read piece by piece."""

from __future__ import annotations

from ecgfm_core.analysis.cohort.failures import Failure
from ecgfm_core.analysis.cohort.store import Cohort, open_cohort
from ecgfm_core.analysis.cohort.vectors import Embeddings
from ecgfm_core.analysis.cohort.writer import CohortWriter, Entry, create_cohort

__all__ = ["Cohort", "CohortWriter", "Embeddings", "Entry", "Failure", "create_cohort", "open_cohort"]
