"""The typical beat of a selection: the median over recordings of their median beats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from ecgfm_core.errors import SelectionInvalid
from ecgfm_core.leads import LEADS
from ecgfm_core.signal.measure.measuring import measure
from ecgfm_core.types import FloatArray, MedianBeat, Record, TypicalBeat


def typical_beat(records: Iterable[Record], most: int = 50) -> TypicalBeat:
    """Lay the median beats of recordings on each other, R on R, lead by lead.

    Every recording counts once, however many beats it has. All are measured at 500 Hz, over the same span about R,
    with 0 as the level before QRS. Millivolts are never mixed with samples of an unknown unit: recordings in mV enter
    where they are at least half of those with a beat; otherwise the others do, each divided by
    its largest absolute value, so that only shapes are compared. A lead is the median of the recordings that have it; P
    and T are marked where at least half of the recordings have them, at the medians of their edges.

    Args:
        records: the selection, or a fair part of it; read one by one, and no further than `most`. About 0.1 s each.
        most: recordings that are looked at.

    Raises:
        SelectionInvalid: no beat was found in any of them.
    """
    looked = 0
    in_mv: list[MedianBeat] = []
    others: list[MedianBeat] = []
    for record in islice(records, most):
        looked += 1
        beat = measure(record).median
        if beat is not None:
            (others if record.unit is None else in_mv).append(beat)
    unit = "mV" if len(in_mv) >= len(others) else None
    beats = others if unit is None else in_mv
    if not beats:
        raise SelectionInvalid(
            f"a typical beat needs a recording in which beats are found. None of the {looked} recordings has one. "
            "Select others."
        )
    shown = beats if unit else [replace(beat, values=beat.values / np.abs(beat.values).max()) for beat in beats]
    return TypicalBeat(median_of(shown), unit, looked - len(beats))


def median_of(beats: Sequence[MedianBeat]) -> MedianBeat:
    """The median of beats of one unit, sample by sample; `spread` and `beats` of the result are over those beats."""
    leads = tuple(lead for lead in LEADS if any(lead in beat.leads for beat in beats))
    stacks = [_of_lead(beats, lead) for lead in leads]
    low, middle, high = np.stack([np.quantile(stack, (0.25, 0.5, 0.75), axis=0) for stack in stacks], axis=1)
    first = beats[0]
    return MedianBeat(
        values=middle,
        spread=high - low,
        leads=leads,
        fs=first.fs,
        r_s=first.r_s,
        p=_span([beat.p for beat in beats]),
        qrs=_edges([beat.qrs for beat in beats]),
        t=_span([beat.t for beat in beats]),
        beats=len(beats),
    )


def _of_lead(beats: Sequence[MedianBeat], lead: str) -> FloatArray:
    """[n, S] one lead of the recordings that have it."""
    return np.stack([beat.values[beat.leads.index(lead)] for beat in beats if lead in beat.leads])


def _span(spans: Sequence[tuple[float, float] | None]) -> tuple[float, float] | None:
    there = [span for span in spans if span is not None]
    return _edges(there) if 2 * len(there) >= len(spans) else None


def _edges(spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    onset, offset = np.median(np.array(spans, np.float64), axis=0)
    return float(onset), float(offset)
