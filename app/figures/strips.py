"""One lead many times, each under another map, one below the other: how methods see the same beats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.figures.drawing import Drawing, Grid
from app.figures.lettering import clean
from app.figures.overlay import Overlay
from app.figures.shading import shade
from app.figures.shapes import MARGIN, TRACE_MM, Line, Shape, Text
from app.figures.sheet import Cell, Sheet, Shown, trace
from app.figures.theme import Theme

_TYPE = 3.6


def strips(
    sheet: Sheet, shown: Shown, lead: str, maps: Sequence[tuple[str, Overlay]], colors: Theme
) -> Drawing:  # fmt: skip
    """Draw the sheet's stretch of a lead once for each map.

    Args:
        sheet: of the recording; gain, speed and times are its own.
        shown: the recording.
        lead: its name.
        maps: each with its name.
        colors: light or dark.
    """
    from_s, to_s = min(cell.from_s for cell in sheet.cells), max(cell.to_s for cell in sheet.cells)
    of = next(cell for cell in sheet.cells if cell.lead == lead)
    pitch = 5 * float(np.ceil((of.bottom - of.top) / 5)) + 5
    width = 2 * MARGIN + (to_s - from_s) * sheet.mm_per_s
    traces: list[Shape] = []
    texts: list[Shape] = []
    for number, (name, overlay) in enumerate(maps):
        top = number * pitch + 5
        cell = Cell(
            label=name, lead=lead, sign=1, x=MARGIN, width=width - 2 * MARGIN, middle=top + (pitch - 5) / 2, top=top,
            bottom=top + pitch - 5, from_s=from_s, to_s=to_s, baseline=of.baseline, mm_per_unit=of.mm_per_unit,
            beside=False,
        )  # fmt: skip
        traces += _row(cell, sheet, shown, overlay, colors)
        texts.append(Text(MARGIN, top - 0.6, clean(name), _TYPE, colors.text, bold=True, halo=colors.paper))
    height = 5 * float(np.ceil((len(maps) * pitch + 5) / 5))
    return Drawing(
        width=width, height=height, paper=height, color=colors.paper,
        grids=(Grid(1, colors.minor, 0.1), Grid(5, colors.major, 0.2)), clip=(0.0, height), traces=tuple(traces),
        texts=tuple(texts), title=f"lead {lead} by every method",
    )  # fmt: skip


def _row(cell: Cell, sheet: Sheet, shown: Shown, overlay: Overlay, colors: Theme) -> list[Shape]:
    """The trace under its map, or in its colors."""
    alone = Sheet(
        sheet.width, sheet.height, sheet.mm_per_s, sheet.unit, (cell,), (), (), sheet.title, sheet.footer, _TYPE
    )
    line = Line(trace(cell, shown, sheet.mm_per_s), colors.trace, TRACE_MM, name=cell.lead)
    shades = list(shade(alone, shown, colors, overlay))
    return [line, *shades] if overlay.style == "line" else [*shades, line]
