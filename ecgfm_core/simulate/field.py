"""From a dipole in space to the leads that an electrocardiograph records."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

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


def project(dipole: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """[3, S] (X left, Y down, Z back; mV) -> [8, S], the leads of `EIGHT` in mV."""
    return np.array(list(_DOWER.values())) @ dipole
