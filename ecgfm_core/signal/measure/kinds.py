"""What started each beat, as far as its shape, its time, and a pacemaker's spike tell."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from ecgfm_core.signal.measure.delineation import Delineation
from ecgfm_core.signal.measure.families import Sorted
from ecgfm_core.signal.measure.preparing import FS
from ecgfm_core.signal.measure.shapes import Samples
from ecgfm_core.types.measurements import Kind

RIVAL = 0.7
"""share of the largest family that another must have to prevail in its place."""
EARLY = 0.87
"""times the usual RR below which a beat comes early."""
PAUSE = 1.15
"""times the usual RR, above which the first RR is the pause after an early beat."""
REGULAR = 0.06
"""standard deviation of RR, as a share of it, below which a rhythm is regular."""
RARE = 0.34
"""share of the beats above which early ones are the rhythm itself, as in Wenckebach's block."""
BROADER = round(0.02 * FS)
"""samples by which the QRS of a ventricular beat is at least broader than the prevailing one."""
BROAD = round(0.15 * FS)
"""samples of a QRS from which a regular rhythm without P waves, too fast or too slow, is taken for ventricular."""
FAST = 140.0
"""beats a minute above which a P wave before a broad QRS cannot be told from the T wave before it."""
NEIGHBORS = 9
"""RR intervals whose median is the usual one."""


class Rhythm(NamedTuple):
    """What is known of the beats' order.

    Attributes:
        prevailing: number of the family that the measurements are made on.
        kinds: [N] of each beat.
    """

    prevailing: int
    kinds: list[Kind]


def rhythm(found: Sorted, waves: list[Delineation]) -> Rhythm:
    """Judge every beat by its family and its time."""
    rr = np.diff(found.peaks)
    main = _prevailing(found, waves, _before_pause(rr))
    prevails = found.members == main
    fibrillating = found.irregular and waves[main].p is None
    early = _early(rr, prevails)
    if fibrillating or early[prevails].mean() > RARE:
        early &= ~prevails
    usual = [_family_kind(found, waves, number, main) for number in range(len(waves))]
    kinds = [
        _beat_kind(usual[family], is_early, fibrillating)
        for family, is_early in zip(found.members.tolist(), early.tolist(), strict=True)
    ]
    return Rhythm(main, kinds)


def _early(rr: Samples, prevails: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """[N] which beats come early: before their time, or, where the shape is another, before a pause.

    Beats of the prevailing shape can be called early in a regular rhythm only.
    """
    usual = median_filter(rr, size=min(NEIGHBORS, len(rr)), mode="mirror")
    short = rr < EARLY * usual
    first = rr[:1] > PAUSE * usual[:1]  # of the first beat only the pause is seen
    early = np.concatenate([first, short])
    rest = rr[~(short | np.concatenate([first, short[:-1]]))]
    regular = len(rest) > 2 and np.std(rest) < REGULAR * np.median(rest)
    found: npt.NDArray[np.bool_] = np.where(prevails, early & regular, early | _before_pause(rr))
    return found


def _before_pause(rr: Samples) -> npt.NDArray[np.bool_]:
    """[N] beats that come sooner after the last than the next after them; of the last beat, than the one before."""
    last = rr[-1:] < EARLY * rr[-2:-1] if len(rr) > 1 else [False]
    found: npt.NDArray[np.bool_] = np.concatenate([[False], rr[:-1] < EARLY * rr[1:], last])
    return found


def _prevailing(found: Sorted, waves: list[Delineation], before_pause: npt.NDArray[np.bool_]) -> int:
    """The largest family; of several about as large one that does not come early, then the narrowest QRS."""
    largest = max(family.total for family in found.families)
    rivals = [number for number, family in enumerate(found.families) if family.total >= RIVAL * largest]

    def rank(number: int) -> tuple[bool, int]:
        early = before_pause[found.members == number].mean() > 0.5
        return bool(early), waves[number].qrs[1] - waves[number].qrs[0]

    return min(rivals, key=rank)


def _family_kind(found: Sorted, waves: list[Delineation], number: int, main: int) -> Kind:
    """Of the beats of a family that come in time."""
    family, own = found.families[number], waves[number]
    if len(family.spikes):
        return "paced"
    width = own.qrs[1] - own.qrs[0]
    if number == main:
        rate = 60 * FS / found.rr
        ventricular = width >= BROAD and (rate > FAST or (own.p is None and not 50 < rate < 100))
        regular = np.std(np.diff(found.peaks)) < REGULAR * found.rr
        return "other" if ventricular and regular else "normal"
    usual = waves[main].qrs[1] - waves[main].qrs[0]
    return "premature_ventricular" if width >= usual + BROADER else "other"


def _beat_kind(kind: Kind, early: bool, fibrillating: bool) -> Kind:
    if kind == "normal" and early:
        return "premature_atrial"
    if kind == "premature_ventricular" and not (early or fibrillating):
        return "other"  # an escape
    return kind
