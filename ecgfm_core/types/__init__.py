"""The values that travel between the steps: frozen, checked, and carrying the digest of their origin.

Axes: L leads, S samples, W windows, F frames, D features, C labels, N records.
Arrays are float32, in C order and read-only; leads first, time last.
"""

from __future__ import annotations

from ecgfm_core.types.arrays import FloatArray
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
from ecgfm_core.types.measurements import Beat, Kind, Measurement, Measurements, MedianBeat
from ecgfm_core.types.quality import Flag, Quality
from ecgfm_core.types.record import Facts, Meta, Reading, Record, Source
from ecgfm_core.types.windows import Steps, Windows

__all__ = [
    "Beat",
    "CalibrationBin",
    "Curve",
    "Encoding",
    "Estimate",
    "Evaluation",
    "Facts",
    "Flag",
    "FloatArray",
    "Kind",
    "LabelEvaluation",
    "Measurement",
    "Measurements",
    "MedianBeat",
    "Meta",
    "OperatingPoint",
    "Prediction",
    "Probe",
    "Quality",
    "Reading",
    "Record",
    "Scored",
    "Source",
    "Steps",
    "Subgroup",
    "Windows",
]
