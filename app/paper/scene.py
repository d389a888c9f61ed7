"""What a paper is told: the sheet, colors and beats as JSON, the samples and the overlay as plain numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from app.figures.marks import LETTERS, beats_in_words
from app.figures.overlay import Overlay
from app.figures.sheet import Cell, Sheet, Shown, samples_of
from app.figures.theme import Theme
from ecgfm_core.leads import LEADS

if TYPE_CHECKING:
    from ecgfm_core.types import Beat

_FINEST = 0.001
"""mV: one count, where the signal allows it."""
_MOST = 32767
_NOTHING = -128
"""Stands for NaN among an overlay's counts of 1/127."""

Counts = npt.NDArray[np.int16] | npt.NDArray[np.int8] | npt.NDArray[np.float64]


class _Sent(NamedTuple):
    """Counts, all leads one after another; the number of the first, how many a lead, the value of one count."""

    counts: npt.NDArray[np.int16]
    first: int
    samples: int
    value: float


def scene(
    shown: Shown, sheet: Sheet, *, colors: Theme, beats: Sequence[Beat] = (), overlay: Overlay | None = None
) -> dict[str, Counts | str]:
    """Everything a paper draws, in the form in which Streamlit sends it.

    Arrays lie at the first level, where they travel as Arrow. The rest is one JSON text: equal texts are equal papers,
    because the text names the arrays' content, too.
    """
    sent = _samples(shown, sheet)
    arrays: dict[str, Counts] = {"samples": sent.counts}
    if overlay is not None:
        arrays |= _overlay_arrays(overlay, sheet)
    on_sheet = _beats(beats, sheet)
    told: dict[str, Any] = {
        "content": [hashlib.sha256(array.tobytes()).hexdigest()[:16] for array in arrays.values()],
        "signal": {"fs": float(shown.fs), "first": sent.first, "samples": sent.samples, "count": sent.value},
        "sheet": _sheet(sheet),
        "colors": asdict(colors),
        "beats": on_sheet,
        "beat_words": beats_in_words({beat["kind"] for beat in on_sheet} - {"normal"}),
        "overlay": None if overlay is None else _overlay_words(overlay),
    }
    return {**arrays, "scene": json.dumps(told, separators=(",", ":"))}


def _samples(shown: Shown, sheet: Sheet) -> _Sent:
    """The samples on the sheet; in counts of 1 uV, or coarser ones where the values do not fit."""
    on = [samples_of(cell, shown.fs, shown.signal.shape[1]) for cell in sheet.cells]
    first, stop = min(part.start for part in on), max(part.stop for part in on)
    values = shown.signal[:, first:stop].astype(np.float64)
    largest = float(np.abs(values).max(initial=0.0))
    value = _FINEST if shown.unit and largest <= _FINEST * _MOST else (largest or 1.0) / _MOST
    return _Sent(np.rint(values / value).astype(np.int16).ravel(), first, values.shape[1], value)


def _sheet(sheet: Sheet) -> dict[str, Any]:
    return {
        "width": float(sheet.width),
        "height": float(sheet.height),
        "mm_per_s": float(sheet.mm_per_s),
        "unit": sheet.unit,
        "title": sheet.title,
        "footer": sheet.footer,
        "type_mm": float(sheet.type_mm),
        "cells": [_cell(cell, sheet.type_mm) for cell in sheet.cells],
        "pulses": [pulse.T.tolist() for pulse in sheet.pulses],
        "separators": [[float(value) for value in mark] for mark in sheet.separators],
    }


def _cell(cell: Cell, type_mm: float) -> dict[str, Any]:
    numbers = {name: value if isinstance(value, str) else float(value) for name, value in asdict(cell).items()}
    return numbers | {"row": LEADS.index(cell.lead), "label_at": [float(value) for value in cell.label_at(type_mm)]}


def _beats(beats: Sequence[Beat], sheet: Sheet) -> list[dict[str, Any]]:
    """The beats of which something lies on the sheet, with their number among all: half an hour has thousands."""
    from_s, to_s = _extent(sheet)
    return [
        asdict(beat) | {"number": number, "letter": LETTERS[beat.kind][0]}
        for number, beat in enumerate(beats)
        if (beat.t or beat.qrs)[1] > from_s and (beat.p or beat.qrs)[0] < to_s
    ]


def _extent(sheet: Sheet) -> tuple[float, float]:
    """The stretch of time on a sheet, in s."""
    return min(cell.from_s for cell in sheet.cells), max(cell.to_s for cell in sheet.cells)


def _overlay_arrays(overlay: Overlay, sheet: Sheet) -> dict[str, Counts]:
    """The values that lie on the sheet, as counts of 1/127, and where each begins in s."""
    from_s, to_s = _extent(sheet)
    on = (overlay.starts_s + overlay.step_s > from_s) & (overlay.starts_s < to_s)
    values = overlay.values[:, on].astype(np.float64)
    counts = np.where(np.isfinite(values), np.rint(np.nan_to_num(values) * 127), _NOTHING)
    return {"overlay": counts.astype(np.int8).ravel(), "starts": overlay.starts_s[on].astype(np.float64)}


def _overlay_words(overlay: Overlay) -> dict[str, Any]:
    return {
        "step_s": float(overlay.step_s), "signed": overlay.signed, "style": overlay.style,
        "title": overlay.title, "low": overlay.low, "high": overlay.high,
        "opacity": float(overlay.opacity), "doubted": overlay.doubted,
    }  # fmt: skip
