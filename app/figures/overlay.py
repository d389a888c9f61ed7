"""What lies over a paper: values along the leads, drawn as a band, a color of the line, or a background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ecgfm_core.leads import LEADS
from ecgfm_core.types import FloatArray

Style = Literal["band", "line", "background"]


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """Values along a recording, already on their scale.

    Attributes:
        values: [12, K] from -1 to 1, or from 0 to 1 where they have no sign; NaN = nothing is said there.
        starts_s: [K], s, rising; value k holds from `starts_s[k]` for `step_s`.
        step_s: s.
        signed: whether values below 0 mean the opposite.
        style: a band at the foot of the row, the color of the trace, or the row's background.
        title: what the values are, in words.
        low, high: what the ends of the scale mean, in words with numbers.
        opacity: of a full value, as a share of the style's own.
        doubted: drawn without color, since a check found nothing in it.
    """

    values: FloatArray
    starts_s: FloatArray
    step_s: float
    signed: bool
    style: Style
    title: str
    low: str
    high: str
    opacity: float = 1.0
    doubted: bool = False

    def __post_init__(self) -> None:
        """Refuse values that are not on a scale."""
        expected = (len(LEADS), len(self.starts_s))
        if self.values.shape != expected:
            raise ValueError(f"an overlay needs values of shape {expected}. Got {self.values.shape} instead.")
        known = self.values[np.isfinite(self.values)]
        if known.size and (known.max() > 1 or known.min() < (-1 if self.signed else 0)):
            raise ValueError(
                f"an overlay's values go from -1 or 0 to 1. Got {known.min():g} to {known.max():g} instead."
            )
