"""Median beat -> a drawing on paper: a panel a lead, the spread over the beats, the boundaries of P, QRS and T."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.figures.drawing import Drawing, Grid
from app.figures.shapes import MARGIN, TRACE_MM, Area, Line, Shape, Text
from app.figures.theme import Theme
from ecgfm_core.types import FloatArray, MedianBeat

_COLUMNS = 6
_MM_PER_S, _MM_PER_MV = 25.0, 10.0
_RELATIVE_MM = 25.0
"""mm for the largest value where the unit is not known."""
_HIGHEST = 45.0
"""mm of a row; taller waves cross into the next, as on a sheet."""
_TYPE = 3.4


def median_drawing(median: MedianBeat, unit: str | None, colors: Theme) -> Drawing:
    """Draw it at 25 mm/s and 10 mm/mV, all leads at one scale.

    Of a unit that is not known the largest value is 25 mm high. Thin lines are half the interquartile range over the
    beats above and below the median.
    """
    gain = _MM_PER_MV if unit else _RELATIVE_MM / max(float(np.abs(median.values).max()), 1e-9)
    wide = 5 * np.ceil(median.values.shape[1] / median.fs * _MM_PER_S / 5)
    up, down = float(np.ceil(median.values.max() * gain)), float(np.ceil(-median.values.min() * gain))
    pitch = min(up + down + 8.0, _HIGHEST)
    traces: list[Shape] = []
    for number, lead in enumerate(median.leads):
        x = MARGIN + number % _COLUMNS * (wide + 5)
        base = np.ceil(4 + min(up, _HIGHEST - 8)) + pitch * (number // _COLUMNS)
        traces += _waves(median, x, float(base), colors, lettered=number % _COLUMNS == 0)
        traces += _panel(median, number, (x, float(base)), gain, colors)
        traces.append(Text(x, base - min(up, 10.0) - 1.5, lead, _TYPE, colors.text, bold=True, halo=colors.paper))
    height = 5 * np.ceil((8 + pitch * -(-len(median.leads) // _COLUMNS)) / 5)
    scale = f"{_MM_PER_MV:g} mm/mV" if unit else "unit not stated: relative scale"
    foot = f"median of {median.beats} beats   {_MM_PER_S:g} mm/s   {scale}   no rhythm strip"
    return Drawing(
        width=float(2 * MARGIN + _COLUMNS * (wide + 5) - 5), height=float(height), paper=float(height),
        color=colors.paper, grids=(Grid(1, colors.minor, 0.1), Grid(5, colors.major, 0.2)), clip=(0.0, float(height)),
        traces=tuple(traces), texts=(Text(MARGIN, height - 2, foot, 3.0, colors.muted, halo=colors.paper),),
        title="median beat",
    )  # fmt: skip


def _panel(median: MedianBeat, number: int, at: tuple[float, float], gain: float, colors: Theme) -> Iterator[Line]:
    """The median between two thin lines."""
    middle, half = median.values[number], median.spread[number] / 2
    for values, color, width in (
        (middle + half, colors.muted, 0.14), (middle - half, colors.muted, 0.14), (middle, colors.trace, TRACE_MM),
    ):  # fmt: skip
        yield Line(_points(values, median.fs, at, gain), color, width, name=median.leads[number])


def _points(values: FloatArray, fs: float, at: tuple[float, float], gain: float) -> np.ndarray:
    along = at[0] + np.arange(len(values)) / fs * _MM_PER_S
    return np.stack([along, at[1] - values.astype(np.float64) * gain])


def _waves(median: MedianBeat, x: float, base: float, colors: Theme, *, lettered: bool) -> Iterator[Shape]:
    """A bar from onset to offset of each wave below its base line; letters in the first panel of a row."""
    for name, span in (("P", median.p), ("QRS", median.qrs), ("T", median.t)):
        if span is None:
            continue
        left, right = (x + edge * _MM_PER_S for edge in span)
        yield Area(left, base - 10, right - left, 20, colors.bar, 0.13)
        if lettered:
            y = base - 10.5 if name == "QRS" else base + 12.5  # QRS has no room beside T
            yield Text(left, y, name, 2.4, colors.bar, halo=colors.paper)
