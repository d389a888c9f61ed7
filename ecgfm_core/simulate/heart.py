"""What is simulated: a patient, a heart, its pacemaker, and the recorder's faults. Values only.

A `Heart` that exists is possible: combinations that contradict each other are refused when it is made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from ecgfm_core.errors import HeartInvalid
from ecgfm_core.leads import LEADS
from ecgfm_core.simulate.field import ELECTRODES

Rhythm = Literal[
    "sinus", "atrial fibrillation", "atrial flutter", "supraventricular tachycardia", "ventricular tachycardia"
]
Conduction = Literal["normal", "rbbb", "lbbb", "lafb", "rbbb+lafb", "wpw left", "wpw right"]
Block = Literal["none", "wenckebach", "mobitz", "third degree"]
Ectopy = Literal["none", "atrial", "ventricular", "bigeminy", "couplets"]
Pacing = Literal["none", "atrial", "ventricular", "dual", "tracking"]
Repolarization = Literal["normal", "early", "flat T", "inverted T", "ST depression"]
Territory = Literal["anterior", "septal", "lateral", "inferior", "posterior"]
Age = Literal["acute", "subacute", "old"]
Hypertrophy = Literal["none", "voltage", "strain"]

FLUTTER_RATE = (200.0, 380.0)
"""flutter waves a minute that occur."""


@dataclass(frozen=True, slots=True)
class Patient:
    """Whose heart it is, and how it lies.

    Attributes:
        age: years.
        sex: "F" or "M".
        axis_deg: turn in the frontal plane; positive turns the QRS down and to the right.
        yaw_deg: turn about the long axis of the body; positive turns the QRS to the back (late R in V1 to V6).
        pitch_deg: turn about the left-right axis; positive turns what points down to the front.
        qrs, p, t: gains of the waves; 1 is typical.
        breathing: how much the QRS turns and swells with breathing; 1 is typical.
        variability: standard deviation of the sinus RR interval as a share of its mean.
        shape: seed of the small details (notches, widths, electrode places); None is the textbook heart.
    """

    age: float = 55.0
    sex: Literal["F", "M"] = "M"
    axis_deg: float = 0.0
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    qrs: float = 1.0
    p: float = 1.0
    t: float = 1.0
    breathing: float = 1.0
    variability: float = 0.02
    shape: int | None = None


@dataclass(frozen=True, slots=True)
class Infarction:
    """Where muscle died, how long ago, and how much of it; `size` 1 is a typical one."""

    territory: Territory
    age: Age = "old"
    size: float = 1.0


@dataclass(frozen=True, slots=True)
class Noise:
    """What the skin and the recorder add. Standard deviations are of a typical electrode, in mV.

    Attributes:
        wander_mv: of the baseline.
        mains_mv: amplitude of the mains, harmonics in proportion.
        mains_hz: 50 or 60.
        muscle_mv: of muscle noise.
        bursts: how much the muscle noise comes and goes; 0 is even, 1 comes in bursts.
        motion_mv: of spells of motion at one electrode.
        pops: how many times an electrode's contact jumps.
        loose: electrodes that lose their contact for a spell: large drift, mains and crackling.
        lost: leads that the recorder leaves at zero.
        flat: leads that the recorder holds at one value for some seconds.
        clip_mv: where the recorder's input ends, or None.
        swaps: cables exchanged, as pairs of "RA", "LA", "LL", "RL", "V1" ... "V6".
        band_hz: what the recorder lets pass.
        step_mv: of the recorder's digits.
    """

    wander_mv: float = 0.03
    mains_mv: float = 0.0
    mains_hz: Literal[50, 60] = 50
    muscle_mv: float = 0.006
    bursts: float = 0.0
    motion_mv: float = 0.0
    pops: int = 0
    loose: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    flat: tuple[str, ...] = ()
    clip_mv: float | None = None
    swaps: tuple[tuple[str, str], ...] = ()
    band_hz: tuple[float, float] = (0.05, 150.0)
    step_mv: float = 0.001

    def __post_init__(self) -> None:
        """Refuse leads and electrodes that do not exist, and a band without width."""
        for lead in (*self.lost, *self.flat):
            if lead not in LEADS:
                raise HeartInvalid(f"{lead!r} is not a lead. Name any of {', '.join(LEADS)}.")
        for electrode in self.loose:
            if electrode not in ELECTRODES:
                raise HeartInvalid(f"{electrode!r} is no electrode in a lead. Name any of {', '.join(ELECTRODES)}.")
        limbs, chest = {"RL", *ELECTRODES[:3]}, set(ELECTRODES[3:])
        for pair in self.swaps:
            if not (set(pair) <= limbs or set(pair) <= chest) or len(set(pair)) != 2:
                raise HeartInvalid(
                    f"{'/'.join(pair)} cannot be swapped: two different limbs or two different chest electrodes are "
                    f"needed. Name two of {', '.join(sorted(limbs))} or two of {', '.join(sorted(chest))}."
                )
        if not 0 <= self.band_hz[0] < self.band_hz[1]:
            raise HeartInvalid(f"band_hz must rise from 0 or more. Got {self.band_hz}.")

    @property
    def poor(self) -> bool:
        """Whether a reader would complain about the recording."""
        loud = self.wander_mv > 0.45 or self.mains_mv > 0.1 or self.muscle_mv > 0.09 or self.motion_mv > 0.15
        return bool(loud or self.pops > 2 or self.loose or self.lost or self.flat or self.clip_mv is not None)


@dataclass(frozen=True, slots=True)
class Heart:
    """What is simulated.

    Attributes:
        rate: a minute: of the sinus node where there is one, else of the ventricles; of the pacemaker where one
            sets the pace; of the escape rhythm in third-degree block.
        rhythm: where the beats come from.
        conduction: how the ventricles are excited.
        block: second- or third-degree AV block; first-degree is `pr_s` above 0.2.
        ectopy: premature beats: some, every other ("bigeminy"), or two by two ("couplets"; both ventricular).
        pacing: which chambers the pacemaker drives; "tracking" drives the ventricles after each sinus P wave.
        pr_s: s from the onset of P to the onset of QRS where P is conducted.
        qtc_s: QT in s at 60 beats a minute of a narrow QRS; it follows the cube root of RR (Fridericia).
        flutter_waves: flutter waves to a beat, one number (regular) or several drawn at random (variable).
        atrial_rate: of P waves that are not conducted: third-degree block, ventricular tachycardia and pacing.
        escape: who beats in third-degree block.
        infarction: None, or where and when.
        hypertrophy: of the left ventricle, high voltage alone or with strain.
        repolarization: of ST and T where nothing else changes them.
        patient: whose heart it is.
        noise: what the recorder adds.

    Raises:
        HeartInvalid: two of these contradict each other, or a number cannot be.
    """

    rate: float = 70.0
    rhythm: Rhythm = "sinus"
    conduction: Conduction = "normal"
    block: Block = "none"
    ectopy: Ectopy = "none"
    pacing: Pacing = "none"
    pr_s: float = 0.16
    qtc_s: float = 0.41
    flutter_waves: tuple[int, ...] = (4,)
    atrial_rate: float = 80.0
    escape: Literal["junctional", "ventricular"] = "junctional"
    infarction: Infarction | None = None
    hypertrophy: Hypertrophy = "none"
    repolarization: Repolarization = "normal"
    patient: Patient = field(default_factory=Patient)
    noise: Noise = field(default_factory=Noise)

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        _require_choices(self)
        _require_numbers(self)
        for contradiction in _contradictions(self):
            raise HeartInvalid(contradiction)

    @property
    def paces_ventricles(self) -> bool:
        """Whether a pacemaker drives the ventricles."""
        return self.pacing in ("ventricular", "dual", "tracking")

    @property
    def preexcited(self) -> bool:
        """Whether an accessory pathway conducts."""
        return self.conduction in ("wpw left", "wpw right")


def _require_choices(heart: Heart) -> None:
    choices = {
        "rhythm": Rhythm, "conduction": Conduction, "block": Block, "ectopy": Ectopy, "pacing": Pacing,
        "hypertrophy": Hypertrophy, "repolarization": Repolarization,
    }  # fmt: skip
    for name, allowed in choices.items():
        found = getattr(heart, name)
        if found not in get_args(allowed):
            raise HeartInvalid(f"{name} {found!r} is unknown. Choose one of {', '.join(get_args(allowed))}.")


def _require_numbers(heart: Heart) -> None:
    limits = {"rate": (20.0, 300.0), "pr_s": (0.06, 0.6), "qtc_s": (0.28, 0.7), "atrial_rate": (30.0, 200.0)}
    for name, (low, high) in limits.items():
        found = getattr(heart, name)
        if not low <= found <= high:
            raise HeartInvalid(f"{name} must lie between {low:g} and {high:g}. Got {found:g}.")
    if not heart.flutter_waves or min(heart.flutter_waves) < 1:
        raise HeartInvalid(f"flutter_waves needs one whole number above 0, or more. Got {heart.flutter_waves}.")


def _contradictions(heart: Heart) -> list[str]:
    """A sentence for each pair of parameters that cannot be together."""
    return [sentence for sentence, holds in (_of_rhythm(heart) | _of_conduction(heart)).items() if holds]


def _of_rhythm(heart: Heart) -> dict[str, bool]:
    waves = heart.rate * sum(heart.flutter_waves) / len(heart.flutter_waves)
    low, high = FLUTTER_RATE
    fast = heart.rhythm.endswith("tachycardia")
    return {
        f"a flutter needs {low:g} to {high:g} waves a minute; rate times flutter_waves is {waves:.0f}. Change one of "
        "them.": heart.rhythm == "atrial flutter" and not low <= waves <= high,
        f"block {heart.block!r} needs P waves; the rhythm is {heart.rhythm}. Choose sinus rhythm.": (
            heart.block != "none" and heart.rhythm != "sinus"
        ),
        f"premature atrial beats need P waves; the rhythm is {heart.rhythm}. Choose sinus rhythm.": (
            heart.ectopy == "atrial" and heart.rhythm != "sinus"
        ),
        f"pacing {heart.pacing!r} needs atria at rest or in sinus rhythm; the rhythm is {heart.rhythm}. Choose sinus "
        "rhythm.": heart.pacing in ("atrial", "dual", "tracking") and heart.rhythm != "sinus",
        f"{heart.rhythm} at {heart.rate:g}/min is no tachycardia. Choose a rate above 100.": fast and heart.rate <= 100,
        f"{heart.rhythm} takes no pacing, block or ectopy. Leave them at 'none'.": (
            fast and (heart.pacing, heart.block, heart.ectopy) != ("none",) * 3
        ),
    }


def _of_conduction(heart: Heart) -> dict[str, bool]:
    ventricular = heart.rhythm == "ventricular tachycardia"
    hidden = heart.conduction == "lbbb" or heart.preexcited or heart.paces_ventricles or ventricular
    dropped = heart.block != "none" or heart.ectopy != "none"
    return {
        f"conduction {heart.conduction!r} cannot be seen in ventricular tachycardia. Choose 'normal'.": (
            ventricular and heart.conduction != "normal"
        ),
        f"pacing {heart.pacing!r} hides conduction. Leave it at 'normal'.": (
            heart.paces_ventricles and heart.conduction != "normal"
        ),
        f"pacing {heart.pacing!r} with block or ectopy is not simulated. Leave them at 'none'.": (
            heart.pacing != "none" and dropped
        ),
        f"an accessory pathway conducts before the AV node; pr_s is {heart.pr_s:g} and block is {heart.block!r}. "
        "Choose pr_s of at most 0.13 and no block.": heart.preexcited and (heart.pr_s > 0.13 or heart.block != "none"),
        f"block {heart.block!r} with ectopy is not simulated. Leave one of them at 'none'.": (
            heart.block != "none" and heart.ectopy != "none"
        ),
        "an infarction is not seen behind left bundle branch block, an accessory pathway, ventricular tachycardia or "
        "a paced ventricle. Leave one of them out.": heart.infarction is not None and hidden,
    }
