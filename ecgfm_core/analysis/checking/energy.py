"""Where the positive evidence lies: in which waves, which leads and which beats; as numbers, and in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np
import numpy.typing as npt

from ecgfm_core.analysis.explain.segments import SEGMENT_NAMES, Segment, segments
from ecgfm_core.leads import LEADS
from ecgfm_core.signal.windows import MODEL_FS
from ecgfm_core.types import Beat, BeatEnergy, Energy, FloatArray, Saliency, SegmentEnergy

Floats = npt.NDArray[np.float64]

MOST = 2 / 3
"""Share of a wave's evidence that leads must hold to be named."""
FEW = 4
"""Leads that may be named: of more, a reader would not look at each."""


def energy(saliency: Saliency, beats: Sequence[Beat] = ()) -> Energy | None:
    """Sum up the positive evidence of a map; None where there is none.

    A map that knows no time finer than a token, 32 ms in ECG-FM, gives a P wave a part of its neighbors' evidence.

    Args:
        saliency: of windows at 500 Hz.
        beats: of `measure(record)`.
    """
    positive = np.clip(saliency.values.astype(np.float64), 0, None)
    total = positive.sum()
    if total == 0:
        return None
    positive /= total
    leads = tuple(positive.sum(axis=(0, 2)).tolist()) if saliency.per_lead else None
    if not isfinite(saliency.resolution_s):
        return Energy((), (), leads)
    parts = [_parts(window, float(start), beats) for window, start in zip(positive, saliency.starts_s, strict=True)]
    sums = [part for window in parts for part in window]
    if all(part.beat is None for part, _ in sums):
        return Energy((), (), leads)
    return Energy(_by_name(sums, saliency.per_lead), _by_beat(sums, beats), leads)


def in_words(saliency: Saliency, beats: Sequence[Beat] = ()) -> str:
    """Say in one sentence where a map's positive evidence lies: in which wave and which leads.

    The wave is the one that holds most beyond its share of the time. Its leads are named, those with most first, where
    four or fewer hold two thirds of its evidence.
    """
    found = energy(saliency, beats)
    what = f"positive evidence for {saliency.target}" if saliency.class_specific else "attention"
    if found is None:
        return f"Nothing in this map speaks for {saliency.target}."
    named = [part for part in found.segments if part.name != "other"]
    if named:
        part = max(named, key=lambda one: one.share - one.time)
        if part.share <= part.time:
            return f"No wave holds more of the {what} than its share of the time."
        leads, held = _most(part.by_lead, part.share)
        place = f"{part.name} of {', '.join(leads)}" if leads else part.name
        even = part.time * (len(leads) / len(LEADS) if leads else 1)
        return f"{_percent(held)} of the {what} lies in {place}; evenly spread it would be {_percent(even)}."
    leads, held = _most(found.leads, 1.0)
    if leads:
        return f"{_percent(held)} of the {what} lies in {', '.join(leads)}."
    why = "its leads share it" if found.leads else "no beats are known"
    return f"No place can be named that holds most of the {what}: {why}."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _most(by_lead: tuple[float, ...] | None, whole: float) -> tuple[list[str], float]:
    """The few leads that hold most, and what they hold; none and the whole where they are not few."""
    if by_lead is None:
        return [], whole
    order = sorted(range(len(by_lead)), key=lambda lead: -by_lead[lead])
    for count in range(1, FEW + 1):
        held = sum(by_lead[lead] for lead in order[:count])
        if held >= MOST * whole:
            return [LEADS[lead] for lead in order[:count]], held
    return [], whole


def _parts(positive: Floats, start_s: float, beats: Sequence[Beat]) -> list[tuple[Segment, FloatArray]]:
    """Each segment of a window [12, S] with the evidence [12] in it."""
    found = segments(beats, start_s, start_s + positive.shape[1] / MODEL_FS)
    return [(part, positive[:, part.samples(start_s, MODEL_FS)].sum(axis=1)) for part in found]


def _by_name(sums: list[tuple[Segment, FloatArray]], per_lead: bool) -> tuple[SegmentEnergy, ...]:
    whole = sum(part.to_s - part.from_s for part, _ in sums)
    found = []
    for name in SEGMENT_NAMES:
        held = [(part, evidence) for part, evidence in sums if part.name == name]
        if held:
            time = sum(part.to_s - part.from_s for part, _ in held) / whole
            evidence = np.sum([evidence for _, evidence in held], axis=0)
            by_lead = tuple(evidence.tolist()) if per_lead else None
            found.append(SegmentEnergy(name, time, float(evidence.sum()), by_lead))
    return tuple(found)


def _by_beat(sums: list[tuple[Segment, FloatArray]], beats: Sequence[Beat]) -> tuple[BeatEnergy, ...]:
    """Most first."""
    held: dict[int, float] = {}
    for part, evidence in sums:
        if part.beat is not None:
            held[part.beat] = held.get(part.beat, 0.0) + float(evidence.sum())
    order = sorted(held, key=lambda beat: -held[beat])
    return tuple(BeatEnergy(beat, beats[beat].r_s, held[beat]) for beat in order)
