"""Sheet -> SVG: a picture with true proportions, one user unit to the millimetre."""

from __future__ import annotations

from html import escape

import numpy as np
import numpy.typing as npt

from app.figures.sheet import Sheet
from app.figures.theme import Theme

_FINE = 100
"""Coordinates of traces are whole hundredths of a millimetre: a tenth of a screen pixel at most."""


def to_svg(sheet: Sheet, colors: Theme) -> str:
    """Draw a sheet."""
    width, height = sheet.width, sheet.height
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}mm" height="{height:g}mm" font-family="system-ui, Arial, sans-serif">',
        f"<title>{escape(sheet.title)}</title>",
        f'<rect width="{width:g}" height="{height:g}" fill="{colors.paper}"/>',
        _grid(sheet, 1, colors.minor, 0.6),
        _grid(sheet, 5, colors.major, 0.9),
    ]
    parts += [
        f'<rect x="{band.x:.2f}" y="{band.y:.2f}" width="{band.width:.2f}" height="{band.height:g}" '
        f'fill="{colors.band}" fill-opacity="{band.strength:.2f}"/>'
        for band in sheet.bands
    ]
    parts += [
        f'<path d="M{x:g} {top:g}V{bottom:g}" stroke="{colors.muted}" stroke-width="0.3"/>'
        for x, top, bottom in sheet.separators
    ]
    parts += [_line(pulse, colors.trace, "pulse") for pulse in sheet.pulses]
    parts += [_line(trace.points, colors.trace, trace.lead) for trace in sheet.traces]
    label = f'{_font(colors.text, 4.2, 600)} stroke="{colors.paper}" stroke-width="1.4" paint-order="stroke"'
    parts += [_text(t.label_x, t.label_y, t.lead, label) for t in sheet.traces]
    parts.append(_text(3, 6, sheet.title, _font(colors.text, 4.0, 600)))
    parts.append(_text(3, height - 2.6, sheet.footer, _font(colors.muted, 3.4, 400)))
    return "".join(parts) + "</svg>"


def _grid(sheet: Sheet, step: int, color: str, pixels: float) -> str:
    """Lines every `step` mm, of constant width on the screen, so that they never vanish."""
    xs = range(0, int(sheet.width) + 1, step)
    ys = range(0, int(sheet.height) + 1, step)
    path = "".join(f"M{x} 0V{sheet.height:g}" for x in xs) + "".join(f"M0 {y}H{sheet.width:g}" for y in ys)
    return f'<path d="{path}" stroke="{color}" stroke-width="{pixels}" vector-effect="non-scaling-stroke" fill="none"/>'


def _line(points: npt.NDArray[np.float64], color: str, name: str) -> str:
    """A polyline as relative moves in hundredths of a millimetre."""
    if points.shape[1] < 2:
        return ""
    whole = np.rint(points * _FINE).astype(np.int64)
    moves = np.diff(whole, axis=1).T
    start = f"M{whole[0, 0]} {whole[1, 0]}l"
    return (
        f'<path data-lead="{name}" transform="scale({1 / _FINE:g})" d="{start}{_moves(moves)}" fill="none" '
        f'stroke="{color}" stroke-width="{0.28 * _FINE:g}" stroke-linejoin="round"/>'
    )


def _moves(moves: npt.NDArray[np.int64]) -> str:
    return " ".join(f"{x} {y}" for x, y in moves.tolist())


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" {style} xml:space="preserve">{escape(text)}</text>'


def _font(color: str, size: float, weight: int) -> str:
    return f'fill="{color}" font-size="{size:g}" font-weight="{weight}"'
