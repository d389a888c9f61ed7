"""The shapes of P, QRS, ST and T: typical vectors, and how conduction, muscle and patient change them.

QRS templates have their times as shares of the QRS duration; vectors are in mV along X (left), Y (down), Z (back).
The vectors are ours, set so that medians and spreads of R, S and T in each lead resemble those of healthy people in
PTB-XL (docs/simulator.md); the order of activation follows the textbooks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ecgfm_core.simulate.heart import Heart, Infarction
from ecgfm_core.simulate.waves import Array, fit


@dataclass(frozen=True, slots=True)
class Ventricles:
    """One way in which the ventricles are excited and recover.

    Attributes:
        qrs: waves from 0 to `qrs_s`.
        qrs_s: duration of QRS in s.
        st_first, st_last: [3] level of the ST segment in mV at its begin and its end.
        t: [3] T wave in mV.
        t_early: [3] in mV, a first part of T that may point elsewhere.
        t_rise: share of JT that the rise of T takes.
        u: [3] U wave in mV.
    """

    qrs: Array
    qrs_s: float
    st_first: Array
    st_last: Array
    t: Array
    t_early: Array
    t_rise: float
    u: Array


def _rows(*rows: tuple[float, float, float, float, float]) -> Array:
    """Rows of center, width (rise = fall), x, y, z -> waves."""
    table = np.array(rows)
    return table[:, [0, 1, 1, 2, 3, 4]]


_SEPTAL = (0.20, 0.075, 0.02, -0.02, -0.43)
_FREE_WALL = (0.44, 0.100, 1.24, 0.82, 0.00)
_POSTERIOR = (0.62, 0.095, 0.26, 0.14, 0.97)
_BASAL = (0.81, 0.075, -0.12, -0.06, 0.20)
_RIGHT_LATE = (0.76, 0.095, -0.46, -0.02, -0.62)

QRS: dict[str, Array] = {
    "normal": _rows(_SEPTAL, _FREE_WALL, _POSTERIOR, _BASAL),
    "lafb": _rows(
        (0.18, 0.07, -0.10, 0.34, -0.20), (0.44, 0.10, 0.80, -0.62, 0.15), (0.62, 0.10, 0.22, -0.55, 0.70), _BASAL
    ),
    "rbbb": _rows(
        (0.13, 0.05, -0.10, -0.03, -0.36), (0.29, 0.07, 1.15, 0.68, 0.05), (0.40, 0.07, 0.25, 0.12, 0.60), _RIGHT_LATE
    ),
    "rbbb+lafb": _rows(
        (0.12, 0.05, -0.10, 0.34, -0.26), (0.29, 0.07, 0.78, -0.60, 0.05), (0.41, 0.07, 0.20, -0.50, 0.45), _RIGHT_LATE
    ),
    "lbbb": _rows(
        (0.20, 0.08, 0.06, 0.05, 0.22), (0.36, 0.10, 0.55, 0.24, 0.95), (0.64, 0.11, 0.80, 0.00, 0.88),
        (0.50, 0.06, -0.10, 0.00, 0.20),
    ),
    "wpw left": _rows(
        (0.20, 0.08, -0.10, 0.18, -0.36), (0.54, 0.085, 0.80, 0.75, -0.25), (0.66, 0.085, 0.30, 0.25, 0.45), _BASAL
    ),
    "wpw right": _rows(
        (0.20, 0.08, 0.34, -0.14, 0.22), (0.54, 0.085, 1.00, 0.35, 0.35), (0.68, 0.085, 0.35, 0.00, 0.70), _BASAL
    ),
    "right ventricle": _rows(  # the pacing lead at the apex of the right ventricle
        (0.22, 0.09, 0.22, -0.30, 0.42), (0.45, 0.12, 0.30, -0.85, 0.75), (0.70, 0.11, 0.42, -0.60, 0.62)
    ),
    "outflow": _rows((0.30, 0.10, 0.30, 1.00, 0.65), (0.58, 0.12, 0.50, 1.25, 0.85), (0.78, 0.08, 0.10, 0.10, 0.20)),
    "left lateral": _rows((0.30, 0.10, -0.75, 0.40, -0.60), (0.60, 0.12, -0.95, 0.50, -0.75)),
    "left posterior": _rows((0.30, 0.10, -0.20, -0.65, -0.80), (0.60, 0.12, -0.55, -1.05, -0.70)),
    "right apex": _rows((0.30, 0.10, 0.60, -0.55, 0.75), (0.60, 0.12, 0.75, -0.90, 0.95)),
}  # fmt: skip
"""QRS by conduction or place of origin."""

ECTOPIC = ("outflow", "left lateral", "left posterior", "right apex")
"""Where ventricular beats come from."""

_DURATION_S = {
    "normal": 0.092, "lafb": 0.102, "rbbb": 0.142, "rbbb+lafb": 0.146, "lbbb": 0.150, "wpw left": 0.130,
    "wpw right": 0.135, "right ventricle": 0.165, "outflow": 0.150, "left lateral": 0.155, "left posterior": 0.150,
    "right apex": 0.160,
}  # fmt: skip
_T = np.array([0.36, 0.13, -0.23])
_OWN_T = {  # of conduction that changes T only in part; the other wide QRS have it against QRS
    "normal": _T,
    "lafb": np.array([0.28, 0.24, -0.24]),
    "rbbb": np.array([0.36, 0.17, 0.12]),
    "rbbb+lafb": np.array([0.30, 0.24, 0.12]),
}

TOWARDS = {
    "anterior": np.array([0.45, 0.12, -0.88]),
    "septal": np.array([-0.15, 0.05, -0.99]),
    "lateral": np.array([0.92, -0.38, -0.10]),
    "inferior": np.array([-0.36, 0.92, 0.14]),
    "posterior": np.array([0.12, 0.18, 0.97]),
}
"""Unit vectors from the middle of the heart to the territories of infarction."""


def ventricles(name: str, heart: Heart, rng: np.random.Generator | None) -> Ventricles:
    """The heart's shape for a conduction or origin of `QRS`; `rng` gives the small details of a person."""
    patient = heart.patient
    duration = _DURATION_S[name]
    qrs = QRS[name].copy()
    qrs[:, 3:] *= patient.qrs * (np.array([1.5, 1.15, 1.6]) if heart.hypertrophy != "none" else 1.0)
    rise = 0.5
    t_turn = np.zeros(3)
    if rng is not None:
        duration *= float(np.clip(rng.normal(1, 0.08), 0.85, 1.2))
        qrs = _personal(qrs, rng)
        rise = float(rng.uniform(0.42, 0.62))
        t_turn = rng.normal(0, 0.055, 3)
    against = _against(qrs)
    t = _OWN_T[name] + t_turn if name in _OWN_T else against + t_turn
    t = t * patient.t
    st = 0.10 * t if name in _OWN_T else 0.22 * against * patient.t
    duration *= 1.08 if heart.hypertrophy != "none" else 1.0
    return Ventricles(
        fit(qrs, 0.0, duration), duration, st, st + 0.08 * t, t, np.array([0.12, 0.10, 0.25]) * t, rise, 0.0 * t
    )


def _personal(qrs: Array, rng: np.random.Generator) -> Array:
    """Vary times, widths and vectors; sometimes add a notch."""
    varied = qrs.copy()
    count = len(qrs)
    varied[:, 0] += rng.normal(0, 0.015, count)
    varied[:, 1:3] *= rng.lognormal(0, 0.10, (count, 2))
    length = np.linalg.norm(qrs[:, 3:], axis=1, keepdims=True)
    varied[:, 3:] += rng.normal(0, 1, (count, 3)) * (0.10 * length + 0.03)
    if rng.random() < 0.4:
        notch = np.array([[rng.uniform(0.35, 0.75), 0.035, 0.035, *rng.normal(0, 0.11, 3)]])
        varied = np.vstack([varied, notch])
    return varied


def _against(qrs: Array) -> Array:
    """The T vector against the net QRS, as after wide beats; as long as a share of the QRS."""
    net: Array = (qrs[:, 3:] * qrs[:, 1:2]).sum(axis=0)
    length = float(np.linalg.norm(net))
    return -net / max(length, 1e-9) * min(0.55, 1.8 * length)


class _Change(NamedTuple):
    """Of recovery: what is added to ST (mV), by what it grows until T, the gain of T, what is added to T."""

    st: tuple[float, float, float]
    growth: float
    t_gain: float
    t_more: tuple[float, float, float] = (0.0, 0.0, 0.0)


_CHANGES = {
    "strain": _Change((-0.08, -0.008, 0.03), 1.8, 0.25, (-0.30, -0.03, 0.12)),
    "early": _Change((0.09, 0.07, -0.10), 1.4, 1.4),
    "flat T": _Change((0.0, 0.0, 0.0), 1.0, 0.25),
    "inverted T": _Change((-0.01, -0.01, 0.01), 1.0, -0.45),
    "ST depression": _Change((-0.09, -0.06, 0.06), 0.8, 0.6),
}


def repolarized(shape: Ventricles, heart: Heart, rng: np.random.Generator | None) -> Ventricles:
    """Change ST and T of narrow beats and of right bundle branch block as the heart asks; sometimes add a U wave.

    Where the left ventricle is excited the long way round, recovery follows from that alone.
    """
    much = 1.0 if rng is None else float(rng.lognormal(0, 0.3))
    if rng is not None and rng.random() < 0.25:
        shape = replace(shape, u=0.16 * much * shape.t)
    change = _CHANGES.get("strain" if heart.hypertrophy == "strain" else heart.repolarization)
    if change is None or heart.conduction not in _OWN_T:
        return shape
    st, more = much * np.array(change.st), much * np.array(change.t_more)
    return replace(
        shape,
        st_first=shape.st_first + st,
        st_last=shape.st_last + change.growth * st,
        t=change.t_gain * shape.t + more,
        t_early=abs(change.t_gain) * shape.t_early + 0.2 * more,
        u=0.0 * shape.u,
    )


def infarcted(shape: Ventricles, infarction: Infarction, rng: np.random.Generator | None) -> Ventricles:
    """Take away the muscle of a territory: a Q wave, less R, and by age ST elevation or an inverted T wave.

    The dead muscle leaves a vector that points away from it in the first 40 ms, and what is excited around it comes
    late, up and to the right; injury shifts ST towards it.
    """
    towards = TOWARDS[infarction.territory]
    size = infarction.size
    if rng is not None:
        towards = towards + rng.normal(0, 0.18, 3)
        towards = towards / np.linalg.norm(towards)
    qrs = shape.qrs.copy()
    facing = np.maximum(qrs[:, 3:] @ towards, 0.0)
    loss = {"acute": 0.3, "subacute": 0.6, "old": 0.6}[infarction.age] * min(size, 1.4)
    early = np.clip(1.3 - qrs[:, 0] / shape.qrs_s, 0, 1)  # what is excited first is lost most
    qrs[:, 3:] -= np.outer(np.minimum(loss * early, 1.0) * facing, towards)
    depth = {"acute": 0.25, "subacute": 0.55, "old": 0.60}[infarction.age] * size
    center = 0.027 / shape.qrs_s
    q_wave = np.array([[center, 0.009 / shape.qrs_s, 0.010 / shape.qrs_s, *(-depth * towards)]])
    late_wave = np.array([[0.78, 0.08, 0.08, *(0.5 * depth * np.array([-0.40, -0.35, 0.25]))]])
    q_wave[:, :3] *= shape.qrs_s
    late_wave[:, :3] *= shape.qrs_s
    qrs = fit(np.vstack([q_wave, qrs, late_wave]), 0.0, shape.qrs_s)
    ward = float(shape.t @ towards)
    injury, turn = {"acute": (0.24, 0.25), "subacute": (0.05, -0.36 - ward), "old": (0.01, -0.06 - 0.6 * ward)}[
        infarction.age
    ]
    st = injury * size * towards
    return replace(
        shape, qrs=qrs, st_first=shape.st_first + 0.8 * st, st_last=shape.st_last + 1.3 * st,
        t=shape.t + min(size, 1.3) * turn * towards, t_early=shape.t_early + 0.8 * st,
    )  # fmt: skip


P_WAVE = _rows((0.38, 0.14, 0.055, 0.075, -0.040), (0.62, 0.14, 0.080, 0.050, 0.040))
"""The P wave, right atrium then left, in shares of its duration."""


def atria(heart: Heart, rng: np.random.Generator | None) -> tuple[Array, float]:
    """Waves of P from 0 to its duration, and that duration in s (shorter than PR)."""
    waves, duration = P_WAVE.copy(), 0.105
    waves[:, 3:] *= heart.patient.p
    if rng is not None:
        duration += float(rng.normal(0, 0.01))
        waves[:, 3:] *= rng.lognormal(0, 0.2, (2, 1))
        waves[:, 3:] += rng.normal(0, 0.010, (2, 3))
        if rng.random() < 0.12:  # an enlarged left atrium: late, to the back, notched
            waves[1, 0], waves[1, 5], duration = 0.70, waves[1, 5] + 0.06, duration + 0.018
    duration = min(duration, 0.8 * heart.pr_s)
    return fit(waves, 0.0, duration), duration
