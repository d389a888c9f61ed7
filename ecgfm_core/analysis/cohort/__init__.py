"""A cohort: many recordings with labels, and what encoders made of them, in one folder that is read piece by piece."""

from __future__ import annotations

from ecgfm_core.analysis.cohort.annotations import Annotations, annotate, load_annotations
from ecgfm_core.analysis.cohort.description import Description, EncoderFacts
from ecgfm_core.analysis.cohort.failures import COPY, Failure, load_failures
from ecgfm_core.analysis.cohort.layout import Kind, to_row
from ecgfm_core.analysis.cohort.maps import MapFacts, delete_map, list_maps, load_map, save_map
from ecgfm_core.analysis.cohort.probes import load_probes, save_probe
from ecgfm_core.analysis.cohort.store import Cohort, open_cohort
from ecgfm_core.analysis.cohort.vectors import Embeddings
from ecgfm_core.analysis.cohort.writer import CohortWriter, Entry, Stated, create_cohort, extend_cohort

__all__ = [
    "COPY",
    "Annotations",
    "Cohort",
    "CohortWriter",
    "Description",
    "Embeddings",
    "EncoderFacts",
    "Entry",
    "Failure",
    "Kind",
    "MapFacts",
    "Stated",
    "annotate",
    "create_cohort",
    "delete_map",
    "extend_cohort",
    "list_maps",
    "load_annotations",
    "load_failures",
    "load_map",
    "load_probes",
    "open_cohort",
    "save_map",
    "save_probe",
    "to_row",
]
