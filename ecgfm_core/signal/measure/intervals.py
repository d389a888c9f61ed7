"""Rates and intervals: HR, RR, PR, QRS, QT and the corrected QT."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ecgfm_core.signal.measure.delineation import FEWEST, Delineation
from ecgfm_core.signal.measure.families import Sorted
from ecgfm_core.signal.measure.kinds import Rhythm
from ecgfm_core.signal.measure.preparing import FS
from ecgfm_core.types.measurements import Measurement

GLOBAL = "median beat, all leads together"
RATES = {
    "HR": ("1/min", "60000 / mean RR"),
    "RR": ("ms", "mean over all beats"),
    "RR_SD": ("ms", "standard deviation over all beats"),
    "RR_min": ("ms", "shortest"),
    "RR_max": ("ms", "longest"),
}
SPANS = {
    "PR": ("ms", f"{GLOBAL}: onset of P to onset of QRS"),
    "QRS": ("ms", f"{GLOBAL}: onset to offset"),
    "QT": ("ms", f"{GLOBAL}: onset of QRS to where the slope of T levels out"),
}
CORRECTIONS: dict[str, tuple[str, Callable[[float, float], float]]] = {
    "QTc_Bazett": ("QT / RR^(1/2)", lambda qt, rr: qt / math.sqrt(rr)),
    "QTc_Fridericia": ("QT / RR^(1/3)", lambda qt, rr: qt / math.cbrt(rr)),
    "QTc_Framingham": ("QT + 154 (1 - RR)", lambda qt, rr: qt + 154 * (1 - rr)),
    "QTc_Hodges": ("QT + 1.75 (HR - 60)", lambda qt, rr: qt + 1.75 * (60 / rr - 60)),
}
"""Each takes QT in ms and RR in s, and gives ms."""
UNITS = {**RATES, **SPANS, **{name: ("ms", f"{method}, mean RR in s") for name, (method, _) in CORRECTIONS.items()}}
"""Unit and method of each, in the order in which they are told."""


def intervals(found: Sorted, own: Delineation, rhythm: Rhythm) -> dict[str, Measurement]:
    """All of `UNITS` for one recording, from the waves of its prevailing beats."""
    rr_ms = 1000 * np.diff(found.peaks) / FS
    mean = float(rr_ms.mean())
    values: dict[str, float | str] = {
        "HR": 60000 / mean,
        "RR": mean,
        "RR_SD": float(rr_ms.std(ddof=1)) if len(rr_ms) > 1 else "fewer than two RR intervals",
        "RR_min": float(rr_ms.min()),
        "RR_max": float(rr_ms.max()),
        "PR": why_no_p(found, rhythm) if own.p is None else _ms(own.p[0], own.qrs[0]),
        "QRS": _ms(*own.qrs),
    }
    qt = why_no_t() if own.t is None else _ms(own.qrs[0], own.t[1])
    values["QT"] = qt
    for name, (_, corrected) in CORRECTIONS.items():
        values[name] = qt if isinstance(qt, str) else corrected(qt, mean / 1000)
    return {name: told(values[name], *UNITS[name]) for name in UNITS}


def told(value: float | str, unit: str, method: str) -> Measurement:
    """A measurement of a value, or of the words that say why there is none."""
    if isinstance(value, str):
        return Measurement(None, unit, method, value)
    return Measurement(float(value), unit, method)


def why_no_p(found: Sorted, rhythm: Rhythm) -> str:
    """Why there is no P wave."""
    if found.families[rhythm.prevailing].total < FEWEST:
        return f"a P wave is told from chance by {FEWEST} beats of one shape; there are fewer"
    if found.irregular:
        return "no P wave found; the RR intervals vary as in atrial fibrillation"
    return "no P wave found that comes before every QRS at the same time"


def why_no_t() -> str:
    """Why there is no T wave."""
    return "no T wave found between two beats"


def _ms(start: int, stop: int) -> float:
    return 1000 * (stop - start) / FS
