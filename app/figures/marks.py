"""Beats -> shapes: a letter and a tick at each R peak, brackets with letters over P, QRS and T.

They stand on the lowest row, which shows the rhythm. Waves hold for all leads together, so one row says it all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from app.figures.lettering import fit, width
from app.figures.shapes import MARGIN, Line, Shape, Text
from app.figures.sheet import Cell, Sheet
from app.figures.theme import Theme
from ecgfm_core.types import Beat, Kind

LETTERS: dict[Kind, tuple[str, str]] = {
    "normal": ("N", "normal"),
    "premature_atrial": ("A", "premature atrial"),
    "premature_ventricular": ("V", "premature ventricular"),
    "paced": ("S", "paced (stimulated)"),
    "other": ("X", "other"),
}
"""Letter and words of each kind of beat."""
_LETTER = 0.5
"""Size of the letters of waves, as a share of the labels'."""


def beat_marks(sheet: Sheet, colors: Theme, beats: Sequence[Beat]) -> Iterator[Shape]:
    """Marks of all beats on the lowest row."""
    lowest = max(cell.bottom for cell in sheet.cells)
    for cell in sheet.cells:
        if cell.bottom == lowest:
            for beat in beats:
                yield from _peak(sheet, cell, colors, beat)
            waves = list(_waves_on(sheet, cell, beats))
            yield from (letter for wave in waves for letter in _letter(sheet, cell, colors, wave))
            yield from (_bracket(sheet, cell, colors, wave) for wave in waves)  # over the halos of the letters


def beats_in_words(kinds: Collection[Kind]) -> str:
    """The letters of these kinds of beats and what they stand for; nothing where there is none."""
    letters = [" ".join(told) for kind, told in LETTERS.items() if kind in kinds]
    return "   ".join(["beats:", *letters]) if letters else ""


def beat_legend(sheet: Sheet, colors: Theme, beats: Sequence[Beat]) -> Iterator[Text]:
    """The letters that occur, in words, in the right upper corner's second line."""
    words = beats_in_words({beat.kind for beat in beats})
    if words:
        text, size = fit(words, 0.65 * sheet.type_mm, 0.6 * sheet.width)
        left = sheet.width - MARGIN - width(text, size)
        yield Text(left, 3.2 + 1.75 * sheet.type_mm, text, size, colors.text, halo=colors.paper)


def _peak(sheet: Sheet, cell: Cell, colors: Theme, beat: Beat) -> Iterator[Shape]:
    """Letter and tick; what is not normal also has the color of marks."""
    if not cell.from_s <= beat.r_s < cell.to_s:
        return
    x, size = _at(sheet, cell, beat.r_s), 0.65 * sheet.type_mm
    letter, color = LETTERS[beat.kind][0], colors.text if beat.kind == "normal" else colors.mark
    foot = cell.top + 0.9  # above the lead's label
    yield Line(np.array([[x, x], [foot + 0.4, foot + 1.9]]), color, 0.3)
    yield Text(x - width(letter, size, bold=True) / 2, foot, letter, size, color, bold=True, halo=colors.paper)


class _Wave(NamedTuple):
    """A wave on a cell: its letters, its edges in mm, and whether they are its onset and offset or the cell's edges."""

    name: str
    left: float
    right: float
    begins: bool
    ends: bool


def _waves_on(sheet: Sheet, cell: Cell, beats: Sequence[Beat]) -> Iterator[_Wave]:
    for beat in beats:
        for name, wave in (("P", beat.p), ("QRS", beat.qrs), ("T", beat.t)):
            if wave is not None and wave[1] > cell.from_s and wave[0] < cell.to_s:
                left, right = (_at(sheet, cell, min(max(time, cell.from_s), cell.to_s)) for time in wave)
                yield _Wave(name, left, right, wave[0] >= cell.from_s, wave[1] <= cell.to_s)


def _bracket(sheet: Sheet, cell: Cell, colors: Theme, wave: _Wave) -> Line:
    """From onset to offset, below the row and the band at its foot; without the tick of an end that is not there."""
    base = _base(sheet, cell)
    first, last = (1.2 if there else 0.0 for there in (wave.begins, wave.ends))
    points = [[wave.left, wave.left, wave.right, wave.right], [base - first, base, base, base - last]]
    return Line(np.array(points), colors.bar, 0.45 if wave.name == "QRS" else 0.25)


def _letter(sheet: Sheet, cell: Cell, colors: Theme, wave: _Wave) -> Iterator[Text]:
    """P and T above their bracket, QRS below, so that they do not meet; none where the cell's edge would cut it."""
    size, base = _LETTER * sheet.type_mm, _base(sheet, cell)
    wide = width(wave.name, size)
    x, y = (wave.left + wave.right - wide) / 2, base + 0.3 + 0.9 * size if wave.name == "QRS" else base - 0.5
    if cell.x <= x and x + wide <= cell.x + cell.width:
        yield Text(x, y, wave.name, size, colors.bar, halo=colors.paper)


def _base(sheet: Sheet, cell: Cell) -> float:
    return cell.bottom - 0.1 + 0.72 * _LETTER * sheet.type_mm


def _at(sheet: Sheet, cell: Cell, time_s: float) -> float:
    return cell.x + (time_s - cell.from_s) * sheet.mm_per_s
