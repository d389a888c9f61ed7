"""The values that travel between the steps: frozen, checked, and carrying the digest of their origin.

Axes: L leads, S samples, W windows, F frames, D features, C labels, N records.
Arrays are float32, in C order and read-only; leads first, time last.
"""

from __future__ import annotations

from ecgfm_core.types.arrays import FloatArray
from ecgfm_core.types.check import (
    Agreement,
    BeatEnergy,
    Chance,
    Check,
    Energy,
    OrderCurve,
    SegmentEnergy,
    Stability,
    Stage,
)
from ecgfm_core.types.encoding import Encoding, Prediction
from ecgfm_core.types.evaluation import (
    CalibrationBin,
    Curve,
    Estimate,
    Evaluation,
    LabelEvaluation,
    OperatingPoint,
    Probe,
    Scored,
    Subgroup,
)
from ecgfm_core.types.groups import (
    ClusterMethod,
    Clusters,
    Enrichment,
    Issue,
    IssueKind,
    LabelAgreement,
    TypicalBeat,
)
from ecgfm_core.types.maps import Map, MapTrust, Method, Neighbors, Placement
from ecgfm_core.types.measurements import Beat, Kind, Measurement, Measurements, MedianBeat
from ecgfm_core.types.quality import Flag, Quality
from ecgfm_core.types.record import Facts, Meta, Reading, Record, Source
from ecgfm_core.types.saliency import ExplainMethod, Saliency, SaliencyUnit, SegmentShare, TypicalSaliency
from ecgfm_core.types.windows import Steps, Windows

__all__ = [
    "Agreement",
    "Beat",
    "BeatEnergy",
    "CalibrationBin",
    "Chance",
    "Check",
    "ClusterMethod",
    "Clusters",
    "Curve",
    "Encoding",
    "Energy",
    "Enrichment",
    "Estimate",
    "Evaluation",
    "ExplainMethod",
    "Facts",
    "Flag",
    "FloatArray",
    "Issue",
    "IssueKind",
    "Kind",
    "LabelAgreement",
    "LabelEvaluation",
    "Map",
    "MapTrust",
    "Measurement",
    "Measurements",
    "MedianBeat",
    "Meta",
    "Method",
    "Neighbors",
    "OperatingPoint",
    "OrderCurve",
    "Placement",
    "Prediction",
    "Probe",
    "Quality",
    "Reading",
    "Record",
    "Saliency",
    "SaliencyUnit",
    "Scored",
    "SegmentEnergy",
    "SegmentShare",
    "Source",
    "Stability",
    "Stage",
    "Steps",
    "Subgroup",
    "TypicalBeat",
    "TypicalSaliency",
    "Windows",
]
