"""Where records, signals and encoders meet: cohorts, their maps, groups and probes.

    import ecgfm_core as ecg
    from ecgfm_core import analysis

    cohort = ecg.open_cohort("data_samples/cohort")
    drawn = analysis.load_map(cohort, analysis.list_maps(cohort)[0].name)
    groups = analysis.cluster(cohort.vectors, count=8)

Public are the names below, and those of `ecgfm_core` that come from here. They are imported on first use, so that the
command line does not wait for torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecgfm_core.analysis.agreement import disagreement, label_agreement
    from ecgfm_core.analysis.building.run import Embedded, Progress
    from ecgfm_core.analysis.clusters import cluster
    from ecgfm_core.analysis.cohort import (
        Annotations,
        Cohort,
        EncoderFacts,
        MapFacts,
        annotate,
        delete_map,
        list_maps,
        load_annotations,
        load_failures,
        load_map,
        load_probes,
        save_map,
        save_probe,
    )
    from ecgfm_core.analysis.contrast import contrast, probe_probabilities
    from ecgfm_core.analysis.doubts import data_issues
    from ecgfm_core.analysis.enrichment import enrichment
    from ecgfm_core.analysis.judging import confusion, judge
    from ecgfm_core.analysis.projection.layout import Recipe
    from ecgfm_core.analysis.selecting import in_range, inside_polygon
    from ecgfm_core.analysis.subsets import Operation, combine_subsets
    from ecgfm_core.analysis.typical import typical_beat

_HOME = {
    "Annotations": "cohort",
    "Cohort": "cohort",
    "Embedded": "building.run",
    "EncoderFacts": "cohort",
    "MapFacts": "cohort",
    "Operation": "subsets",
    "Progress": "building.run",
    "Recipe": "projection.layout",
    "annotate": "cohort",
    "cluster": "clusters",
    "combine_subsets": "subsets",
    "confusion": "judging",
    "contrast": "contrast",
    "data_issues": "doubts",
    "delete_map": "cohort",
    "disagreement": "agreement",
    "enrichment": "enrichment",
    "in_range": "selecting",
    "inside_polygon": "selecting",
    "judge": "judging",
    "label_agreement": "agreement",
    "list_maps": "cohort",
    "load_annotations": "cohort",
    "load_failures": "cohort",
    "load_map": "cohort",
    "load_probes": "cohort",
    "probe_probabilities": "contrast",
    "save_map": "cohort",
    "save_probe": "cohort",
    "typical_beat": "typical",
}

__all__ = [
    "Annotations",
    "Cohort",
    "Embedded",
    "EncoderFacts",
    "MapFacts",
    "Operation",
    "Progress",
    "Recipe",
    "annotate",
    "cluster",
    "combine_subsets",
    "confusion",
    "contrast",
    "data_issues",
    "delete_map",
    "disagreement",
    "enrichment",
    "in_range",
    "inside_polygon",
    "judge",
    "label_agreement",
    "list_maps",
    "load_annotations",
    "load_failures",
    "load_map",
    "load_probes",
    "probe_probabilities",
    "save_map",
    "save_probe",
    "typical_beat",
]


def __getattr__(name: str) -> object:
    """Import a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'ecgfm_core.analysis' has no attribute {name!r}")
    value: object = getattr(import_module(f"ecgfm_core.analysis.{_HOME[name]}"), name)
    globals()[name] = value
    return value
