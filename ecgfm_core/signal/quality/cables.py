"""Cables exchanged at the limbs or on the chest: the order in which the leads make most sense, and by how much."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations, pairwise

import numpy as np

from ecgfm_core.leads import LEADS
from ecgfm_core.signal.quality import thresholds as limits
from ecgfm_core.signal.quality.beat import Waves, alike, typical_waves
from ecgfm_core.signal.quality.faults import Fault, Part
from ecgfm_core.signal.quality.seconds import Seconds
from ecgfm_core.types import FloatArray, Record

LIMBS, CHEST = LEADS[:6], LEADS[6:]

_EXCHANGED: dict[tuple[str, str], tuple[tuple[int, int], ...]] = {
    # for I, II, III, aVR, aVL, aVF: which lead it really is, and its sign
    ("LA", "RA"): ((0, -1), (2, 1), (1, 1), (4, 1), (3, 1), (5, 1)),
    ("RA", "LL"): ((2, -1), (1, -1), (0, -1), (5, 1), (4, 1), (3, 1)),
    ("LA", "LL"): ((1, 1), (0, 1), (2, -1), (3, 1), (5, 1), (4, 1)),
}
_SUSPICION = {
    ("LA", "RA"): "the arm electrodes are probably exchanged",
    ("RA", "LL"): "the electrodes of right arm and left leg are probably exchanged",
    ("LA", "LL"): "the electrodes of left arm and left leg may be exchanged",
}
_CHANGED = {("LA", "RA"): "I", ("RA", "LL"): "II", ("LA", "LL"): "III"}
_ON_RIGHT_LEG = {"II": "right arm", "III": "left arm"}


def examinable(record: Record, unusable: Collection[str]) -> bool:
    """Whether all twelve leads are there and usable."""
    return set(LEADS) <= set(record.leads) and not set(unusable)


def cable_faults(record: Record, measured: Seconds) -> list[Fault]:
    """Suspicions about the cables of a record with twelve usable leads; none where there is no typical beat."""
    whole = (Part(0, record.signal.shape[1], 0.0),)
    for lead, arm in _ON_RIGHT_LEG.items() if record.unit else ():
        share = _share_of_limbs(record, measured, lead)
        if share < limits.NEARLY_FLAT_SHARE:
            why = (
                f"lead {lead} spans {100 * share:.0f} % of the largest limb lead: "
                f"the cables of {arm} and right leg are probably exchanged"
            )
            return [Fault("limb_swap", lead, why, whole)]
    waves = typical_waves(record, LEADS)
    if waves is None:
        return []
    chest = exchanged_chest(waves)
    if chest is not None:
        waves = {name: wave[[LEADS.index(_other(lead, chest)) for lead in LEADS]] for name, wave in waves.items()}
    limbs = exchanged_limbs(waves)
    found = []
    if limbs is not None:
        why = _disagreement(waves, _CHANGED[limbs]) + _SUSPICION[limbs] + _dextrocardia(waves, limbs)
        found.append(Fault("limb_swap", _CHANGED[limbs], why, whole))
    if chest is not None:
        why = (
            f"{chest[0]} and {chest[1]} fit the waves of their neighbors better the other way round: "
            "their electrodes may be exchanged"
        )
        found.append(Fault("precordial_swap", chest[0], why, whole))
    return found


def exchanged_chest(waves: Waves) -> tuple[str, str] | None:
    """The two chest electrodes whose exchange makes neighbors most alike, if it does by far; [12, S] waves."""
    likeness = np.zeros((6, 6), np.float32)
    for name, weight in limits.CHEST_WEIGHTS.items():
        likeness += weight * alike(waves[name][6:], waves[name][6:])
    now = _along(likeness, range(6))
    gains = {}
    for one, other in combinations(range(6), 2):
        order = list(range(6))
        order[one], order[other] = other, one
        gains[CHEST[one], CHEST[other]] = _along(likeness, order) - now
    best = max(gains, key=gains.__getitem__)
    return best if gains[best] > limits.CHEST_MARGIN else None


def exchanged_limbs(waves: Waves) -> tuple[str, str] | None:
    """The two limb electrodes whose exchange explains the limb leads best, if it does by far; [12, S] waves."""
    support = np.zeros((6, 6), np.float32)  # [as which lead, which lead]: that a lead is really another
    for name, weights in limits.LIMB_WEIGHTS.items():
        for chest, weight in weights.items():
            likeness = alike(waves[name][:6], waves[name][[LEADS.index(chest)]])[:, 0]
            support += np.outer(np.array(weight, np.float32), likeness)
    now = float(np.trace(support))
    over = {}
    for pair, leads in _EXCHANGED.items():
        gain = sum(sign * float(support[row, lead]) for row, (lead, sign) in enumerate(leads)) - now
        over[pair] = gain - limits.LIMB_MARGINS[pair]
    best = max(over, key=over.__getitem__)
    return best if over[best] > 0 else None


def _along(likeness: FloatArray, order: range | list[int]) -> float:
    return sum(float(likeness[one, other]) for one, other in pairwise(order))


def _other(lead: str, pair: tuple[str, str]) -> str:
    return {pair[0]: pair[1], pair[1]: pair[0]}.get(lead, lead)


def _share_of_limbs(record: Record, measured: Seconds, lead: str) -> float:
    """Usual span of a lead in a second as a share of the largest of I, II and III."""
    usual = {name: float(np.median(measured.span[record.leads.index(name)])) for name in ("I", "II", "III")}
    return usual[lead] / max(usual.values()) if any(usual.values()) else 1.0


def _disagreement(waves: Waves, lead: str) -> str:
    row, v6 = LEADS.index(lead), LEADS.index("V6")
    p, qrs, t = (float(waves[name][row] @ waves[name][v6]) for name in ("P", "QRS", "T"))
    return (
        f"P, QRS and T of lead {lead} go with those of V6 by {p:+.1f}, {qrs:+.1f} and {t:+.1f} "
        "(1 alike, -1 upside down), and the limb leads fit V1 and V6 better the other way round: "
    )


def _dextrocardia(waves: Waves, limbs: tuple[str, str]) -> str:
    """A heart on the right also turns lead I upside down; its R waves do not grow from V1 to V6."""
    first, *_, last = waves["QRS"][6:].max(axis=1).tolist()
    if limbs != ("LA", "RA") or last > first:
        return ""
    return ", or the heart lies on the right (dextrocardia): R does not grow from V1 to V6"
