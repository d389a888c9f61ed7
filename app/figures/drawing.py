"""Sheet -> drawing: the lines, areas and texts that SVG, PDF and PNG have in common, in millimetres."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.figures.lettering import clean, fit
from app.figures.marks import beat_legend, beat_marks
from app.figures.overlay import Overlay
from app.figures.shading import legend, shade
from app.figures.shapes import MARGIN, TRACE_MM, Line, Shape, Text
from app.figures.sheet import Sheet, Shown, trace
from app.figures.theme import Theme
from ecgfm_core.types import Beat

_STAMP_MM = 5.0
"""mm below the paper for the stamp."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Lines over the whole paper every `step` mm, `width` mm wide."""

    step: int
    color: str
    width: float


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """What is on a page, from back to front.

    Attributes:
        width, height: mm; `height` holds the paper and what is written below it.
        paper: height of the paper in mm.
        color: of the paper.
        grids: of 1 mm and 5 mm.
        clip: y from, y to in mm: no trace leaves this window, whatever its voltage.
        traces: what is cut off at the window.
        texts: what is not.
        title: clean text for the file's metadata.
    """

    width: float
    height: float
    paper: float
    color: str
    grids: tuple[Grid, Grid]
    clip: tuple[float, float]
    traces: tuple[Shape, ...]
    texts: tuple[Shape, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an export says of itself, below the paper; the name stands above it, the settings at its foot.

    Attributes:
        time: of the export, in words, with its zone.
        encoder: fingerprint of the encoder whose results are shown, or None.
        version: of this program.
    """

    time: str
    encoder: str | None
    version: str

    @property
    def words(self) -> str:
        """One line; eight characters of the fingerprint, as on every page."""
        encoder = f"   encoder {self.encoder[:8]}" if self.encoder else ""
        return f"exported {self.time}{encoder}   ecgfm {self.version}"


def draw(
    sheet: Sheet, shown: Shown, colors: Theme, *, overlay: Overlay | None = None, beats: Sequence[Beat] = (),
    stamp: Stamp | None = None,
) -> Drawing:  # fmt: skip
    """Draw a sheet: paper, traces and labels; what lies over them; and the marks of its beats."""
    over = overlay is not None and overlay.style == "line"
    shades = tuple(shade(sheet, shown, colors, overlay)) if overlay else ()
    lines: tuple[Shape, ...] = (*_labels(sheet, colors), *_separators(sheet, colors), *_lines(sheet, shown, colors))
    keys = (
        *(legend(sheet.width, sheet.type_mm, colors, overlay) if overlay else ()),
        *beat_legend(sheet, colors, beats),
    )
    return Drawing(
        width=sheet.width, height=sheet.height + (_STAMP_MM if stamp else 0.0), paper=sheet.height, color=colors.paper,
        grids=(Grid(1, colors.minor, 0.1), Grid(5, colors.major, 0.2)),
        clip=(2.6 + 1.2 * sheet.type_mm, sheet.height - 3.0 - 0.62 * sheet.type_mm),  # between title and footer
        traces=((*lines, *shades) if over else (*shades, *lines)) + tuple(beat_marks(sheet, colors, beats)),
        texts=(*_words(sheet, colors, free=not overlay), *keys, *_stamped(sheet, colors, stamp)),
        title=clean(sheet.title),
    )  # fmt: skip


def _lines(sheet: Sheet, shown: Shown, colors: Theme) -> Iterator[Line]:
    yield from (Line(pulse, colors.trace, TRACE_MM, name="pulse") for pulse in sheet.pulses)
    for cell in sheet.cells:
        yield Line(trace(cell, shown, sheet.mm_per_s), colors.trace, TRACE_MM, name=cell.lead)


def _separators(sheet: Sheet, colors: Theme) -> Iterator[Line]:
    for x, top, bottom in sheet.separators:
        yield Line(np.array([[x, x], [top, bottom]]), colors.muted, 0.3)


def _labels(sheet: Sheet, colors: Theme) -> Iterator[Text]:
    """The names of the leads; they lie under the traces and hide nothing but the grid."""
    for cell in sheet.cells:
        x, y = cell.label_at(sheet.type_mm)
        yield Text(x, y, cell.label, sheet.type_mm, colors.text, bold=True, halo=colors.paper)


def _words(sheet: Sheet, colors: Theme, *, free: bool) -> Iterator[Text]:
    """Title and footer; the title shares its line with a legend where there is one."""
    room = sheet.width - 2 * MARGIN
    title, size = fit(clean(sheet.title), 0.95 * sheet.type_mm, room if free else 0.4 * room, bold=True)
    yield Text(MARGIN, 2.2 + 0.95 * sheet.type_mm, title, size, colors.text, bold=True, halo=colors.paper)
    footer, size = fit(clean(sheet.footer), 0.8 * sheet.type_mm, room)
    yield Text(MARGIN, sheet.height - 2.6, footer, size, colors.muted, halo=colors.paper)


def _stamped(sheet: Sheet, colors: Theme, stamp: Stamp | None) -> Iterator[Text]:
    if stamp:
        words, size = fit(clean(stamp.words), 2.8, sheet.width - 2 * MARGIN)
        yield Text(MARGIN, sheet.height + 4.2, words, size, colors.muted)
