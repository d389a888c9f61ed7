"""Noisy, wander and mains: seconds that are over a threshold, joined to stretches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecgfm_core.signal.quality import thresholds as limits
from ecgfm_core.signal.quality.faults import Fault, Part, consolidated
from ecgfm_core.signal.quality.seconds import Seconds
from ecgfm_core.types import FloatArray, Record


@dataclass(frozen=True, slots=True, eq=False)
class _Check:
    """A flag, how many times its threshold each second reaches [T], and the words for the worst second."""

    flag: str
    level: FloatArray
    words: Callable[[int], str]


def noise_faults(record: Record, measured: Seconds, contact: Sequence[Fault]) -> list[Fault]:
    """What disturbs the leads of a record where their contact is sound."""
    found = []
    for row, lead in enumerate(record.leads):
        sound = ~_touched(measured.edges, [fault for fault in contact if fault.lead == lead])
        for check in _checks(record, measured, row):
            found += _stretches(check, lead, sound, measured.edges, record.fs)
    return found


def _checks(record: Record, measured: Seconds, row: int) -> Iterator[_Check]:
    noise, span, wander = measured.noise[row], measured.span[row], measured.wander[row]
    mains, share, hz = measured.mains[row], measured.mains_share[row], measured.mains_hz
    known = record.unit is not None

    def noisy(second: int) -> str:
        if known and span[second] >= limits.JUMP_MV:
            return f"the lead jumps by {span[second]:.1f} mV within a second"
        size = f"{noise[second]:.2f} mV" if known else f"{100 * noise[second]:.0f} % of the lead's usual span"
        return f"noise from 20 to 40 Hz is {size}"

    def humming(second: int) -> str:
        size = f", {mains[second]:.2f} mV" if known else ""
        return f"{hz[second]} Hz is {100 * share[second]:.0f} % of the power{size}"

    jumps = span / limits.JUMP_MV if known else np.zeros_like(span)
    if record.fs >= limits.NOISE_FS:
        loud = limits.NOISY_MV if known else limits.NOISY_SHARE
        yield _Check("noisy", np.maximum(noise / loud, jumps), noisy)
    if known:
        words = "{:.1f} mV of wander under 0.5 Hz within two seconds"
        yield _Check("wander", wander / limits.WANDER_MV, lambda second: words.format(wander[second]))
    tall = limits.MAINS_MV if known else limits.MAINS_OF_SPAN
    yield _Check("mains", np.minimum(mains / tall, share / limits.MAINS_SHARE), humming)


def _stretches(
    check: _Check, lead: str, sound: npt.NDArray[np.bool_], edges: npt.NDArray[np.intp], fs: float
) -> list[Fault]:
    """The seconds over the threshold as faults; those with a short break between them are one."""
    over = np.flatnonzero(sound & (check.level >= 1))
    if not len(over):
        return []
    breaks = np.flatnonzero(edges[over[1:]] - edges[over[:-1] + 1] > limits.JOIN_S * fs * 1.01) + 1
    groups = sorted(np.split(over, breaks), key=lambda group: -float(check.level[group].max()))
    faults = []
    for group in groups:
        worst = int(group[np.argmax(check.level[group])])
        parts = tuple(Part(int(edges[i]), int(edges[i + 1]), _taken(float(check.level[i]))) for i in group)
        faults.append(Fault(check.flag, lead, check.words(worst), parts))
    return consolidated(faults, fs)


def _taken(level: float) -> float:
    """How much of a second is lost that reaches `level` times the threshold: a tenth at 1, all from 10 on."""
    least = limits.TAKEN_AT_THRESHOLD
    return float(min(least + (1 - least) * np.log(level) / np.log(limits.TAKEN_WHOLLY), 1.0))


def _touched(edges: npt.NDArray[np.intp], contact: Sequence[Fault]) -> npt.NDArray[np.bool_]:
    """[T] seconds in which a lead is lost or flat, and the seconds beside: what they measure is the step."""
    touched = np.zeros(len(edges) - 1, bool)
    for fault in contact:
        for part in fault.parts if fault.flag != "clipped" else ():
            touched |= (edges[:-1] < part.stop) & (edges[1:] > part.start)
    beside = np.pad(touched, 1)
    touched |= beside[:-2] | beside[2:]
    return touched
