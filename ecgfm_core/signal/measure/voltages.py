"""Axes and voltages, on the median beat: of P, QRS and T, of ST, of R and S, and two sums for hypertrophy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ecgfm_core.leads import LEADS
from ecgfm_core.signal.measure.delineation import Delineation, Wave
from ecgfm_core.signal.measure.intervals import told
from ecgfm_core.signal.measure.preparing import FS, Floats
from ecgfm_core.types.measurements import Measurement

AXES = {
    "P_axis": "net area of P in I and aVF, above the line from its onset to its offset",
    "QRS_axis": "net area of QRS in I and aVF, above the level before it",
    "T_axis": "net area of T in I and aVF, above the level before QRS",
}
SUMS = {
    "Sokolow_Lyon": "depth of S in V1 + the larger R of V5 and V6",
    "Cornell": "R in aVL + depth of S in V3",
}
OF_LEADS = {
    "ST_J": "at the end of QRS, above the level before QRS",
    "ST_J60": "60 ms after the end of QRS, above the level before QRS",
    "ST_J80": "80 ms after the end of QRS, above the level before QRS",
    "R": "highest point of QRS above the level before it; 0 where there is none",
    "S": "lowest point of QRS from R on, below the level before it (negative); 0 where there is none",
}
UNITS = {
    **{name: ("deg", method) for name, method in AXES.items()},
    **{name: ("mV", method) for name, method in SUMS.items()},
    **{f"{name}/{lead}": ("mV", method) for lead in LEADS for name, method in OF_LEADS.items()},
}
"""Unit and method of each, in the order in which they are told."""

HALF = round(0.004 * FS)
"""samples on each side over which a level of ST is averaged."""
SMALLEST_AREA = 2e-4
"""mV s of net area, over both leads, below which an axis points nowhere."""


class Readable(NamedTuple):
    """What the voltages are read from.

    Attributes:
        leads: [S] each lead of the median beat in mV, 0 before QRS; leads that never change are absent.
        waves: boundaries in samples.
        absent: why a lead is not among them.
        no_p: why there is no P wave, where there is none.
    """

    leads: dict[str, Floats]
    waves: Delineation
    absent: dict[str, str]
    no_p: str


def voltages(beat: Readable) -> dict[str, Measurement]:
    """All of `UNITS`, from one median beat."""
    values: dict[str, float | str] = {
        "P_axis": beat.no_p if beat.waves.p is None else _axis(beat, beat.waves.p, sloping=True),
        "QRS_axis": _axis(beat, beat.waves.qrs),
        "T_axis": "no T wave found between two beats" if beat.waves.t is None else _axis(beat, beat.waves.t),
        "Sokolow_Lyon": _missing(beat, "V1", "V5", "V6") or _sokolow_lyon(beat),
        "Cornell": _missing(beat, "aVL", "V3") or r_and_s(beat, "aVL")[0] - r_and_s(beat, "V3")[1],
    }
    for lead in LEADS:
        values |= {f"{name}/{lead}": value for name, value in _of_lead(beat, lead).items()}
    return {name: told(values[name], *UNITS[name]) for name in UNITS}


def _of_lead(beat: Readable, lead: str) -> dict[str, float | str]:
    missing = _missing(beat, lead)
    if missing:
        return dict.fromkeys(OF_LEADS, missing)
    end = beat.waves.qrs[1]
    points = {"ST_J": end, "ST_J60": end + round(0.06 * FS), "ST_J80": end + round(0.08 * FS)}
    levels = {name: float(beat.leads[lead][at - HALF : at + HALF + 1].mean()) for name, at in points.items()}
    r, s = r_and_s(beat, lead)
    return {**levels, "R": r, "S": s}


def r_and_s(beat: Readable, lead: str) -> tuple[float, float]:
    """R (0 or more) and S (0 or less) of a lead in mV; a QS complex is all S."""
    qrs = beat.leads[lead][beat.waves.qrs[0] : beat.waves.qrs[1] + 1]
    top = int(np.argmax(qrs))
    return max(0.0, float(qrs[top])), min(0.0, float(qrs[top:].min()))


def _sokolow_lyon(beat: Readable) -> float:
    return max(r_and_s(beat, "V5")[0], r_and_s(beat, "V6")[0]) - r_and_s(beat, "V1")[1]


def _axis(beat: Readable, wave: Wave, *, sloping: bool = False) -> float | str:
    """Direction in the frontal plane in degrees: 0 is left, 90 down, -90 up."""
    missing = _missing(beat, "I", "aVF")
    if missing:
        return missing
    one, foot = (_area(beat.leads[lead][wave[0] : wave[1] + 1], sloping) for lead in ("I", "aVF"))
    foot *= 2 / np.sqrt(3)  # Goldberger's leads are shorter than Einthoven's
    if np.hypot(one, foot) < SMALLEST_AREA:
        return "the net areas in I and aVF are near zero: an axis points nowhere"
    return float(np.rad2deg(np.arctan2(foot, one)))


def _area(part: Floats, sloping: bool) -> float:
    """In mV s."""
    level = np.linspace(part[0], part[-1], len(part)) if sloping else 0.0
    return float((part - level).sum() / FS)


def _missing(beat: Readable, *leads: str) -> str:
    """Why one of the leads cannot be read; empty where all can."""
    return next((beat.absent[lead] for lead in leads if lead in beat.absent), "")
