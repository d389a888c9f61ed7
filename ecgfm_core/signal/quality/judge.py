"""From faults to a score, and to the sentence why a recording should not be believed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ecgfm_core.leads import LEADS
from ecgfm_core.signal.quality import thresholds as limits
from ecgfm_core.signal.quality.faults import Fault
from ecgfm_core.types import Record

_LABELLING = ("limb_swap", "einthoven")
_SHARED = ("flat", "clipped", "noisy", "wander", "mains")
_WORDS = {"wander": "wandering", "mains": "full of mains hum"}


def score(record: Record, edges: npt.NDArray[np.intp], faults: Sequence[Fault]) -> float:
    """Share of lead time that can be used: 1 less what the faults take; where several meet, the worst counts.

    A fault without a lead (leads scaled one by one, pacing spikes) and a suspicion of exchanged cables take nothing.

    Args:
        record: whose faults they are.
        edges: [T + 1] samples between which the seconds lie.
        faults: all that was found.
    """
    taken = np.zeros((len(record.leads), len(edges) - 1))
    for fault in faults:
        if fault.lead is None:
            continue
        row = taken[record.leads.index(fault.lead)]
        for flagged in fault.parts:
            first = int(np.searchsorted(edges, flagged.start, "right")) - 1
            last = int(np.searchsorted(edges, flagged.stop, "left"))
            start, stop = edges[first:last], edges[first + 1 : last + 1]
            covered = (np.minimum(stop, flagged.stop) - np.maximum(start, flagged.start)) / (stop - start)
            row[first:last] = np.maximum(row[first:last], flagged.taken * covered)
    return 1 - float(np.average(taken.mean(axis=0), weights=np.diff(edges)))


def verdict(record: Record, faults: Sequence[Fault], reached: float) -> str | None:
    """Why the recording fails: mislabelled limb leads, or too little lead time to be used; None where it passes.

    Args:
        record: whose faults they are.
        faults: all that was found.
        reached: the score.
    """
    reasons = [fault.why for fault in faults if fault.flag in _LABELLING and fault.lead]
    if reached < limits.LEAST_SCORE:
        reasons += filter(None, [_what_is_lost(record, faults)])
    text = "; ".join(reasons)
    return (text if text.startswith("aV") else text[0].upper() + text[1:]) if text else None


def _what_is_lost(record: Record, faults: Sequence[Fault]) -> str:
    """Such as "V1 to V3 are lost and 62 % of lead time is noisy", without what takes little; "" where nothing is."""
    phrases = []
    lost = [lead for lead in LEADS if any(fault.lead == lead and fault.flag == "lost" for fault in faults)]
    if lost:
        phrases.append(f"{_leads(lost)} {'is' if len(lost) == 1 else 'are'} lost")
    shares: dict[str, float] = {}
    for fault in faults:
        if fault.lead and fault.flag in _SHARED:
            samples = sum(part.stop - part.start for part in fault.parts)
            shares[fault.flag] = shares.get(fault.flag, 0.0) + samples / record.signal.size
    most = max(shares.values(), default=0.0)
    for flag, share in sorted(shares.items(), key=lambda item: -item[1]):
        if share >= most / 3:
            phrases.append(f"{100 * share:.0f} % of lead time is {_WORDS.get(flag, flag)}")
    return _and(phrases)


def _leads(names: Sequence[str]) -> str:
    """Runs of three and more of the standard order as "V1 to V3"."""
    if len(names) == len(LEADS):
        return "all leads"
    places = np.array([LEADS.index(name) for name in names])
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    words = []
    for run in runs:
        ends = [LEADS[run[0]], LEADS[run[-1]]]
        words += [" to ".join(ends)] if len(run) > 2 else [LEADS[place] for place in run]
    return _and(words)


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
