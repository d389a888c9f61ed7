"""Hearts at random: people of all ages, with and without findings, and the recordings that are made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, get_args

import numpy as np

from ecgfm_core.errors import HeartInvalid
from ecgfm_core.leads import LEADS
from ecgfm_core.simulate.field import ELECTRODES, SWAPS
from ecgfm_core.simulate.heart import Age, Heart, Infarction, Noise, Patient, Territory

Changes = Mapping[str, Any]
"""Fields of `Heart` and their values."""

_Draw = Callable[[np.random.Generator], Changes]


def _fibrillation(rng: np.random.Generator) -> Changes:
    return {"rhythm": "atrial fibrillation", "rate": float(np.clip(rng.gamma(14, 6.5), 45, 170))}


def _flutter(rng: np.random.Generator) -> Changes:
    waves = ((2,), (2,), (3,), (4,), (4,), (2, 4), (2, 3, 4), (4, 4, 6))[rng.integers(8)]
    return {"rhythm": "atrial flutter", "flutter_waves": waves, "rate": rng.uniform(235, 340) / np.mean(waves)}


_AGES: tuple[Age, ...] = ("acute", "subacute", "subacute", "old", "old", "old")


def _infarction(territory: Territory) -> _Draw:
    def draw(rng: np.random.Generator) -> Changes:
        age: Age = _AGES[rng.integers(len(_AGES))]
        return {"infarction": Infarction(territory, age, float(rng.lognormal(-0.05, 0.35)))}

    return draw


def _second_degree(block: str) -> _Draw:
    return lambda rng: {"block": block, "rate": rng.uniform(60, 100), "pr_s": rng.uniform(0.15, 0.24)}


def _third_degree(rng: np.random.Generator) -> Changes:
    escape = ("junctional", "ventricular")[rng.integers(2)]
    rate = rng.uniform(38, 58) if escape == "junctional" else rng.uniform(26, 44)
    return {"block": "third degree", "escape": escape, "rate": rate, "atrial_rate": rng.uniform(62, 105)}


def _tachycardia(rhythm: str, low: float, high: float, *conduction: str) -> _Draw:
    def draw(rng: np.random.Generator) -> Changes:
        block = conduction[rng.integers(len(conduction))]
        return {
            "rhythm": rhythm,
            "rate": rng.uniform(low, high),
            "conduction": block,
            "atrial_rate": rng.uniform(65, 100),
        }

    return draw


def _paced(pacing: str) -> _Draw:
    def draw(rng: np.random.Generator) -> Changes:
        rhythm = "atrial fibrillation" if pacing == "ventricular" and rng.random() < 0.5 else "sinus"
        rate = rng.uniform(60, 95) if pacing == "tracking" else rng.choice([60, 60, 65, 70, 70, 75, 80, 90])
        return {"pacing": pacing, "rhythm": rhythm, "rate": float(rate), "pr_s": rng.uniform(0.12, 0.2)}

    return draw


def _conduction(name: str) -> _Draw:
    return lambda rng: {"conduction": name}


def _preexcited(rng: np.random.Generator) -> Changes:
    return {"conduction": ("wpw left", "wpw right")[rng.integers(2)], "pr_s": rng.uniform(0.085, 0.12)}


_ORIGIN: dict[str, _Draw] = {
    "sinus bradycardia": lambda rng: {"rate": rng.uniform(38, 58)},
    "sinus tachycardia": lambda rng: {"rate": rng.uniform(102, 150)},
    "sinus arrhythmia": lambda rng: {"rate": rng.uniform(55, 85)},
    "atrial fibrillation": _fibrillation,
    "atrial flutter": _flutter,
    "premature atrial contractions": lambda rng: {"ectopy": "atrial"},
    "premature ventricular contractions": lambda rng: {"ectopy": "ventricular"},
    "bigeminy": lambda rng: {"ectopy": "bigeminy", "rate": rng.uniform(60, 95)},
    "couplets": lambda rng: {"ectopy": "couplets"},
    "ventricular tachycardia": _tachycardia("ventricular tachycardia", 120, 220, "normal"),
    "supraventricular tachycardia": _tachycardia("supraventricular tachycardia", 140, 215, "normal"),
    "supraventricular tachycardia with aberrancy": _tachycardia(
        "supraventricular tachycardia", 140, 200, "rbbb", "rbbb", "lbbb", "rbbb+lafb"
    ),
    "first-degree AV block": lambda rng: {"pr_s": float(0.205 + rng.gamma(2, 0.025))},
    "Wenckebach block": _second_degree("wenckebach"),
    "Mobitz block": _second_degree("mobitz"),
    "third-degree AV block": _third_degree,
    "atrial pacing": _paced("atrial"),
    "ventricular pacing": _paced("ventricular"),
    "dual pacing": _paced("dual"),
    "tracking pacing": _paced("tracking"),
}  # fmt: skip
_CONDUCTION: dict[str, _Draw] = {
    "right bundle branch block": _conduction("rbbb"),
    "left bundle branch block": _conduction("lbbb"),
    "left anterior fascicular block": _conduction("lafb"),
    "bifascicular block": _conduction("rbbb+lafb"),
    "accessory pathway": _preexcited,
}
_MUSCLE: dict[str, _Draw] = {
    **{f"{territory} infarction": _infarction(territory)
       for territory in get_args(Territory)},
    "left ventricular hypertrophy": lambda rng: {"hypertrophy": ("voltage", "strain")[rng.integers(2)]},
    "long QT": lambda rng: {"qtc_s": rng.uniform(0.485, 0.58)},
    "low voltage": lambda rng: {},
    "early repolarization": lambda rng: {"repolarization": "early"},
    "changes of ST and T": lambda rng: {"repolarization": ("flat T", "inverted T", "ST depression")[rng.integers(3)]},
}  # fmt: skip
_RECORDING = ("poor quality", "exchanged electrodes")
_GROUPS: tuple[tuple[str, ...], ...] = (tuple(_ORIGIN), tuple(_CONDUCTION), tuple(_MUSCLE), _RECORDING)
_GROUP_SHARES = (0.46, 0.2, 0.25, 0.09)
_OFTEN = {
    "atrial fibrillation": 5, "atrial flutter": 2, "premature ventricular contractions": 2, "first-degree AV block": 3,
    "ventricular pacing": 2, "left bundle branch block": 2, "right bundle branch block": 2, "anterior infarction": 3,
    "inferior infarction": 4, "septal infarction": 3, "lateral infarction": 2, "poor quality": 4,
}  # fmt: skip
"""How many times as often as the others of its group a finding is drawn."""
_DRAWS: dict[str, _Draw] = {**_ORIGIN, **_CONDUCTION, **_MUSCLE}

FINDINGS: tuple[str, ...] = tuple(name for group in _GROUPS for name in group)
"""What `random_heart` can be asked for."""


def random_heart(rng: np.random.Generator, finding: str | None = None) -> Heart:
    """Draw a patient, a heart and a recording.

    Args:
        rng: draws everything.
        finding: one of `FINDINGS` that must be there, alone; None draws the mixture for training: half sinus
            rhythm without a special finding, half with one finding, and in 40 % of these with a second one.

    Raises:
        HeartInvalid: the finding is unknown.
    """
    if finding is not None and finding not in FINDINGS:
        raise HeartInvalid(f"finding {finding!r} is unknown. Choose one of {', '.join(FINDINGS)}.")
    names = _mixture(rng) if finding is None else (finding,)
    while True:
        try:
            return _heart(rng, names)
        except HeartInvalid:  # two findings that cannot be together: leave the second out
            names = names[:1]


def _mixture(rng: np.random.Generator) -> tuple[str, ...]:
    """No finding, one, or two of different groups."""
    if rng.random() < 0.5:
        return ()
    count = 2 if rng.random() < 0.4 else 1
    groups = rng.choice(len(_GROUPS), count, replace=False, p=_GROUP_SHARES)
    return tuple(_one_of(_GROUPS[group], rng) for group in groups)


def _one_of(names: tuple[str, ...], rng: np.random.Generator) -> str:
    often = np.array([_OFTEN.get(name, 1) for name in names])
    return names[rng.choice(len(names), p=often / often.sum())]


def _heart(rng: np.random.Generator, names: tuple[str, ...]) -> Heart:
    patient = _patient(rng, names)
    changes: dict[str, Any] = {
        "rate": float(np.clip(rng.normal(73, 10), 60.5, 99)),
        "pr_s": float(np.clip(rng.normal(0.150 + 0.0003 * patient.age, 0.018), 0.115, 0.195)),
        "qtc_s": float(np.clip(rng.normal(0.405 + 0.01 * (patient.sex == "F"), 0.018), 0.35, 0.46)),
    }
    if rng.random() < 0.15:  # what healthy and unhealthy people have without further meaning
        changes["repolarization"] = ("early", "flat T", "ST depression", "inverted T")[rng.integers(4)]
    for name in names:
        if name in _DRAWS:
            changes |= _DRAWS[name](rng)
    return Heart(**changes, patient=patient, noise=_noise(rng, names))


def _patient(rng: np.random.Generator, names: tuple[str, ...]) -> Patient:
    infarcted = any(name.endswith("infarction") for name in names)
    ill = bool(names) and not set(names) <= {*_RECORDING, "early repolarization", "sinus arrhythmia"}
    age = float(np.clip(rng.normal(67 if ill else 57, 13 if ill else 18), 18, 95).round())
    woman = bool(rng.random() < 0.48)
    voltage = float(rng.lognormal(0.12 if age < 35 else 0.0, 0.22)) * (0.9 if woman else 1.0)
    if "low voltage" in names:
        voltage = rng.uniform(0.2, 0.38)
    variability = float(rng.lognormal(-3.6 + 0.012 * (60 - age), 0.5))
    if "sinus arrhythmia" in names:
        variability = rng.uniform(0.09, 0.16)
    return Patient(
        age=age,
        sex="F" if woman else "M",
        axis_deg=float(rng.normal(-2 - 0.5 * (age - 45) - 8 * infarcted, 20 + 8 * ill)),
        yaw_deg=float(rng.normal(0, 14)),
        pitch_deg=float(rng.normal(0, 12)),
        qrs=max(voltage, 0.2),
        p=float(rng.lognormal(0, 0.22)),
        t=float(rng.lognormal(-0.004 * (age - 50) - (0.65 if infarcted else 0.35 * ill), 0.55 if ill else 0.32))
        * min(1.0, 0.3 + voltage),
        breathing=float(rng.lognormal(0, 0.4)),
        variability=min(variability, 0.07) if "sinus arrhythmia" not in names else variability,
        shape=int(rng.integers(2**31)),
    )


_BANDS = ((0.05, 150.0), (0.05, 150.0), (0.05, 100.0), (0.05, 40.0), (0.5, 40.0), (0.5, 100.0), (0.15, 70.0))


def _noise(rng: np.random.Generator, names: tuple[str, ...]) -> Noise:
    usual = Noise(
        wander_mv=min(rng.lognormal(-3.3, 0.7), 0.3),
        mains_mv=min(rng.lognormal(-5.0, 0.8), 0.04) if rng.random() < 0.35 else 0.0,
        mains_hz=50 if rng.random() < 0.5 else 60,
        muscle_mv=min(rng.lognormal(-5.4, 0.9), 0.06),
        bursts=float(rng.random()),
        motion_mv=min(rng.lognormal(-3.8, 0.7), 0.07) if rng.random() < 0.2 else 0.0,
        pops=int(rng.random() < 0.03),
        band_hz=_BANDS[rng.integers(len(_BANDS))],
        step_mv=float(rng.choice([0.001, 0.001, 0.0024, 0.005])),
    )
    if "exchanged electrodes" in names:
        usual = replace(usual, swaps=(SWAPS[rng.integers(len(SWAPS))],))
    if "poor quality" not in names:
        return usual
    changes: dict[str, Any] = {}
    for _ in range(1 + int(rng.random() < 0.4)):
        changes |= _faults(rng)
    return replace(usual, **changes)


def _faults(rng: np.random.Generator) -> Changes:
    """One way in which a recording is spoiled."""
    electrodes = tuple(str(name) for name in rng.choice(ELECTRODES, 1 + int(rng.integers(2)), replace=False))
    some = tuple(str(name) for name in rng.choice(LEADS, 1 + int(rng.integers(3)), replace=False))
    faults: tuple[Changes, ...] = (
        {"wander_mv": float(rng.uniform(0.5, 1.5))},
        {"muscle_mv": float(rng.uniform(0.1, 0.4)), "bursts": float(rng.uniform(0.5, 1.6))},
        {"mains_mv": float(rng.uniform(0.12, 0.6))},
        {"motion_mv": float(rng.uniform(0.2, 1.2))},
        {"loose": electrodes},
        {"loose": electrodes, "clip_mv": float(rng.uniform(2, 5))},
        {"pops": int(rng.integers(3, 8))},
        {"lost": some},
        {"lost": (LEADS[6:], LEADS[6:], LEADS[:6], LEADS)[rng.integers(4)]},
        {"flat": some, "pops": int(rng.integers(0, 4))},
    )
    return faults[rng.integers(len(faults))]
