"""Lines, areas and texts in millimetres, from the left upper corner of a sheet: what every picture is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

TRACE_MM = 0.28
"""Width of a trace: the stylus of a good recorder."""
MARGIN = 3.0
"""mm from the sheet's edges to its texts."""
HALO = 0.25
"""Width of the line round a letter that keeps traces off it, as a share of the type's size."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A polyline.

    Attributes:
        points: [2, n] in mm.
        color: "#rrggbb".
        width: mm.
        dash: mm drawn, mm left out; empty = solid.
        name: the lead that it shows, "pulse", or nothing.
    """

    points: npt.NDArray[np.float64]
    color: str
    width: float
    dash: tuple[float, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """A filled rectangle: left upper corner and size in mm, color, opacity from 0 to 1."""

    x: float
    y: float
    width: float
    height: float
    color: str
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Text:
    """One line of type: its base line's beginning in mm, its size in mm, the color of the halo round it, or none."""

    x: float
    y: float
    text: str
    size: float
    color: str
    bold: bool = False
    halo: str = ""


Shape = Line | Area | Text
