"""Median beat -> a drawing on paper: a panel a lead, the spread over the beats, the boundaries of P, QRS and T."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from app.figures.drawing import Drawing, Grid
from app.figures.shapes import MARGIN, TRACE_MM, Area, Line, Shape, Text
from app.figures.theme import Theme
from ecgfm_core.types import FloatArray, MedianBeat

COLUMNS = 6
"""Panels of a row."""
MM_PER_S, MM_PER_MV = 25.0, 10.0
_RELATIVE_MM = 25.0
"""mm for the largest value where the unit is not known."""
_HIGHEST = 25.0
"""mm that waves take up or down; taller ones cross into the next row, as on a sheet."""
_ABOVE, _BELOW = 12.0, 13.0
"""mm above and below the base line that the bars of the waves with their letters, and the lead's name, take."""
_TYPE = 3.4


class Panels(NamedTuple):
    """Where the panels lie.

    Attributes:
        gain: mm of one unit of the beat.
        wide: mm of a panel.
        rows: mm above and below the base line that belong to each row.
        head: mm above all panels, which no trace enters.
        foot: mm for what stands under each row.
    """

    gain: float
    wide: float
    rows: tuple[tuple[float, float], ...]
    head: float
    foot: float

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the paper in mm, whole squares of 5 mm high."""
        height = 5 * np.ceil((8 + self._top(len(self.rows))) / 5)
        return 2 * MARGIN + COLUMNS * (self.wide + 5) - 5, float(height)

    def at(self, number: int) -> tuple[float, float]:
        """Left edge and base line of a panel in mm; base lines lie on the grid."""
        row, column = divmod(number, COLUMNS)
        return MARGIN + column * (self.wide + 5), 4 + self._top(row) + self.rows[row][0]

    def below(self, number: int) -> float:
        """Where a panel's foot begins in mm."""
        return self.at(number)[1] + self.rows[number // COLUMNS][1] + 1

    def _top(self, row: int) -> float:
        return self.head + sum(up + down + 8 + self.foot for up, down in self.rows[:row])


def panels_of(median: MedianBeat, gain: float, *, head: float = 0.0, foot: float = 0.0) -> Panels:
    """Lay out a median beat, all leads at `gain` mm a unit; with whole mm above all panels and under each row."""
    wide = float(5 * np.ceil(median.values.shape[1] / median.fs * MM_PER_S / 5))
    rows = [median.values[start : start + COLUMNS] * gain for start in range(0, len(median.leads), COLUMNS)]
    reach = tuple((max(_mm(row.max()), _ABOVE), max(_mm(-row.min()), _BELOW)) for row in rows)
    return Panels(gain, wide, reach, head, foot)


def _mm(reach: float) -> float:
    return float(min(np.ceil(reach), _HIGHEST))


def median_drawing(median: MedianBeat, unit: str | None, colors: Theme) -> Drawing:
    """Draw it at 25 mm/s and 10 mm/mV, all leads at one scale.

    Of a unit that is not known the largest value is 25 mm high. Thin lines are half the interquartile range over the
    beats above and below the median.
    """
    panels = panels_of(median, MM_PER_MV if unit else _RELATIVE_MM / max(float(np.abs(median.values).max()), 1e-9))
    scale = f"{MM_PER_MV:g} mm/mV" if unit else "unit not stated: relative scale"
    foot = f"median of {median.beats} beats   {MM_PER_S:g} mm/s   {scale}   no rhythm strip"
    text = Text(MARGIN, panels.size[1] - 2, foot, 3.0, colors.muted, halo=colors.paper)
    return on_paper(panels, colors, panel_shapes(median, panels, colors), (text,), "median beat")


def on_paper(
    panels: Panels, colors: Theme, traces: Iterable[Shape], texts: Iterable[Shape], title: str
) -> Drawing:  # fmt: skip
    """Shapes on the paper that the panels need."""
    width, height = panels.size
    return Drawing(
        width=width, height=height, paper=height, color=colors.paper,
        grids=(Grid(1, colors.minor, 0.1), Grid(5, colors.major, 0.2)), clip=(panels.head, height),
        traces=tuple(traces), texts=tuple(texts), title=title,
    )  # fmt: skip


def panel_shapes(median: MedianBeat, panels: Panels, colors: Theme) -> Iterator[Shape]:
    """Every lead: its waves, its trace with the spread, its name."""
    for number, lead in enumerate(median.leads):
        x, base = panels.at(number)
        yield from _waves(median, x, base, colors, lettered=number % COLUMNS == 0)
        yield from _panel(median, number, (x, base), panels.gain, colors)
        above = min(panels.rows[number // COLUMNS][0], 10.0) + 1.5
        yield Text(x, base - above, lead, _TYPE, colors.text, bold=True, halo=colors.paper)


def _panel(median: MedianBeat, number: int, at: tuple[float, float], gain: float, colors: Theme) -> Iterator[Line]:
    """The median between two thin lines."""
    middle, half = median.values[number], median.spread[number] / 2
    for values, color, width in (
        (middle + half, colors.muted, 0.14), (middle - half, colors.muted, 0.14), (middle, colors.trace, TRACE_MM),
    ):  # fmt: skip
        yield Line(_points(values, median.fs, at, gain), color, width, name=median.leads[number])


def _points(values: FloatArray, fs: float, at: tuple[float, float], gain: float) -> np.ndarray:
    along = at[0] + np.arange(len(values)) / fs * MM_PER_S
    return np.stack([along, at[1] - values.astype(np.float64) * gain])


def _waves(median: MedianBeat, x: float, base: float, colors: Theme, *, lettered: bool) -> Iterator[Shape]:
    """A bar from onset to offset of each wave below its base line; letters in the first panel of a row."""
    for name, span in (("P", median.p), ("QRS", median.qrs), ("T", median.t)):
        if span is None:
            continue
        left, right = (x + edge * MM_PER_S for edge in span)
        yield Area(left, base - 10, right - left, 20, colors.bar, 0.13)
        if lettered:
            y = base - 10.5 if name == "QRS" else base + 12.5  # QRS has no room beside T
            yield Text(left, y, name, 2.4, colors.bar, halo=colors.paper)
