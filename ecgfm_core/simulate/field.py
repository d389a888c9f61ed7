"""From a dipole in space to the electrodes on the skin, and from the electrodes to the leads."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecgfm_core.simulate.waves import Array

# Dower et al. 1980 (J. Electrocardiol. 13:175): eight leads from the orthogonal X (left), Y (down), Z (back)
_DOWER = {
    "I": (0.632, -0.235, 0.059),
    "II": (0.235, 1.066, -0.132),
    "V1": (-0.515, 0.157, -0.917),
    "V2": (0.044, 0.164, -1.387),
    "V3": (0.882, 0.098, -1.277),
    "V4": (1.213, 0.127, -0.601),
    "V5": (1.125, 0.127, -0.086),
    "V6": (0.831, 0.076, 0.230),
}

EIGHT = tuple(_DOWER)
"""The leads that are recorded; the other four follow from I and II."""

ELECTRODES = ("RA", "LA", "LL", "V1", "V2", "V3", "V4", "V5", "V6")
"""The electrodes whose potentials make the leads; RL is the recorder's ground."""

SWAPS = (("RA", "LA"), ("LA", "LL"), ("RA", "LL"), ("RA", "RL"), *((f"V{i}", f"V{i + 1}") for i in range(1, 6)))
"""Pairs of cables that get exchanged in practice."""


def lead_field(rng: np.random.Generator | None = None) -> Array:
    """[8, 3] mV a mV of dipole, a row for each of `EIGHT`; with `rng`, chest electrodes a little elsewhere."""
    field = np.array(list(_DOWER.values()))
    if rng is None:
        return field
    # a common shift along the chest (each lead takes some of its neighbor's place), and a scatter of each electrode
    along, scatter = rng.normal(0, 0.25), rng.normal(0, 0.08, (6, 3))
    chest = field[2:]
    field[2:] = (chest + along * np.gradient(chest, axis=0) + scatter) * rng.lognormal(0, 0.1, (6, 1))
    return field


def to_electrodes(eight: Array) -> Array:
    """[8, S] leads -> [9, S] potentials of `ELECTRODES`, against the mean of the three limbs."""
    one, two = eight[0], eight[1]
    right_arm = -(one + two) / 3
    return np.vstack([right_arm, right_arm + one, right_arm + two, eight[2:]])


def swap(potentials: Array, pairs: tuple[tuple[str, str], ...]) -> Array:
    """Exchange cables; the right leg, which is in no lead, is taken to have the potential of the left."""
    place = {name: row for row, name in enumerate(ELECTRODES)} | {"RL": ELECTRODES.index("LL")}
    order = np.arange(len(ELECTRODES))
    for one, other in pairs:
        here, there = place[one], place[other]
        order[here], moved = order[there], order[here]
        if "RL" not in (one, other):
            order[there] = moved
    return potentials[order]


# I, II, V1 ... V6 from the potentials: differences of limbs; chest against Wilson's central terminal
LEADS_OF_ELECTRODES: npt.NDArray[np.float32] = np.vstack(
    [
        np.eye(9)[1] - np.eye(9)[0],
        np.eye(9)[2] - np.eye(9)[0],
        np.eye(9)[3:] - np.repeat([1 / 3, 0], [3, 6]),
    ]
).astype(np.float32)
"""[8, 9]: what each of `EIGHT` takes from each of `ELECTRODES`."""
