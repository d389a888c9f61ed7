"""The ECG sheet: where every lead, label, pulse and mark lies, in millimetres. Drawing it is somebody else's work.

Canvas, SVG and PDF draw what it says. Millimetres from the upper left corner; x to the right, y down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ecgfm_core.leads import LEADS

Layout = Literal["3x4+1", "3x4+3", "6x2", "12x1"]
Halved = Literal["none", "limb", "precordial"]

PAGE_S = 10.0
"""s on one sheet."""
A4 = (297.0, 210.0)
"""mm, lying: at 25 mm/s a sheet is never larger."""
HIGHEST = 190.0
"""mm: the rest of A4 is for the printer's margins and for what an export says of itself."""
LIMB = LEADS[:6]
CABRERA = ("aVL", "I", "-aVR", "II", "aVF", "III")
"""The limb leads in anatomical order, from left above to right below."""

_RIGHT = 5.0
RELATIVE_MM = 4.0
"""mm for one standard deviation where the unit is not known."""
_LEAST_PITCH = {4: 25.0, 6: 20.0, 12: 13.0}
"""mm between rows, by the number of rows."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a reader wants the paper.

    Attributes:
        layout: rows x columns, and the number of rhythm strips below.
        cabrera: limb leads in Cabrera's order, with -aVR.
        simultaneous: every column begins at the sheet's start; otherwise each is the next stretch of time.
        rhythm: lead of the first rhythm strip.
        mm_per_s: paper speed, 25 or 50.
        mm_per_mv: gain, 5, 10 or 20.
        halved: leads that are drawn at half the gain.
        large: type for the last row of a lecture hall.
    """

    layout: Layout = "3x4+1"
    cabrera: bool = False
    simultaneous: bool = False
    rhythm: str = "II"
    mm_per_s: float = 25.0
    mm_per_mv: float = 10.0
    halved: Halved = "none"
    large: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What is drawn of a recording.

    Attributes:
        signal: [12, S] in standard order; in mV, or of unknown scale.
        fs: Hz.
        unit: "mV", or None: then all leads are drawn at one relative scale and no pulse is drawn.
        name: the upper line.
        filters: what the signal went through for the eye, in words.
    """

    signal: npt.NDArray[np.floating]
    fs: float
    unit: str | None
    name: str
    filters: str = "no filter"


@dataclass(frozen=True, slots=True)
class Cell:
    """One lead's stretch of paper.

    A sample of value v at time t lies at x + (t - from_s) * speed, middle - sign * (v - baseline) * mm_per_unit.

    Attributes:
        label: the lead as it is written here, such as "-aVR".
        lead: its name among `LEADS`.
        sign: -1 where the lead is drawn upside down.
        x: mm of the left edge.
        width: mm.
        middle: mm of the baseline.
        top, bottom: mm, the height that is the lead's own; its trace may leave it.
        from_s, to_s: s of the recording at the left and the right edge.
        baseline: value that lies at `middle`: the lead's median on this sheet, so that drift stays off its neighbors.
        mm_per_unit: gain.
        beside: whether the label stands in the left margin, beside the pulse, rather than over the trace.
    """

    label: str
    lead: str
    sign: int
    x: float
    width: float
    middle: float
    top: float
    bottom: float
    from_s: float
    to_s: float
    baseline: float
    mm_per_unit: float
    beside: bool

    def label_at(self, type_mm: float) -> tuple[float, float]:
        """Where the label's base line begins, in mm: above the trace, below the row's upper edge."""
        if self.beside:
            return 1.5, self.middle + 0.35 * type_mm
        return self.x + 1.5, max(self.top + type_mm, self.middle - 8.5 + 0.3 * (type_mm - 4.2))


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A sheet of ECG paper.

    Attributes:
        width: mm.
        height: mm.
        mm_per_s: speed.
        unit: "mV", or None where it is not known and all leads have one relative scale.
        cells: every lead once, row by row, then the rhythm strips.
        pulses: [2, n] outlines of the calibration pulses: 1 mV high, 0.2 s wide; none without a unit.
        separators: (x, y from, y to) of the marks between columns.
        title: upper line.
        footer: lower line: speed, gain, filters, notice.
        type_mm: size of the lead labels' type, from which all other type follows.
    """

    width: float
    height: float
    mm_per_s: float
    unit: str | None
    cells: tuple[Cell, ...]
    pulses: tuple[npt.NDArray[np.float64], ...]
    separators: tuple[tuple[float, float, float], ...]
    title: str
    footer: str
    type_mm: float


def lay_out(shown: Shown, setup: Setup | None = None, *, start_s: float = 0.0) -> Sheet:
    """Lay a recording out as the reader wants it, from `start_s` on."""
    setup = setup or Setup()
    type_mm = _type_mm(setup)
    scales = _scales(shown, setup, start_s)
    rows = _rows(setup)
    pulse_mm = setup.mm_per_mv if shown.unit else 0.0
    above = max(4.0 + 1.9 * type_mm, 3.0 + 1.2 * type_mm + pulse_mm - _LEAST_PITCH[len(rows)] // 2)
    top, bottom = float(np.ceil(above)), 2.2 * type_mm
    heights = [scale.spread * scale.mm_per_unit for scale in scales.values()]
    pitch = _pitch(heights, len(rows), HIGHEST - top - bottom)
    placed = [_row(row, top + number * pitch, pitch, setup, start_s, scales) for number, row in enumerate(rows)]
    cells = [cell for row in placed for cell in row]
    return Sheet(
        width=_left(setup) + PAGE_S * setup.mm_per_s + _RIGHT,
        height=float(5 * np.ceil((top + len(rows) * pitch + bottom) / 5)),  # the paper ends on a strong line
        mm_per_s=setup.mm_per_s,
        unit=shown.unit,
        cells=tuple(cells),
        pulses=tuple(_pulse(row, setup) for row in placed) if shown.unit else (),
        separators=tuple((cell.x, cell.middle - 4, cell.middle + 4) for row in placed for cell in row[1:]),
        title=shown.name,
        footer=_footer(shown, setup, start_s),
        type_mm=min(type_mm, 0.4 * pitch),
    )


def strip_leads(setup: Setup) -> tuple[str, ...]:
    """The leads of the rhythm strips, first to last: the chosen one, then V1, II, V5 as far as there is room."""
    number = int(setup.layout.partition("+")[2] or 0)
    usual = [lead for lead in ("V1", "II", "V5") if lead != setup.rhythm]
    return (setup.rhythm, *usual)[:number]


def samples_of(cell: Cell, fs: float, samples: int) -> range:
    """The numbers of the samples that lie on a cell, both edges included; the recording has `samples`."""
    first = int(np.ceil(cell.from_s * fs - 1e-6))
    return range(first, max(first, min(samples, int(np.floor(cell.to_s * fs + 1e-6)) + 1)))


def trace(cell: Cell, shown: Shown, mm_per_s: float) -> npt.NDArray[np.float64]:
    """The points of a cell's trace, [2, n] in mm."""
    on = samples_of(cell, shown.fs, shown.signal.shape[1])
    along = cell.x + (np.arange(on.start, on.stop) / shown.fs - cell.from_s) * mm_per_s
    values = shown.signal[LEADS.index(cell.lead), on.start : on.stop].astype(np.float64)
    return np.stack([along, cell.middle - cell.sign * (values - cell.baseline) * cell.mm_per_unit])


def _rows(setup: Setup) -> list[tuple[str, ...]]:
    """The labels of each row, left to right."""
    limb, chest = (CABRERA if setup.cabrera else LIMB), LEADS[6:]
    columns = {
        "3x4": (limb[:3], limb[3:], chest[:3], chest[3:]),
        "6x2": (limb, chest),
        "12x1": ((*limb, *chest),),
    }[setup.layout.partition("+")[0]]
    return [*zip(*columns, strict=True), *((lead,) for lead in strip_leads(setup))]


def _type_mm(setup: Setup) -> float:
    return 7.0 if setup.large else 4.2


def _left(setup: Setup) -> float:
    """Where the traces begin, in mm: on a strong line, with room for the pulse, and for a label beside it in 12 x 1."""
    label = 2.6 * _type_mm(setup) if setup.layout == "12x1" else 0.0
    return max(15.0, float(5 * np.ceil((label + 5.0 + 0.2 * setup.mm_per_s) / 5)))


class _Scale(NamedTuple):
    """Of one lead: gain, the value at the middle of its row, and the spread of its values on the sheet."""

    mm_per_unit: float
    baseline: float
    spread: float


def _row(
    row: tuple[str, ...], top: float, pitch: float, setup: Setup, start_s: float, scales: dict[str, _Scale]
) -> list[Cell]:
    """The leads of a row side by side."""
    span = PAGE_S / len(row)
    cells = []
    for column, label in enumerate(row):
        lead, sign = (label[1:], -1) if label.startswith("-") else (label, 1)
        from_s = start_s + (0.0 if setup.simultaneous else column * span)
        cells.append(
            Cell(
                label=label, lead=lead, sign=sign,
                x=_left(setup) + column * span * setup.mm_per_s, width=span * setup.mm_per_s,
                middle=float(np.floor(top + 0.5 * pitch)), top=top, bottom=top + pitch,  # the base line on a line
                from_s=from_s, to_s=from_s + span,
                baseline=scales[lead].baseline, mm_per_unit=scales[lead].mm_per_unit,
                beside=setup.layout == "12x1",
            )
        )  # fmt: skip
    return cells


def _scales(shown: Shown, setup: Setup, start_s: float) -> dict[str, _Scale]:
    """The scale of each lead.

    Without a unit one gain holds for all leads and all sheets: the middle lead's spread over the whole recording.
    """
    full = setup.mm_per_mv
    if shown.unit is None:
        spreads = shown.signal.std(axis=1, dtype=np.float64)
        middle = float(np.median(spreads[spreads > 0])) if spreads.any() else 1.0
        full = RELATIVE_MM / middle * setup.mm_per_mv / 10
    halved = {"none": (), "limb": LIMB, "precordial": LEADS[6:]}[setup.halved]
    part = shown.signal[:, round(start_s * shown.fs) : round((start_s + PAGE_S) * shown.fs) + 1].astype(np.float64)
    part = part if part.size else np.zeros((len(LEADS), 1))
    return {
        lead: _Scale(full / 2 if lead in halved else full, float(np.median(values)), float(np.ptp(values)))
        for lead, values in zip(LEADS, part, strict=True)
    }


def _pitch(heights: list[float], rows: int, room: float) -> float:
    """From row to row in whole mm: what three leads of four need, within what A4 and readability allow."""
    needed = np.ceil(1.25 * np.percentile(heights, 75))
    return float(np.clip(needed, _LEAST_PITCH[rows], np.floor(room / rows)))


def _pulse(row: list[Cell], setup: Setup) -> npt.NDArray[np.float64]:
    """1 mV for 0.2 s in the left margin; a step in the middle where the row has two gains."""
    first, last, middle = row[0].mm_per_unit, row[-1].mm_per_unit, row[0].middle
    wide = 0.2 * setup.mm_per_s
    left = row[0].x - 1.5 - wide
    half, right = left + wide / 2, left + wide
    outline = [(left - 1.5, 0.0), (left, 0.0), (left, first), (half, first), (half, last), (right, last), (right, 0.0),
               (row[0].x, 0.0)]  # fmt: skip
    return np.array([(x, middle - y) for x, y in outline]).T


def _footer(shown: Shown, setup: Setup, start_s: float) -> str:
    gain = f"{setup.mm_per_mv:g} mm/mV" if shown.unit else "unit not stated: relative scale"
    half = "" if setup.halved == "none" else f" ({setup.halved} leads at half)"
    columns = "   simultaneous" if setup.simultaneous and setup.layout != "12x1" else ""
    return (
        f"{setup.mm_per_s:g} mm/s   {gain}{half}{columns}   from {start_s:g} s   {shown.filters}   "
        "research and teaching only"
    )
