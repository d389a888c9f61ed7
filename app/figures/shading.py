"""Overlay -> shapes: values along the leads as bands, backgrounds or colors of the line, with their legend.

Where values have a sign it is told by place or form as well as by color: below zero lies in the lower half of a band
or background, and is dashed on a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.figures.lettering import clean, fit, width
from app.figures.overlay import Overlay, Style
from app.figures.shapes import MARGIN, TRACE_MM, Area, Line, Shape, Text
from app.figures.sheet import Cell, Sheet, Shown, trace
from app.figures.theme import Theme
from ecgfm_core.leads import LEADS

Array = npt.NDArray[np.float64]

LEVELS = 10
"""Shades between nothing and full; a value is drawn as the nearest."""
_FINEST_MM = 0.4
"""mm: finer values are averaged, as the eye would, and files stay small."""
_BAND_MM = 2.4
_FULL: dict[Style, float] = {"band": 1.0, "background": 0.5}
"""Opacity of a full value; through a background the grid is seen."""


class Values(NamedTuple):
    """Values on one cell: [n] edges in mm and [n] levels from -LEVELS to LEVELS, whole numbers."""

    left: Array
    right: Array
    level: Array


class Bar(NamedTuple):
    """The strip of a row that a band or background fills: its upper edge and height in mm; halves for the signs."""

    top: float
    height: float
    signed: bool
    opacity: float


class Hues(NamedTuple):
    """Colors of what lies above and below zero, and of the trace between; how much of them shows on a line."""

    above: str
    below: str
    plain: str
    opacity: float


def shade(sheet: Sheet, shown: Shown, colors: Theme, overlay: Overlay) -> Iterator[Shape]:
    """What an overlay draws on each cell; nothing where a value is 0 or unknown."""
    hues = hues_of(overlay, colors)
    for cell in sheet.cells:
        values = values_on(overlay, cell, sheet.mm_per_s)
        if overlay.style == "line":
            yield from _colored(trace(cell, shown, sheet.mm_per_s), values, hues)
        else:
            height = _BAND_MM if overlay.style == "band" else cell.bottom - cell.top - 1.2
            yield from filled(values, _bar(overlay, cell.bottom - 0.6 - height, height), hues)


def hues_of(overlay: Overlay, colors: Theme) -> Hues:
    """Gray where a check found nothing: no color that one could believe."""
    if overlay.doubted:
        return Hues(colors.muted, colors.muted, colors.trace, overlay.opacity)
    return Hues(colors.mark, colors.band, colors.trace, overlay.opacity)


def _bar(overlay: Overlay, top: float, height: float) -> Bar:
    return Bar(top, height, overlay.signed, _FULL[overlay.style] * overlay.opacity)


def values_on(overlay: Overlay, cell: Cell, mm_per_s: float) -> Values:
    """The part of an overlay that lies on a cell."""
    values = np.nan_to_num(overlay.values[LEADS.index(cell.lead)].astype(np.float64))
    times = overlay.starts_s.astype(np.float64)
    starts, ends = (np.clip(edge, cell.from_s, cell.to_s) for edge in (times, times + overlay.step_s))
    on = ends - starts > 1e-6
    left, right = (cell.x + (edge[on] - cell.from_s) * mm_per_s for edge in (starts, ends))
    found = Values(left, right, values[on] * LEVELS)
    found = _averaged(found) if overlay.step_s * mm_per_s < _FINEST_MM and len(left) else found
    return found._replace(level=np.rint(found.level))


def _averaged(values: Values) -> Values:
    """The mean of what lies within each stretch that the eye can tell from the next."""
    stretch = np.floor(values.left / _FINEST_MM)
    first = np.flatnonzero(np.diff(stretch, prepend=-1.0))
    after = np.append(first[1:], len(stretch))
    mean = np.add.reduceat(values.level, first) / (after - first)
    return Values(values.left[first], values.right[after - 1], mean)


def _runs(values: Values, keys: npt.NDArray[np.floating | np.bool_]) -> Iterator[tuple[float, float, float]]:
    """From x, to x and key of each run of equal keys that are not 0; a gap ends a run."""
    on = keys != 0
    left, right, kept = values.left[on], values.right[on], keys[on]
    if not len(kept):
        return
    breaks = np.flatnonzero((kept[1:] != kept[:-1]) | (left[1:] - right[:-1] > 1e-2)) + 1
    for first, last in zip([0, *breaks], [*(breaks - 1), len(kept) - 1], strict=True):
        yield float(left[first]), float(right[last]), float(kept[first])


def filled(values: Values, bar: Bar, hues: Hues) -> Iterator[Area]:
    """Layer upon layer, each where the value reaches its level: no seams as between areas side by side."""
    for sign, color in ((1, hues.above), (-1, hues.below)):
        height = bar.height / 2 if bar.signed else bar.height
        top = bar.top + (height if sign < 0 else 0)
        for level in range(1, LEVELS + 1):
            below, reached = (bar.opacity * number / LEVELS for number in (level - 1, level))
            for left, right, _ in _runs(values, sign * values.level >= level):
                yield Area(left, top, right - left, height, color, (reached - below) / (1 - below))


def _colored(points: Array, values: Values, hues: Hues) -> Iterator[Line]:
    """The trace once more, in the color of its value: wider the larger, dashed below zero."""
    for left, right, level in _runs(values, values.level):
        on = slice(max(0, int(np.searchsorted(points[0], left)) - 1), int(np.searchsorted(points[0], right)) + 1)
        strength = abs(level) / LEVELS
        color = _mixed(hues.plain, hues.below if level < 0 else hues.above, hues.opacity * strength**0.5)
        yield Line(points[:, on], color, TRACE_MM + 0.4 * strength, (0.9, 0.6) if level < 0 else ())


def _mixed(one: str, other: str, share: float) -> str:
    """A color between two, "#rrggbb"."""
    pairs = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + bytes(round(a + (b - a) * share) for a, b in pairs).hex()


def legend(wide: float, type_mm: float, colors: Theme, overlay: Overlay) -> Iterator[Shape]:
    """Title, low end, scale, high end, in the right upper corner of a sheet that is `wide` mm."""
    scale, gap, room = 2.5 * type_mm, 1.5, 0.58 * (wide - 2 * MARGIN)
    before, after = clean(f"{overlay.title}:   {overlay.low}"), clean(overlay.high)
    room -= scale + 2 * gap
    size = fit(before + after, 0.75 * type_mm, room)[1]
    after, _ = fit(after, size, room / 2)
    before, _ = fit(before, size, room - width(after, size))
    base = 2.2 + 0.95 * type_mm
    end = wide - MARGIN - width(after, size)
    yield Text(end, base, after, size, colors.text, halo=colors.paper)
    end -= gap
    yield from _scale(end - scale, end, base, 0.6 * type_mm, colors, overlay)
    end -= scale + gap
    yield Text(end - width(before, size), base, before, size, colors.text, halo=colors.paper)


def _scale(
    left: float, right: float, base: float, height: float, colors: Theme, overlay: Overlay
) -> Iterator[Shape]:  # fmt: skip
    """The scale from low to high, drawn as the overlay draws it."""
    levels = np.arange(-LEVELS if overlay.signed else 0, LEVELS + 1, dtype=np.float64)
    edges = np.linspace(left, right, len(levels) + 1)
    values = Values(edges[:-1], edges[1:], levels)
    yield Area(left, base - height, right - left, height, colors.paper)
    hues = hues_of(overlay, colors)
    if overlay.style == "line":
        yield from _colored(np.stack([edges, np.full(len(edges), base - height / 2)]), values, hues)
    else:
        yield from filled(values, _bar(overlay, base - height, height), hues)
