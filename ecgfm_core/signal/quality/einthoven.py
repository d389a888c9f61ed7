"""Einthoven's and Goldberger's relations: six limb leads are made of two, so they must fit each other."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

import numpy as np
import numpy.typing as npt

from ecgfm_core.leads import DERIVABLE
from ecgfm_core.signal.quality import thresholds as limits
from ecgfm_core.signal.quality.faults import Fault, Part
from ecgfm_core.types import Record

_OF_ONE_AND_TWO = {"I": (1.0, 0.0), "II": (0.0, 1.0), **DERIVABLE}
_MOST_SAMPLES = 60_000


def einthoven_faults(record: Record, unusable: Collection[str]) -> list[Fault]:
    """One fault at most; it names the lead to be left out, or the first of two to be exchanged, for all to fit."""
    leads = relating_leads(record, unusable)
    if not leads:
        return []
    step = max(record.signal.shape[1] // _MOST_SAMPLES, 1)
    signal = record.signal[[record.leads.index(lead) for lead in leads], ::step].astype(np.float64)
    signal -= signal.mean(axis=1, keepdims=True)
    if _misfits(signal, leads).max() <= limits.EINTHOVEN_SHARE:
        return []
    lead, share = _odd_one(signal, leads)
    why = _why(lead, leads, share)
    for one, other in combinations(range(len(leads)), 2) if lead is None else ():
        order = np.arange(len(leads))
        order[[one, other]] = other, one
        if _misfits(signal[order], leads).max() <= limits.EINTHOVEN_FIT:
            names = f"{leads[one]} and {leads[other]}"
            lead, why = leads[one], f"the limb leads fit each other only with the names {names} exchanged"
    return [Fault("einthoven", lead, why, (Part(0, record.signal.shape[1], 1.0),))]


def relating_leads(record: Record, unusable: Collection[str]) -> tuple[str, ...]:
    """Usable limb leads, or none where they are too few to be checked against each other."""
    leads = tuple(lead for lead in record.leads if lead in _OF_ONE_AND_TWO and lead not in unusable)
    return leads if record.unit is not None and len(leads) > 2 else ()


def _misfits(signal: npt.NDArray[np.float64], leads: tuple[str, ...]) -> npt.NDArray[np.float64]:
    """[L] share of each lead's spread by which it differs from the best I and II for all; [L, S] without means."""
    made = np.array([_OF_ONE_AND_TWO[lead] for lead in leads])
    residual = signal - made @ np.linalg.lstsq(made, signal, rcond=None)[0]
    spread = np.maximum(signal.std(axis=1), 0.2 * signal.std())  # a small lead holds the rounding of the large ones
    misfits: npt.NDArray[np.float64] = residual.std(axis=1) / np.where(spread > 0, spread, 1)
    return misfits


def _odd_one(signal: npt.NDArray[np.float64], leads: tuple[str, ...]) -> tuple[str | None, float]:
    """The lead without which the others fit, and by how much of its spread it differs from what they determine."""
    made = np.array([_OF_ONE_AND_TWO[lead] for lead in leads])
    differences = {}
    for row, lead in enumerate(leads):
        others = np.delete(np.arange(len(leads)), row)
        two = np.linalg.lstsq(made[others], signal[others], rcond=None)[0]
        spread = signal[row].std()
        share = float((signal[row] - made[row] @ two).std() / spread) if spread > 0 else 0.0
        if len(leads) > 3 and _misfits(signal[others], tuple(leads[i] for i in others)).max() <= limits.EINTHOVEN_FIT:
            return lead, share
        differences[lead] = share
    if len(leads) == 3:  # any of the three may be at fault; by custom the relation is written for the last
        return leads[-1], differences[leads[-1]]
    return None, max(differences.values())


def _why(lead: str | None, leads: tuple[str, ...], share: float) -> str:
    if lead is None:
        return (
            f"the limb leads do not fit each other (III = II - I and the like), by {_percent(share)} of a lead's "
            "spread: they are scaled one by one, or several are mislabelled"
        )
    relation = {"III": "II - I", "aVR": "-(I + II)/2", "aVL": "I - II/2", "aVF": "II - I/2"}.get(lead)
    expected = relation if relation and {"I", "II"} <= set(leads) else "what the other limb leads determine"
    by = f"{_percent(share)} of its own spread"
    return f"{lead} differs from {expected} by {by}: mislabelled, upside down or scaled alone"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
