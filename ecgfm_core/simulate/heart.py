"""A dipole heart: Gaussian P, Q, R, S and T waves in space, laid along a rhythm and projected to the leads.

First version: sinus rhythm, atrial fibrillation, right and left bundle branch block, first-degree block,
ventricular extrasystoles, and noise. Sizes and times are typical textbook values, not fitted to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ecgfm_core.leads import LEADS, arrange
from ecgfm_core.simulate.field import EIGHT, project
from ecgfm_core.types import Meta, Record

Rhythm = Literal["sinus", "atrial fibrillation"]
Conduction = Literal["normal", "rbbb", "lbbb"]


class Wave(NamedTuple):
    """A Gaussian: center and width (standard deviation) in s, amplitude along X, Y, Z in mV."""

    center_s: float
    width_s: float
    x: float
    y: float
    z: float


@dataclass(frozen=True, slots=True)
class Heart:
    """What is simulated.

    Attributes:
        rate: beats a minute.
        rhythm: where the beats come from.
        conduction: how the ventricles are excited.
        pr_s: s from the onset of P to the onset of QRS.
        extrasystoles: every how many beats a ventricular extrasystole comes; 0 = never.
        noise_mv: standard deviation of the muscle noise.
        wander_mv: amplitude of the baseline's wander.
        lost: leads whose electrode fell off; they are constant zero.
    """

    rate: float = 70.0
    rhythm: Rhythm = "sinus"
    conduction: Conduction = "normal"
    pr_s: float = 0.16
    extrasystoles: int = 0
    noise_mv: float = 0.01
    wander_mv: float = 0.03
    lost: tuple[str, ...] = ()


class Beat(NamedTuple):
    """One beat: time of its R peak, whether the atria drive it, whether it comes from a ventricle, RR before it."""

    r_s: float
    p_wave: bool
    ventricular: bool
    rr_s: float


_P = (Wave(-0.020, 0.018, 0.03, 0.06, -0.05), Wave(0.012, 0.020, 0.06, 0.07, 0.05))
_QRS: dict[Conduction, tuple[Wave, ...]] = {
    "normal": (
        Wave(-0.026, 0.007, -0.12, 0.02, -0.22),
        Wave(0.0, 0.012, 0.90, 0.75, 0.45),
        Wave(0.028, 0.009, -0.18, -0.16, 0.30),
    ),
    "rbbb": (
        Wave(-0.026, 0.007, -0.12, 0.02, -0.24),
        Wave(0.0, 0.012, 0.85, 0.65, 0.40),
        Wave(0.060, 0.020, -0.48, -0.05, -0.58),
    ),
    "lbbb": (Wave(-0.010, 0.020, 0.55, 0.35, 0.55), Wave(0.045, 0.024, 0.95, 0.10, 0.85)),
}
_PVC = (Wave(-0.020, 0.024, 0.50, 1.00, 0.70), Wave(0.050, 0.026, 0.60, 1.10, 0.90))
_T: dict[Conduction, tuple[float, float, float]] = {
    "normal": (0.28, 0.22, -0.12),
    "rbbb": (0.26, 0.20, 0.12),
    "lbbb": (-0.30, 0.02, -0.34),
}
_PVC_T = (-0.25, -0.40, -0.35)
_QRS_ONSET_S = 0.045
"""s from the onset of QRS to the peak of R in the normal beat."""
_FIRST_BEAT_S = 0.3


def simulate(
    heart: Heart, *, seconds: float = 10.0, fs: float = 500.0, seed: int = 0, name: str = "simulated"
) -> Record:
    """Simulate a recording.

    Args:
        heart: what is simulated.
        seconds: duration.
        fs: Hz.
        seed: of rhythm and noise; the same seed gives the same samples.
        name: of the record.

    Returns:
        Twelve leads in mV; its statements are the labels that hold by construction.
    """
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * fs)) / fs
    dipole = np.zeros((3, len(time_s)))
    for beat in beats(heart, seconds, rng):
        for wave in _waves(heart, beat):
            shape = np.exp(-0.5 * ((time_s - beat.r_s - wave.center_s) / wave.width_s) ** 2)
            dipole += np.array(wave[2:])[:, None] * shape
    if heart.rhythm == "atrial fibrillation":
        dipole += _fibrillation(time_s, rng)
    recorded = project(dipole) + _noise(heart, time_s, rng)
    signal, _ = arrange(recorded, EIGHT)  # after the noise, so that Einthoven's relations hold exactly
    signal[[LEADS.index(lead) for lead in heart.lost]] = 0.0
    meta = Meta(format="simulated", unit_source="simulated in mV", statements=statements(heart))
    return Record(signal.astype(np.float32), fs, LEADS, "mV", name, meta)


def beats(heart: Heart, seconds: float, rng: np.random.Generator) -> list[Beat]:
    """The beats of a recording, first to last."""
    mean_rr = 60.0 / heart.rate
    found: list[Beat] = []
    at = _FIRST_BEAT_S
    rr = mean_rr
    while at < seconds + 0.5:
        ventricular = heart.extrasystoles > 0 and len(found) % heart.extrasystoles == heart.extrasystoles - 1
        if ventricular:
            at -= 0.35 * mean_rr  # early, and followed by a full compensatory pause
        found.append(Beat(at, heart.rhythm == "sinus" and not ventricular, ventricular, rr))
        rr = _next_rr(heart, mean_rr, rng)
        at += rr + (0.35 * mean_rr if ventricular else 0.0)
    return found


def statements(heart: Heart) -> tuple[str, ...]:
    """The names of ECG-FM's labels that hold by construction."""
    held = {
        "Sinus rhythm": heart.rhythm == "sinus",
        "Premature ventricular contraction": heart.extrasystoles > 0,
        "Tachycardia": heart.rate > 100,
        "Atrial fibrillation": heart.rhythm == "atrial fibrillation",
        "Bradycardia": heart.rate < 60,
        "Atrioventricular block": heart.rhythm == "sinus" and heart.pr_s > 0.2,
        "1st degree atrioventricular block": heart.rhythm == "sinus" and heart.pr_s > 0.2,
        "Right bundle branch block": heart.conduction == "rbbb",
        "Left bundle branch block": heart.conduction == "lbbb",
    }
    return tuple(name for name, holds in held.items() if holds)


def _next_rr(heart: Heart, mean_rr: float, rng: np.random.Generator) -> float:
    if heart.rhythm == "atrial fibrillation":
        return float(np.clip(mean_rr * rng.gamma(16.0, 1 / 16.0), 0.3, 2.0))
    return float(mean_rr * (1 + 0.02 * rng.standard_normal()))


def _waves(heart: Heart, beat: Beat) -> list[Wave]:
    """All waves of one beat; the T wave moves with the cube root of RR, as Fridericia's formula has it."""
    waves = list(_PVC if beat.ventricular else _QRS[heart.conduction])
    if beat.p_wave:
        onset_to_center = 0.056  # s from the onset of P to the center between its two halves
        center = -_QRS_ONSET_S - heart.pr_s + onset_to_center
        waves += [wave._replace(center_s=wave.center_s + center) for wave in _P]
    stretch = np.clip(beat.rr_s, 0.4, 1.5) ** (1 / 3)
    direction = _PVC_T if beat.ventricular else _T[heart.conduction]
    late = 0.04 if beat.ventricular or heart.conduction != "normal" else 0.0
    for center, width, share in ((0.225, 0.050, 0.6), (0.262, 0.032, 0.55)):  # two Gaussians: a slow rise, a quick fall
        waves.append(Wave(center * stretch + late, width * stretch, *(share * d for d in direction)))
    return waves


def _fibrillation(time_s: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """[3, S]: f-waves, sines of 5 to 8 Hz that swell and fade, largest towards V1 and II."""
    total = np.zeros((3, len(time_s)))
    for _ in range(4):
        hz, phase, slow = rng.uniform(5, 8), rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.4)
        envelope = 0.6 + 0.4 * np.sin(2 * np.pi * slow * time_s + rng.uniform(0, 2 * np.pi))
        direction = np.array([-0.015, 0.03, -0.035]) * rng.uniform(0.6, 1.2)
        total += direction[:, None] * envelope * np.sin(2 * np.pi * hz * time_s + phase)
    return total


def _noise(heart: Heart, time_s: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """[8, S]: white muscle noise and slow wander, in each recorded lead its own."""
    noise = heart.noise_mv * rng.standard_normal((len(EIGHT), len(time_s)))
    for _ in range(2):
        hz, phase = rng.uniform(0.1, 0.4), rng.uniform(0, 2 * np.pi, (len(EIGHT), 1))
        strength = heart.wander_mv * rng.uniform(0.3, 1.0, (len(EIGHT), 1))
        noise += strength * np.sin(2 * np.pi * hz * time_s + phase)
    return noise
