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

from typing import TYPE_CHECKING

from ecgfm_core.lazy import lazily

if TYPE_CHECKING:
    from ecgfm_core.analysis.agreement import disagreement, label_agreement
    from ecgfm_core.analysis.averaging import typical_saliency
    from ecgfm_core.analysis.building.run import Embedded, Progress
    from ecgfm_core.analysis.checking.agreement import map_agreement
    from ecgfm_core.analysis.checking.energy import energy, in_words
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
    from ecgfm_core.analysis.contrasting import contrast, probe_probabilities
    from ecgfm_core.analysis.doubts import data_issues
    from ecgfm_core.analysis.enriching import enrichment
    from ecgfm_core.analysis.explain.aim import Contrast, Target
    from ecgfm_core.analysis.explain.explain import METHODS
    from ecgfm_core.analysis.judging import confusion, judge
    from ecgfm_core.analysis.projection.layout import Recipe
    from ecgfm_core.analysis.projection.shared import shared_neighbors
    from ecgfm_core.analysis.selecting import in_range, inside_polygon
    from ecgfm_core.analysis.subsets import Operation, combine_subsets
    from ecgfm_core.analysis.typical import typical_beat

_HOME = {
    "Annotations": "analysis.cohort",
    "METHODS": "analysis.explain.explain",
    "Contrast": "analysis.explain.aim",
    "Target": "analysis.explain.aim",
    "map_agreement": "analysis.checking.agreement",
    "Cohort": "analysis.cohort",
    "Embedded": "analysis.building.run",
    "EncoderFacts": "analysis.cohort",
    "MapFacts": "analysis.cohort",
    "Operation": "analysis.subsets",
    "Progress": "analysis.building.run",
    "Recipe": "analysis.projection.layout",
    "annotate": "analysis.cohort",
    "cluster": "analysis.clusters",
    "combine_subsets": "analysis.subsets",
    "confusion": "analysis.judging",
    "contrast": "analysis.contrasting",
    "data_issues": "analysis.doubts",
    "delete_map": "analysis.cohort",
    "disagreement": "analysis.agreement",
    "energy": "analysis.checking.energy",
    "enrichment": "analysis.enriching",
    "in_words": "analysis.checking.energy",
    "in_range": "analysis.selecting",
    "inside_polygon": "analysis.selecting",
    "judge": "analysis.judging",
    "label_agreement": "analysis.agreement",
    "list_maps": "analysis.cohort",
    "load_annotations": "analysis.cohort",
    "load_failures": "analysis.cohort",
    "load_map": "analysis.cohort",
    "load_probes": "analysis.cohort",
    "probe_probabilities": "analysis.contrasting",
    "save_map": "analysis.cohort",
    "save_probe": "analysis.cohort",
    "shared_neighbors": "analysis.projection.shared",
    "typical_beat": "analysis.typical",
    "typical_saliency": "analysis.averaging",
}

__all__ = [
    "METHODS",
    "Annotations",
    "Cohort",
    "Contrast",
    "Embedded",
    "EncoderFacts",
    "MapFacts",
    "Operation",
    "Progress",
    "Recipe",
    "Target",
    "annotate",
    "cluster",
    "combine_subsets",
    "confusion",
    "contrast",
    "data_issues",
    "delete_map",
    "disagreement",
    "energy",
    "enrichment",
    "in_range",
    "in_words",
    "inside_polygon",
    "judge",
    "label_agreement",
    "list_maps",
    "load_annotations",
    "load_failures",
    "load_map",
    "load_probes",
    "map_agreement",
    "probe_probabilities",
    "save_map",
    "save_probe",
    "shared_neighbors",
    "typical_beat",
    "typical_saliency",
]

__getattr__ = lazily(__name__, _HOME)
