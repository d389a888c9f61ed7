"""The ECG sheet: where every trace, label, pulse and band lies, in millimetres. Drawing it is somebody else's work.

Millimetres from the upper left corner; x to the right, y down. At 25 mm/s and 10 mm/mV.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecgfm_core.leads import LEADS
from ecgfm_core.types import FloatArray

MM_PER_S = 25.0
MM_PER_MV = 10.0
PAGE_S = 10.0
"""s on one sheet."""
COLUMN_S = 2.5
GRID = (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"))
"""3 x 4: rows of leads; each column is the next 2.5 s."""
RHYTHM = "II"

_LEFT, _RIGHT, _TOP, _BOTTOM = 15.0, 5.0, 12.0, 9.0
_MIN_PITCH, _MAX_PITCH = 25.0, 50.0
_RELATIVE_MM = 4.0
"""mm for one standard deviation where the unit is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One lead's stretch: [2, n] points in mm, and the place of its label."""

    lead: str
    points: npt.NDArray[np.float64]
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Band:
    """A colored cell under a trace; strength 0..1."""

    x: float
    y: float
    width: float
    height: float
    strength: float


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A sheet of ECG paper.

    Attributes:
        width: mm.
        height: mm.
        traces: every stretch of every lead.
        pulses: [2, n] outlines of the calibration pulses: 1 mV high, 0.2 s wide; none without a unit.
        separators: (x, y from, y to) of the marks between columns.
        bands: colored cells under the traces.
        title: upper line.
        footer: lower line: speed, gain, notice.
    """

    width: float
    height: float
    traces: tuple[Trace, ...]
    pulses: tuple[npt.NDArray[np.float64], ...]
    separators: tuple[tuple[float, float, float], ...]
    bands: tuple[Band, ...]
    title: str
    footer: str


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """Values along the recording that are drawn as a band: one value 0..1 from each time to the next."""

    starts_s: FloatArray
    step_s: float
    strengths: FloatArray


def lay_out(
    signal: npt.NDArray[np.floating],
    fs: float,
    unit: str | None,
    *,
    start_s: float = 0.0,
    title: str = "",
    strip: Strip | None = None,
) -> Sheet:
    """Lay a recording out as 3 x 4 leads with a rhythm strip.

    Args:
        signal: [12, S] in standard order; in mV, or of unknown scale.
        fs: Hz.
        unit: "mV", or None: then all leads are drawn at one relative scale and no pulse is drawn.
        start_s: where the sheet begins in the recording.
        title: upper line.
        strip: drawn as a colored band under every trace.
    """
    first, last = round(start_s * fs), min(signal.shape[1], round((start_s + PAGE_S) * fs))
    shown = _heights(signal, unit, slice(first, last))
    pitch = float(np.clip(1.25 * np.percentile(np.ptp(shown, axis=1), 75), _MIN_PITCH, _MAX_PITCH))
    rows = [(row, _TOP + (number + 0.5) * pitch) for number, row in enumerate([*GRID, (RHYTHM,)])]
    separators = [
        (_LEFT + column * COLUMN_S * MM_PER_S, middle - 4, middle + 4)
        for row, middle in rows
        for column in range(1, len(row))
    ]
    gain = f"{MM_PER_MV:g} mm/mV" if unit else "unit not stated: relative scale"
    return Sheet(
        width=_LEFT + PAGE_S * MM_PER_S + _RIGHT,
        height=_TOP + len(rows) * pitch + _BOTTOM,
        traces=tuple(trace for row, middle in rows for trace in _row(row, shown, fs, middle)),
        pulses=tuple(_pulse(middle) for _, middle in rows) if unit else (),
        separators=tuple(separators),
        bands=tuple(band for _, middle in rows for band in _bands(strip, start_s, middle + 0.5 * pitch - 3.2)),
        title=title,
        footer=f"{MM_PER_S:g} mm/s   {gain}   from {start_s:g} s   no filter   research and teaching only",
    )


def _row(leads: tuple[str, ...], shown: npt.NDArray[np.float64], fs: float, middle: float) -> list[Trace]:
    """The leads of a row side by side, each the next stretch of time."""
    span = PAGE_S / len(leads)
    return [
        _trace(
            lead,
            shown[LEADS.index(lead)],
            slice(round(column * span * fs), round((column + 1) * span * fs) + 1),
            fs,
            (_LEFT + column * span * MM_PER_S, middle),
        )
        for column, lead in enumerate(leads)
    ]


def _heights(signal: npt.NDArray[np.floating], unit: str | None, shown: slice) -> npt.NDArray[np.float64]:
    """[12, S] in mm above the baseline, which is each lead's median on this sheet: drift stays off its neighbors.

    Without a unit one scale holds for all leads and all sheets: the middle lead's spread over the whole recording.
    """
    part = signal[:, shown].astype(np.float64)
    part -= np.median(part, axis=1, keepdims=True)
    if unit is not None:
        return part * MM_PER_MV
    spreads = signal.std(axis=1, dtype=np.float64)
    middle = float(np.median(spreads[spreads > 0])) if spreads.any() else 1.0
    return part * (_RELATIVE_MM / middle)


def _trace(
    lead: str, heights: npt.NDArray[np.float64], samples: slice, fs: float, corner: tuple[float, float]
) -> Trace:
    x, middle = corner
    part = heights[samples]
    along = _LEFT + (samples.start + np.arange(len(part))) / fs * MM_PER_S
    return Trace(lead, np.stack([along, middle - part]), x + 1.5, middle - 8.5)


def _pulse(middle: float) -> npt.NDArray[np.float64]:
    """1 mV for 0.2 s, in the left margin."""
    x, wide, high = _LEFT - 9.0, 0.2 * MM_PER_S, MM_PER_MV
    outline = [(x - 1.5, 0.0), (x, 0.0), (x, high), (x + wide, high), (x + wide, 0.0), (x + wide + 1.5, 0.0)]
    return np.array([(px, middle - py) for px, py in outline]).T


def _bands(strip: Strip | None, start_s: float, y: float) -> list[Band]:
    if strip is None:
        return []
    cells = []
    for at, strength in zip(strip.starts_s, strip.strengths, strict=True):
        from_s = float(at) - start_s
        if -strip.step_s < from_s < PAGE_S and strength > 0:
            left, right = max(from_s, 0.0), min(from_s + strip.step_s, PAGE_S)
            cells.append(Band(_LEFT + left * MM_PER_S, y, (right - left) * MM_PER_S, 2.4, float(strength)))
    return cells
