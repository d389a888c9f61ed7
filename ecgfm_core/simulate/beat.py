"""One heart, shaped: which waves each of its beats consists of, how its atria flutter, and what of it is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ecgfm_core.simulate.heart import Heart, Patient
from ecgfm_core.simulate.rhythm import Course, Cycle, Origin
from ecgfm_core.simulate.shapes import ECTOPIC, Ventricles, atria, infarcted, repolarized, ventricles
from ecgfm_core.simulate.waves import REACH, Array, draw, plateau, turned
from ecgfm_core.types import Beat

SPIKE_SD_S = 0.0008
"""standard deviation in s of a pacemaker's spike, about 2 ms from end to end."""

PEAK = 0.73
"""share of JT after which T has its peak."""


class Anatomy(NamedTuple):
    """What stays the same from beat to beat.

    Attributes:
        shapes: the ventricles by who drives them.
        r_s: s from the onset of QRS to the longest dipole, by the same names.
        p: waves of P from 0 to `p_s`.
        p_s: duration of P in s.
        spike: [3] mV of a pacemaker's spike.
    """

    shapes: dict[Origin, Ventricles]
    r_s: dict[Origin, float]
    p: Array
    p_s: float
    spike: Array


def anatomy(heart: Heart, origins: set[Origin], rng: np.random.Generator | None) -> Anatomy:
    """Shape a heart for the origins of beats that occur; `rng` gives a person's details, None is the textbook."""
    turn = rotation(heart.patient)
    names: dict[Origin, str] = {"conducted": heart.conduction, "paced": "right ventricle"}
    names["ectopic"] = names["escape"] = ECTOPIC[0 if rng is None else int(rng.integers(len(ECTOPIC)))]
    shapes: dict[Origin, Ventricles] = {}
    p, p_s = atria(heart, rng)
    gain = 1.0 if rng is None else rng.lognormal(0, 0.7)
    spike = gain * np.array([0.5, 1.2, 0.6]) if rng is None else gain * rng.normal(0, 0.8, 3)
    for origin in sorted(origins):
        shape = _turned(ventricles(names[origin], heart, rng), turn, rotation(heart.patient, 0.5))
        if origin == "conducted":
            shape = repolarized(shape, heart, rng)
            shape = shape if heart.infarction is None else infarcted(shape, heart.infarction, rng)
        shapes[origin] = shape
    peaks = {origin: _longest(shape) for origin, shape in shapes.items()}
    return Anatomy(shapes, peaks, turned(p, rotation(heart.patient, 0.4)), p_s, spike)


def rotation(patient: Patient, share: float = 1.0) -> Array:
    """[3, 3] that turns vectors by a share of the patient's angles: pitch, then yaw, then the frontal axis."""
    axis, yaw, pitch = np.deg2rad([patient.axis_deg, patient.yaw_deg, patient.pitch_deg]) * share
    c, s = np.cos([axis, yaw, pitch]), np.sin([axis, yaw, pitch])
    frontal = np.array([[c[0], -s[0], 0], [s[0], c[0], 0], [0, 0, 1]])
    level = np.array([[c[1], 0, -s[1]], [0, 1, 0], [s[1], 0, c[1]]])
    sagittal = np.array([[1, 0, 0], [0, c[2], s[2]], [0, -s[2], c[2]]])
    whole: Array = frontal @ level @ sagittal
    return whole


def _turned(shape: Ventricles, turn: Array, half: Array) -> Ventricles:
    """Turn QRS with the heart, and recovery by half: T follows QRS, but not all the way."""
    names = ("st_first", "st_last", "t", "t_early", "u")
    return replace(shape, qrs=turned(shape.qrs, turn), **{name: half @ getattr(shape, name) for name in names})


def _longest(shape: Ventricles) -> float:
    milliseconds = round(shape.qrs_s * 1000)
    return int((draw(shape.qrs, 0.0, 1000.0, milliseconds) ** 2).sum(axis=0).argmax()) / 1000


def qt_s(heart: Heart, shape: Ventricles, rr_s: float) -> float:
    """QT of a beat by the RR before it: Fridericia's cube root, longer by most of what QRS is wider than 0.1 s."""
    at_this_rate = heart.qtc_s * float(np.cbrt(np.clip(rr_s, 0.25, 1.6)))
    return max(at_this_rate + 0.75 * max(0.0, shape.qrs_s - 0.1), shape.qrs_s + 0.12)


def recovery(shape: Ventricles, qt: float) -> Array:
    """Waves of ST, T and U, from the onset of QRS; T ends at `qt`."""
    end, jt = shape.qrs_s, qt - shape.qrs_s
    peak, fall = end + PEAK * jt, (1 - PEAK) * jt / REACH
    rows = [
        np.array([peak, shape.t_rise * jt / REACH, fall, *shape.t]),
        np.array([end + 0.5 * jt, (shape.t_rise - PEAK + 0.5) * jt / REACH, 0.3 * jt / REACH, *shape.t_early]),
    ]
    if shape.u.any():
        rows.append(np.array([qt + 0.10 * jt + 0.05, 0.028, 0.035, *shape.u]))
    waves = np.array(rows)
    if max(np.abs(shape.st_first).max(), np.abs(shape.st_last).max()) < 0.004:
        return waves
    return np.vstack([plateau(end - 0.012, end + 0.75 * jt, shape.st_first, shape.st_last), waves])


def rr_before(course: Course) -> Array:
    """RR in s that decides each beat's QT: mostly the mean, a part the last one, as QT follows slowly."""
    onsets = np.array([cycle.qrs_s for cycle in course.cycles])
    rr = np.diff(onsets, prepend=2 * onsets[0] - onsets[1] if len(onsets) > 1 else onsets[0] - 1)
    followed: Array = 0.7 * rr.mean() + 0.3 * rr
    return followed


def all_waves(heart: Heart, body: Anatomy, course: Course, rng: np.random.Generator) -> Array:
    """The waves of all beats, breathing included, and the pacemaker's spikes."""
    parts = list(_beats(heart, body, course, rng))
    parts += [_shifted(body.p, at) for at in course.lone_p]
    spikes = [(at, 0.4) for at in course.atrial_spikes] + [(at, 1.0) for at in course.ventricular_spikes]
    if spikes:
        parts.append(np.array([[at, SPIKE_SD_S, SPIKE_SD_S, *(gain * body.spike)] for at, gain in spikes]))
    return np.vstack(parts) if parts else np.zeros((0, 6))


def _beats(heart: Heart, body: Anatomy, course: Course, rng: np.random.Generator) -> Iterator[Array]:
    strength = heart.patient.breathing
    breath, phase = 2 * np.pi * rng.uniform(0.18, 0.32), rng.uniform(0, 2 * np.pi)
    odd = np.eye(3) + rng.normal(0, 0.4, (3, 3))  # the P wave of a premature beat comes from elsewhere
    for cycle, rr in zip(course.cycles, rr_before(course), strict=True):
        shape = body.shapes[cycle.origin]
        waves = np.vstack([shape.qrs, recovery(shape, qt_s(heart, shape, float(rr)))])
        swing = strength * np.sin(breath * cycle.qrs_s + phase) + 0.3 * rng.standard_normal()
        lean = 0.05 * swing
        turn = (1 + 0.035 * swing) * np.array(
            [[1, -lean, 0.3 * lean], [lean, 1, -0.5 * lean], [-0.3 * lean, 0.5 * lean, 1]]
        )
        yield _shifted(turned(waves, turn), cycle.qrs_s)
        if cycle.p_s is not None:
            early = cycle.kind == "premature_atrial"
            yield _shifted(turned(body.p, odd) if early else body.p, cycle.p_s)


def _shifted(waves: Array, by_s: float) -> Array:
    moved = waves.copy()
    moved[:, 0] += by_s
    return moved


def fibrillation(times_s: Array, rng: np.random.Generator) -> Array:
    """[3, S] mV of f-waves: 5 to 8 a second, never quite even, most towards V1 and II."""
    step = times_s[1] - times_s[0]
    total = np.zeros((3, len(times_s)))
    strength = rng.lognormal(-0.2, 0.5)
    for direction in ((0.005, 0.03, -0.012), (-0.012, 0.0, -0.035), (0.010, 0.012, 0.0)):
        knots = np.arange(times_s[0], times_s[-1] + 0.3, 0.25)
        hz = np.interp(times_s, knots, rng.uniform(5.0, 7.5) + 0.9 * rng.standard_normal(len(knots)))
        swell = np.interp(times_s, knots, 0.85 + 0.35 * rng.standard_normal(len(knots)))
        phase = 2 * np.pi * np.cumsum(hz) * step + rng.uniform(0, 2 * np.pi)
        wave = strength * swell * (np.sin(phase) + 0.3 * np.sin(2 * phase + rng.uniform(0, 6)))
        total += np.array(direction)[:, None] * wave
    return total


def flutter(times_s: Array, waves_s: Array, rng: np.random.Generator) -> Array:
    """[3, S] mV of flutter waves: a saw with slow fall and steep rise in II, III, aVF; upright bumps in V1."""
    phase = 2 * np.pi * (times_s - waves_s[0]) / (waves_s[1] - waves_s[0])
    strength = rng.uniform(0.05, 0.13)
    saw = sum(np.sin(k * phase) * np.exp(-0.3 * (k - 1)) / k for k in (1, 2, 3, 4))
    bump = sum(np.cos(k * (phase - 0.9)) * np.exp(-0.5 * (k - 1)) / k for k in (1, 2, 3))
    back = rng.uniform(0.3, 0.8)
    return strength * np.stack([-0.10 * saw, saw, -back * bump])


def beats(heart: Heart, body: Anatomy, course: Course, seconds: float) -> tuple[Beat, ...]:
    """The truth of the beats whose R peak lies in the recording."""
    found = []
    for cycle, rr in zip(course.cycles, rr_before(course), strict=True):
        r_s = cycle.qrs_s + body.r_s[cycle.origin]
        if 0 <= r_s < seconds:
            found.append(_beat(heart, body, cycle, float(rr), r_s))
    return tuple(found)


def _beat(heart: Heart, body: Anatomy, cycle: Cycle, rr_s: float, r_s: float) -> Beat:
    shape, at = body.shapes[cycle.origin], cycle.qrs_s
    qt = qt_s(heart, shape, rr_s)
    jt = qt - shape.qrs_s
    p = None if cycle.p_s is None else (cycle.p_s, cycle.p_s + body.p_s)
    t = (at + shape.qrs_s + (PEAK - shape.t_rise) * jt, at + qt)
    return Beat(r_s, cycle.kind, p, (at, at + shape.qrs_s), t)
