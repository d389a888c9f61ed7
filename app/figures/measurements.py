"""Measurements -> tables: intervals and axes beside what the file states, voltages lead by lead."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from ecgfm_core.leads import LEADS
from ecgfm_core.types import Measurement, Measurements

NOT_MEASURED = "not measured"
VOLTAGES = {"R": "R", "S": "S", "ST J": "ST_J", "ST J+60": "ST_J60", "ST J+80": "ST_J80"}
"""Of each lead: the words for it, and its name among the measurements."""
_WORDS = {
    "HR": "Heart rate", "RR": "RR, mean", "RR_SD": "RR, SD", "RR_min": "RR, shortest",
    "RR_max": "RR, longest", "QTc_Bazett": "QTc Bazett", "QTc_Fridericia": "QTc Fridericia",
    "QTc_Framingham": "QTc Framingham", "QTc_Hodges": "QTc Hodges", "P_axis": "P axis", "QRS_axis": "QRS axis",
    "T_axis": "T axis", "Sokolow_Lyon": "Sokolow-Lyon", "Cornell": "Cornell",
}  # fmt: skip
_STATED = {
    "HR": r"(ventricular )?heart rate|ventricular rate", "RR": "rr interval", "PR": "pr interval",
    "QRS": "qrs duration", "QT": "qt interval", "P_axis": "p axis", "QRS_axis": "qrs axis", "T_axis": "t axis",
}  # fmt: skip
"""How devices name what they measured, in lower case; a QTc of unknown formula stands beside none of ours."""


def stated_beside(stated: Mapping[str, float]) -> dict[str, float]:
    """The file's own measurements by our names, as far as the two mean the same."""
    found: dict[str, float] = {}
    for name in _STATED:
        for text, value in stated.items():
            if _means(text, name) and value > (-361 if "axis" in name else 0):
                found.setdefault(name, value)
    return found


def _means(text: str, name: str) -> bool:
    """Whether a device's words stand for our measurement."""
    return re.fullmatch(f"({_STATED[name]})( global)?", text.strip().lower()) is not None


def in_words(measurement: Measurement) -> str:
    """A value with its unit as people write it, or "not measured"."""
    if measurement.value is None:
        return NOT_MEASURED
    places = 2 if measurement.unit == "mV" else 0
    unit = {"1/min": "/min", "deg": "°"}.get(measurement.unit, " " + measurement.unit)
    return f"{measurement.value:.{places}f}{unit}"


def interval_table(measured: Measurements, stated: Mapping[str, float]) -> pd.DataFrame:
    """A row a measurement of all leads together: its value, what the file states, and how or why not."""
    beside = stated_beside(stated)
    rows = [
        {
            "what": _WORDS.get(name, name),
            "measured": in_words(one),
            "the file says": f"{beside[name]:g}" if name in beside else "",
            "how, or why not": one.why or one.method,
        }
        for name, one in measured.values.items()
        if "/" not in name
    ]
    others = {name: value for name, value in stated.items() if not any(_means(name, ours) for ours in _STATED)}
    rows += [
        {"what": name, "measured": "", "the file says": f"{value:g}", "how, or why not": "as the file states it"}
        for name, value in others.items()
    ]
    return pd.DataFrame(rows)


def lead_table(measured: Measurements) -> pd.DataFrame:
    """A row a lead: R, S and the ST levels in mV; None where one was not measured."""
    rows = []
    for lead in LEADS:
        found = {words: measured.values.get(f"{name}/{lead}") for words, name in VOLTAGES.items()}
        rows.append({"lead": lead} | {words: one.value if one else None for words, one in found.items()})
    return pd.DataFrame(rows)


def essentials(measured: Measurements) -> list[tuple[str, str, str]]:
    """What a reader looks at first: its short name, its value, and how it was found or why not."""
    short = {"HR": "HR", "PR": "PR", "QRS": "QRS", "QT": "QT", "QTc_Fridericia": "QTcF", "QRS_axis": "axis"}
    found = {words: measured[name] for name, words in short.items()}
    return [(words, in_words(one) if one.why is None else "-", one.why or one.method) for words, one in found.items()]
