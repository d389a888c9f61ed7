"""Sheet -> PDF: vectors of true size, on A4 where they fit; and the same page as PNG at 300 dots an inch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from threading import Lock

import pypdfium2
from PIL.PngImagePlugin import PngInfo
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from app.figures.drawing import Drawing, Grid, Stamp, draw
from app.figures.lettering import set_in
from app.figures.overlay import Overlay
from app.figures.shapes import HALO, Area, Line, Shape, Text
from app.figures.sheet import A4, Sheet, Shown
from app.figures.theme import LIGHT, Theme
from ecgfm_core.types import Beat

PRINTED = replace(LIGHT, paper="#ffffff")
"""The colors of a print: the pink of ECG paper is in its lines; a tinted sheet would cost ink."""
DPI = 300
_BORDER = 10.0
"""mm round a sheet that is larger than A4."""
_PDFIUM = Lock()
"""PDFium is not made for several threads at once."""


def to_pdf(
    sheet: Sheet, shown: Shown, colors: Theme, stamp: Stamp, *, overlay: Overlay | None = None,
    beats: Sequence[Beat] = (),
) -> bytes:  # fmt: skip
    """One page: lying A4 with the sheet in its middle, or a page as large as the sheet and its border needs."""
    return bind([draw(sheet, shown, colors, overlay=overlay, beats=beats, stamp=stamp)])


def to_png(
    sheet: Sheet, shown: Shown, colors: Theme, stamp: Stamp, *, overlay: Overlay | None = None,
    beats: Sequence[Beat] = (),
) -> bytes:  # fmt: skip
    """The page of `to_pdf` in pixels, 300 an inch."""
    drawing = draw(sheet, shown, colors, overlay=overlay, beats=beats, stamp=stamp)
    with _PDFIUM:
        document = pypdfium2.PdfDocument(bind([drawing]))
        try:
            image = document[0].render(scale=DPI / 72).to_pil()
        finally:
            document.close()
    words, made = PngInfo(), BytesIO()
    words.add_itxt("Title", drawing.title)
    image.save(made, "PNG", dpi=(DPI, DPI), pnginfo=words)
    return made.getvalue()


def bind(drawings: Sequence[Drawing]) -> bytes:
    """One PDF of all drawings, a page each. The same drawings give the same bytes."""
    made = BytesIO()
    canvas = Canvas(made, pageCompression=1, invariant=1)
    canvas.setTitle(drawings[0].title if len(drawings) == 1 else f"{len(drawings)} recordings")
    canvas.setAuthor("")
    canvas.setSubject("12-lead ECG; research and teaching only")
    canvas.setCreator("ecgfm")
    canvas.setViewerPreference("PrintScaling", "None")  # a printer must not shrink it to fit
    for drawing in drawings:
        _page(canvas, drawing)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def _page(canvas: Canvas, drawing: Drawing) -> None:
    """Draw in millimetres; y goes up here, so a height is what remains above the foot of the drawing."""
    fits = drawing.width <= A4[0] and drawing.height <= A4[1]
    page = A4 if fits else (drawing.width + 2 * _BORDER, drawing.height + 2 * _BORDER)
    canvas.setPageSize((page[0] * mm, page[1] * mm))
    canvas.scale(mm, mm)
    canvas.translate((page[0] - drawing.width) / 2, (page[1] - drawing.height) / 2)
    canvas.setLineJoin(1)
    _fill(canvas, Area(0, 0, drawing.width, drawing.paper, drawing.color), drawing.height)
    for grid in drawing.grids:
        _rule(canvas, drawing, grid)
    canvas.saveState()
    window, (top, bottom) = canvas.beginPath(), drawing.clip
    window.rect(0, drawing.height - bottom, drawing.width, bottom - top)
    canvas.clipPath(window, stroke=0)
    for shape in drawing.traces:
        _shape(canvas, shape, drawing.height)
    canvas.restoreState()
    for shape in drawing.texts:
        _shape(canvas, shape, drawing.height)


def _rule(canvas: Canvas, drawing: Drawing, grid: Grid) -> None:
    foot = drawing.height - drawing.paper
    canvas.setStrokeColor(grid.color)
    canvas.setLineWidth(grid.width)
    lines = [(x, foot, x, drawing.height) for x in range(0, int(drawing.width) + 1, grid.step)]
    rows = [drawing.height - y for y in range(0, int(drawing.paper) + 1, grid.step)]
    canvas.lines(lines + [(0, y, drawing.width, y) for y in rows])


def _shape(canvas: Canvas, shape: Shape, height: float) -> None:
    if isinstance(shape, Line):
        _stroke(canvas, shape, height)
    elif isinstance(shape, Text):
        _write(canvas, shape, height)
    else:
        _fill(canvas, shape, height)


def _stroke(canvas: Canvas, line: Line, height: float) -> None:
    if line.points.shape[1] < 2:
        return
    canvas.setStrokeColor(line.color)
    canvas.setLineWidth(line.width)
    canvas.setDash(*([list(line.dash)] if line.dash else []))
    xs, ys = line.points.round(3).tolist()
    path = canvas.beginPath()
    path.moveTo(xs[0], height - ys[0])
    for x, y in zip(xs[1:], ys[1:], strict=True):
        path.lineTo(x, height - y)
    canvas.drawPath(path)


def _fill(canvas: Canvas, area: Area, height: float) -> None:
    canvas.setFillColor(area.color)
    canvas.setFillAlpha(area.opacity)
    canvas.rect(area.x, height - area.y - area.height, area.width, area.height, stroke=0, fill=1)
    canvas.setFillAlpha(1)


def _write(canvas: Canvas, text: Text, height: float) -> None:
    """Letters over their halo: first the halo's outline, then the letters."""
    font, shown = set_in(text.text, bold=text.bold)
    canvas.setFont(font, text.size)
    if text.halo:
        canvas.setStrokeColor(text.halo)
        canvas.setLineWidth(text.size * HALO)
        canvas.setDash()
        canvas.drawString(text.x, height - text.y, shown, mode=1)
    canvas.setFillColor(text.color)
    canvas.drawString(text.x, height - text.y, shown, mode=0)
