"""Sheet -> SVG: a picture with true proportions, one user unit to the millimetre."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from app.figures.drawing import Drawing, Grid, Stamp, draw
from app.figures.overlay import Overlay
from app.figures.shapes import HALO, Area, Line, Shape, Text
from app.figures.sheet import Sheet, Shown
from app.figures.theme import Theme
from ecgfm_core.types import Beat

_FINE = 100
"""Coordinates of lines are whole hundredths of a millimetre: a tenth of a screen pixel at most."""


def to_svg(
    sheet: Sheet, shown: Shown, colors: Theme, *, overlay: Overlay | None = None, beats: Sequence[Beat] = (),
    stamp: Stamp | None = None,
) -> str:  # fmt: skip
    """Draw a sheet; with a stamp below it when it leaves the page."""
    return render(draw(sheet, shown, colors, overlay=overlay, beats=beats, stamp=stamp))


def render(drawing: Drawing) -> str:
    """The SVG of any drawing."""
    width, height, (top, bottom) = drawing.width, drawing.height, drawing.clip
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}mm" '
        f'height="{height:g}mm" font-family="Helvetica, Arial, Liberation Sans, sans-serif">',
        f"<title>{escape(drawing.title)}</title>",
        f'<rect width="{width:g}" height="{height:g}" fill="{drawing.color}"/>',
        *(_grid(drawing, grid) for grid in drawing.grids),
        f'<svg y="{top:g}" width="{width:g}" height="{bottom - top:g}" viewBox="0 {top:g} {width:g} {bottom - top:g}">',
        *(_shape(shape) for shape in drawing.traces),
        "</svg>",
        *(_shape(shape) for shape in drawing.texts),
        "</svg>",
    ]
    return "".join(parts)


def _grid(drawing: Drawing, grid: Grid) -> str:
    """Lines of constant width on the screen, so that they never vanish."""
    xs = range(0, int(drawing.width) + 1, grid.step)
    ys = range(0, int(drawing.paper) + 1, grid.step)
    path = "".join(f"M{x} 0V{drawing.paper:g}" for x in xs) + "".join(f"M0 {y}H{drawing.width:g}" for y in ys)
    return (
        f'<path d="{path}" stroke="{grid.color}" stroke-width="{0.4 + 2.5 * grid.width:g}" '
        'vector-effect="non-scaling-stroke" fill="none"/>'
    )


def _shape(shape: Shape) -> str:
    if isinstance(shape, Line):
        return _line(shape)
    return _text(shape) if isinstance(shape, Text) else _area(shape)


def _line(line: Line) -> str:
    """A polyline as relative moves in hundredths of a millimetre."""
    if line.points.shape[1] < 2:
        return ""
    whole = np.rint(line.points * _FINE).astype(np.int64)
    moves = " ".join(f"{x} {y}" for x, y in np.diff(whole, axis=1).T.tolist())
    dash = f' stroke-dasharray="{" ".join(f"{part * _FINE:g}" for part in line.dash)}"' if line.dash else ""
    name = f' data-lead="{line.name}"' if line.name else ""
    return (
        f'<path{name} transform="scale({1 / _FINE:g})" d="M{whole[0, 0]} {whole[1, 0]}l{moves}" fill="none" '
        f'stroke="{line.color}" stroke-width="{line.width * _FINE:g}"{dash} stroke-linejoin="round"/>'
    )


def _area(area: Area) -> str:
    return (
        f'<rect x="{area.x:.2f}" y="{area.y:.2f}" width="{area.width:.2f}" height="{area.height:.2f}" '
        f'fill="{area.color}" fill-opacity="{area.opacity:.3g}"/>'
    )


def _text(text: Text) -> str:
    halo = f' stroke="{text.halo}" stroke-width="{text.size * HALO:.3g}" paint-order="stroke"' if text.halo else ""
    weight = ' font-weight="700"' if text.bold else ""
    return (
        f'<text x="{text.x:.2f}" y="{text.y:.2f}" fill="{text.color}" font-size="{text.size:.3g}"{weight}{halo} '
        f'stroke-linejoin="round" xml:space="preserve">{escape(text.text)}</text>'
    )
