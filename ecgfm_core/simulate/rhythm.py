"""When the atria and the ventricles beat. Times are of onsets, in s from the first sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from ecgfm_core.simulate.heart import Heart
from ecgfm_core.simulate.waves import Array
from ecgfm_core.types import Kind

LEAD_IN_S = 2.5
"""s of rhythm before the first sample, so that what reaches into the recording is there."""

Origin = Literal["conducted", "ectopic", "escape", "paced"]


class Cycle(NamedTuple):
    """One ventricular beat: onset of its QRS and of the P wave that led to it, what started it, who drove it."""

    qrs_s: float
    p_s: float | None = None
    kind: Kind = "normal"
    origin: Origin = "conducted"


class Course(NamedTuple):
    """The course of the rhythm.

    Attributes:
        cycles: ventricular beats in order.
        lone_p: onsets of P waves that no QRS follows.
        atrial_spikes, ventricular_spikes: the pacemaker's.
        flutter: times of flutter waves, one period apart; empty without flutter.
    """

    cycles: list[Cycle]
    lone_p: list[float]
    atrial_spikes: list[float]
    ventricular_spikes: list[float]
    flutter: Array


def course(heart: Heart, seconds: float, rng: np.random.Generator) -> Course:
    """Play the heart's rhythm from `LEAD_IN_S` before the first sample to a second after the last."""
    if heart.pacing != "none":
        return _paced(heart, seconds, rng)
    if heart.block == "third degree":
        return _dissociated(heart, seconds, rng)
    return _PLAYERS[heart.rhythm](heart, seconds, rng)


class _Beats(NamedTuple):
    qrs: Array
    p: Array | None


def _sinus(heart: Heart, rate: float, seconds: float, rng: np.random.Generator) -> Array:
    """Onsets of sinus P waves: RR breathes, and wanders a little from beat to beat."""
    mean = 60.0 / rate
    count = int((seconds + LEAD_IN_S + 1) / mean * 1.5) + 4
    number = np.arange(count)
    breaths = rng.uniform(0.18, 0.3) * mean  # breaths a beat
    wave = np.sin(2 * np.pi * (breaths * number + rng.random()))
    spread = heart.patient.variability
    rr = mean * (1 + spread * (1.2 * wave + 0.4 * rng.standard_normal(count)) + 0.004 * rng.standard_normal(count))
    rr = rr.clip(0.55 * mean, 1.8 * mean)
    return _window(np.cumsum(rr) - LEAD_IN_S - rng.random() * mean, seconds)


def _window(times: Array, seconds: float) -> Array:
    return times[times < seconds + 1]


def _even(rate: float, spread: float, seconds: float, rng: np.random.Generator) -> Array:
    """A regular rhythm whose intervals spread by a share of their mean."""
    mean = 60.0 / rate
    count = int((seconds + LEAD_IN_S + 1) / mean * (1 + spread)) + 4
    rr = mean * (1 + spread * rng.standard_normal(count))
    return _window(np.cumsum(rr) - LEAD_IN_S - rng.random() * mean, seconds)


def _from_the_sinus(heart: Heart, seconds: float, rng: np.random.Generator) -> Course:
    at = _sinus(heart, heart.rate, seconds, rng)
    if heart.block != "none":
        return _second_degree(heart, at, rng)
    return _with_ectopy(heart, _Beats(at + heart.pr_s, at), rng)


def _fibrillation(heart: Heart, seconds: float, rng: np.random.Generator) -> Course:
    """Irregular without any order: a shortest interval and a gamma-distributed rest."""
    mean = 60.0 / heart.rate
    count = int((seconds + LEAD_IN_S + 1) / mean * 1.8) + 8
    rr = mean * (0.45 + 0.55 * rng.gamma(5.0, 0.2, count))
    at = _window(np.cumsum(np.maximum(rr, 0.27)) - LEAD_IN_S - rng.random() * mean, seconds)
    return _with_ectopy(heart, _Beats(at, None), rng)


def _with_ectopy(heart: Heart, beats: _Beats, rng: np.random.Generator) -> Course:
    """Replace some beats by premature ones; a ventricular one leaves the sinus rhythm as it is."""
    if heart.ectopy == "atrial" and beats.p is not None:
        return _premature_atrial(heart, beats.p, rng)
    starts = _ectopic_places(heart, len(beats.qrs), rng)
    length = 2 if heart.ectopy == "couplets" else 1
    coupling = rng.uniform(0.5, 0.68)
    cycles, lone = [], []
    for number, qrs in enumerate(beats.qrs):
        p = None if beats.p is None else float(beats.p[number])
        first = next((s for s in (number, number - 1) if s in starts and number - s < length), None)
        if first is None:
            cycles.append(Cycle(float(qrs), p))
            continue
        before, pause = float(beats.qrs[first - 1]), float(beats.qrs[first] - beats.qrs[first - 1])
        early = before + pause * coupling * (1 + number - first) + 0.008 * rng.standard_normal()
        cycles.append(Cycle(early, None, "premature_ventricular", "ectopic"))
        lone += [] if p is None else [p]
    return Course(cycles, lone, [], [], np.empty(0))


def _ectopic_places(heart: Heart, count: int, rng: np.random.Generator) -> set[int]:
    """Numbers of the beats that come early."""
    if heart.ectopy == "none":
        return set()
    if heart.ectopy == "bigeminy":
        return set(range(2, count, 2))
    every = rng.integers(3, 8)
    return set(range(3 + int(rng.integers(0, 2)), count - 1, max(4, int(every))))


def _premature_atrial(heart: Heart, p: Array, rng: np.random.Generator) -> Course:
    """A premature P wave resets the sinus node: all later beats come earlier, and the pause is not compensatory."""
    rr = np.diff(p)
    coupling = rng.uniform(0.55, 0.75)
    early = [number for number in _ectopic_places(heart, len(p), rng) if number < len(p)]
    for number in early:
        rr[number - 1] *= coupling
    again = p[0] + np.concatenate([[0.0], np.cumsum(rr)])
    cycles = [
        Cycle(float(at) + heart.pr_s + (0.02 if number in early else 0.0), float(at),
              "premature_atrial" if number in early else "normal")
        for number, at in enumerate(again)
    ]  # fmt: skip
    return Course(cycles, [], [], [], np.empty(0))


def _second_degree(heart: Heart, p: Array, rng: np.random.Generator) -> Course:
    """Wenckebach: PR grows by less and less until a P wave is blocked. Mobitz: it is blocked without warning."""
    group = int(rng.integers(3, 6)) if heart.block == "wenckebach" else int(rng.integers(2, 5))
    place = (np.arange(len(p)) + int(rng.integers(group))) % group
    growth = 0.0
    if heart.block == "wenckebach":
        growth = min(0.07, 0.2 * 60 / heart.rate)
    pr = heart.pr_s + growth * np.sqrt(place)
    conducted = place < group - 1
    cycles = [Cycle(float(at + by), float(at)) for at, by in zip(p[conducted], pr[conducted], strict=True)]
    return Course(cycles, p[~conducted].tolist(), [], [], np.empty(0))


def _flutter(heart: Heart, seconds: float, rng: np.random.Generator) -> Course:
    """Ventricular beats a fixed time after every second, third, ... flutter wave."""
    period = 60.0 / (heart.rate * float(np.mean(heart.flutter_waves)))
    start = -LEAD_IN_S - rng.random() * period
    count = int((seconds + LEAD_IN_S + 1) / period) + 2
    waves: Array = np.linspace(start, start + period * count, count, endpoint=False)
    steps = rng.permutation(np.resize(heart.flutter_waves, len(waves)))
    numbers = np.cumsum(steps) - 1
    delay = rng.uniform(0.3, 0.9) * period
    at = waves[numbers[numbers < len(waves)]] + delay
    cycles = [Cycle(float(qrs + 0.003 * rng.standard_normal())) for qrs in at]
    plain = _with_ectopy(heart, _Beats(np.array([cycle.qrs_s for cycle in cycles]), None), rng)
    return plain._replace(flutter=waves)


def _supraventricular(heart: Heart, seconds: float, rng: np.random.Generator) -> Course:
    """Regular; the atria are driven backwards, with or shortly after the QRS."""
    at = _even(heart.rate, 0.006, seconds, rng)
    behind = rng.choice([0.03, 0.07, 0.13])
    return Course([Cycle(float(qrs)) for qrs in at], (at + behind).tolist(), [], [], np.empty(0))


def _dissociated(heart: Heart, seconds: float, rng: np.random.Generator) -> Course:
    """Atria and ventricles beat each to themselves."""
    ventricular = heart.rhythm == "ventricular tachycardia" or heart.escape == "ventricular"
    at = _even(heart.rate, 0.012, seconds, rng)
    origin: Origin = "conducted"
    if ventricular:
        origin = "ectopic" if heart.rhythm == "ventricular tachycardia" else "escape"
    cycles = [Cycle(float(qrs), None, "other" if ventricular else "normal", origin) for qrs in at]
    return Course(cycles, _sinus(heart, heart.atrial_rate, seconds, rng).tolist(), [], [], np.empty(0))


def _paced(heart: Heart, seconds: float, rng: np.random.Generator) -> Course:
    """A pacemaker's intervals are exact; the P wave follows its spike, as the QRS does, by some milliseconds."""
    if heart.pacing == "tracking":
        p = _sinus(heart, heart.rate, seconds, rng)
    else:
        p = _even(heart.rate, 0.0005, seconds, rng)
    to_p, to_qrs = rng.uniform(0.008, 0.02), rng.uniform(0.008, 0.02)
    if heart.pacing == "atrial":
        cycles = [Cycle(float(at) + heart.pr_s, float(at), "paced") for at in p]
        return Course(cycles, [], (p - to_p).tolist(), [], np.empty(0))
    own_atria = heart.pacing == "ventricular"
    qrs = p + heart.pr_s
    cycles = [Cycle(float(q), None if own_atria else float(at), "paced", "paced") for q, at in zip(qrs, p, strict=True)]
    lone: list[float] = []
    if own_atria and heart.rhythm == "sinus":
        lone = _sinus(heart, heart.atrial_rate, seconds, rng).tolist()
    atrial = (p - to_p).tolist() if heart.pacing == "dual" else []
    return Course(cycles, lone, atrial, (qrs - to_qrs).tolist(), np.empty(0))


_PLAYERS: dict[str, Callable[[Heart, float, np.random.Generator], Course]] = {
    "sinus": _from_the_sinus,
    "atrial fibrillation": _fibrillation,
    "atrial flutter": _flutter,
    "supraventricular tachycardia": _supraventricular,
    "ventricular tachycardia": _dissociated,
}
