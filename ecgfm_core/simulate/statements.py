"""What a reader would state of a simulated heart: the 17 labels, the rhythm, and findings beyond them."""

from __future__ import annotations

from collections.abc import Sequence

from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.simulate.heart import Heart
from ecgfm_core.types import Beat


def labels(heart: Heart, beats: Sequence[Beat], rate: float | None, pr_ms: float | None) -> dict[str, bool]:
    """All 17 labels by name, as MIMIC-IV-ECG's machine statements mean them.

    Rate labels hold in any rhythm. A block of the bundle that shows in a supraventricular tachycardia alone is
    aberrancy. A quality label holds where a reader would complain; the others are true all the same.
    """
    aberrant = heart.rhythm == "supraventricular tachycardia" and heart.conduction in ("rbbb", "rbbb+lafb", "lbbb")
    first = pr_ms is not None and pr_ms > 200 and heart.block == "none" and not heart.paces_ventricles
    held = {
        "Poor data quality": heart.noise.poor,
        "Sinus rhythm": heart.rhythm == "sinus" and heart.pacing in ("none", "tracking"),
        "Premature ventricular contraction": any(beat.kind == "premature_ventricular" for beat in beats),
        "Tachycardia": rate is not None and rate > 100,
        "Ventricular tachycardia": heart.rhythm == "ventricular tachycardia",
        "Supraventricular tachycardia with aberrancy": aberrant,
        "Atrial fibrillation": heart.rhythm == "atrial fibrillation",
        "Atrial flutter": heart.rhythm == "atrial flutter",
        "Bradycardia": rate is not None and rate < 60,
        "Accessory pathway conduction": heart.preexcited,
        "Atrioventricular block": first or heart.block != "none",
        "1st degree atrioventricular block": first,
        "Bifascicular block": heart.conduction == "rbbb+lafb" and not aberrant,
        "Right bundle branch block": heart.conduction in ("rbbb", "rbbb+lafb") and not aberrant,
        "Left bundle branch block": heart.conduction == "lbbb" and not aberrant,
        "Infarction": heart.infarction is not None,
        "Electronic pacemaker": heart.pacing != "none",
    }
    return {label.name: held[label.name] for label in MIMIC_IV_ECG}


def rhythm(heart: Heart, rate: float | None) -> str:
    """The rhythm in words."""
    if heart.pacing in ("atrial", "ventricular", "dual"):
        return {"atrial": "atrial", "ventricular": "ventricular", "dual": "AV dual"}[heart.pacing] + " paced rhythm"
    if heart.rhythm != "sinus":
        return heart.rhythm
    if heart.block == "third degree":
        return f"sinus rhythm with {heart.escape} escape rhythm"
    if heart.patient.variability > 0.07:
        return "sinus arrhythmia"
    if rate is not None and (rate > 100 or rate < 60):
        return "sinus tachycardia" if rate > 100 else "sinus bradycardia"
    return "sinus rhythm"


def findings(heart: Heart) -> tuple[str, ...]:
    """What is there beyond the 17 labels, in words."""
    ectopy = {"atrial": "premature atrial contractions", "bigeminy": "ventricular bigeminy",
              "couplets": "ventricular couplets"}  # fmt: skip
    infarction = heart.infarction
    held = {
        ectopy.get(heart.ectopy, ""): heart.ectopy in ectopy,
        "left anterior fascicular block": heart.conduction in ("lafb", "rbbb+lafb"),
        f"{heart.block} AV block": heart.block != "none",
        f"{infarction.age} {infarction.territory} infarction" if infarction else "": infarction is not None,
        "left ventricular hypertrophy": heart.hypertrophy != "none",
        "strain": heart.hypertrophy == "strain",
        "long QT": heart.qtc_s >= 0.48,
        "low voltage": heart.patient.qrs < 0.5,
        "early repolarization": heart.repolarization == "early",
        f"{heart.repolarization}": heart.repolarization not in ("normal", "early"),
        "exchanged electrodes": bool(heart.noise.swaps),
    }
    return tuple(name for name, holds in held.items() if holds)
