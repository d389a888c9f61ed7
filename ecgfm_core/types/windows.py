"""A recording on its way to the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecgfm_core.types.arrays import FloatArray, freeze


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """What the model sees of one recording.

    Attributes:
        values: [W, 12, S] in standard deviations, leads in standard order.
        starts_s: [W] start of each window in seconds.
        source: digest of the record.
    """

    values: FloatArray
    starts_s: FloatArray
    source: str

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze(self, "values", 3)
        freeze(self, "starts_s", 1)


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """A record after each step of the preprocessing, for the panel "what the model saw".

    Attributes:
        arranged: [12, S] at the record's own rate and unit, in standard order.
        derived: leads that were computed from I and II.
        resampled: [12, S'] at 500 Hz.
        standardized: [12, S'] in standard deviations of the whole record.
        mean: [12] that was subtracted, in the record's unit.
        std: [12] that was divided by, in the record's unit; 0 for a constant lead.
        constant: leads that never change; they are zero for the model.
        windows: number of whole windows.
        dropped_s: seconds at the end that fill no window.
    """

    arranged: FloatArray
    derived: tuple[str, ...]
    resampled: FloatArray
    standardized: FloatArray
    mean: npt.NDArray[np.float64]
    std: npt.NDArray[np.float64]
    constant: tuple[str, ...]
    windows: int
    dropped_s: float
