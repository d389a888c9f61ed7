"""A map in the form in which Streamlit sends it: what is large and seldom changes, what is small and often does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.figures.theme import Theme, palette
from app.map.scene import Bools, Points, State

MOST_POINTS = 100_000
"""Of more points the browser gets counts in the cells of a grid instead."""
CELLS = 960
"""Cells along the longer side of the grid."""
_STEPS = 65535

Sent = dict[str, npt.NDArray[np.uint16] | npt.NDArray[np.uint8] | str]


class Box(NamedTuple):
    """The rectangle in map coordinates that holds all points."""

    x: float
    y: float
    width: float
    height: float


def box_of(xy: npt.NDArray[np.floating]) -> Box:
    """The rectangle of [P, 2] points; a side without extent, or of no points, is 1."""
    if not len(xy):
        return Box(0.0, 0.0, 1.0, 1.0)
    low, high = xy.min(axis=0).astype(float), xy.max(axis=0).astype(float)
    width, height = np.where(high > low, high - low, 1.0).tolist()
    return Box(float(low[0]), float(low[1]), width, height)


def points_sent(points: Points) -> Sent:
    """Places in 1/65535 of the box's sides, x and y in turn; or, of many, counts in cells, row by row upwards."""
    box, count = box_of(points.xy), len(points.xy)
    told = {"digest": points.digest, "box": box, "count": count, "title": points.title, "rows": points.rows}
    if count <= MOST_POINTS:
        share = (points.xy.astype(float) - box[:2]) / box[2:]
        return {"text": _text(told), "xy": np.rint(share * _STEPS).astype(np.uint16).ravel()}
    wide, high = grid_of(box)
    counts = np.bincount(_cells(points.xy, box), minlength=wide * high)
    most = int(counts.max())
    grid = np.rint(255 * np.log1p(counts) / np.log1p(most)).astype(np.uint8)
    return {"text": _text(told | {"grid": [wide, high], "most": most}), "counts": grid}


def paint_sent(points: Points, state: State, colors: Theme, height: int, large: bool) -> Sent:
    """How the points look; of many, only which cells hold selected ones."""
    own = palette(colors)
    arrays = {"selected": _bits(state.selected), "shown": _bits(state.shown), "colors": state.colors}
    if len(points.xy) > MOST_POINTS:
        arrays = {"selected": _bits(_cells_selected(points.xy, state.selected))}
    told = {
        "digest": points.digest, "legend": asdict(state.legend), "height": height, "large": large,
        "theme": asdict(colors), "palette": asdict(own), "picked": int(state.selected.sum()),
        "seen": int(state.shown.sum()),
        "content": [hashlib.sha256(array.tobytes()).hexdigest()[:16] for array in arrays.values()],
    }  # fmt: skip
    return {"text": _text(told), **arrays}


def marks_sent(points: Points, state: State) -> Sent:
    """What lies on the points, in map coordinates; JSON alone."""
    told = {
        "digest": points.digest,
        "done": state.done,
        "highlight": None if state.highlight is None else [state.highlight, *_at(points, [state.highlight])[0]],
        "stars": [
            {"x": star.x, "y": star.y, "label": star.label, "lines": _at(points, star.lines)} for star in state.stars
        ],
        "card": None if state.card is None else asdict(state.card),
    }
    return {"text": _text(told)}


def _at(points: Points, rows: Sequence[int]) -> list[list[float]]:
    """[[x, y], ...] of these points."""
    return [[float(x), float(y)] for x, y in points.xy[list(rows)]]


def grid_of(box: Box) -> tuple[int, int]:
    """Columns and rows of square cells on a box."""
    side = max(box.width, box.height)
    wide, high = (max(1, round(CELLS * length / side)) for length in (box.width, box.height))
    return wide, high


def _cells(xy: npt.NDArray[np.floating], box: Box) -> npt.NDArray[np.int64]:
    """[P] number of the cell in which each point lies."""
    wide, high = grid_of(box)
    share = (xy.astype(float) - box[:2]) / box[2:]
    column, row = np.minimum(share * (wide, high), (wide - 1, high - 1)).astype(np.int64).T
    return np.asarray(row * wide + column)


def _cells_selected(xy: npt.NDArray[np.floating], selected: Bools) -> Bools:
    box = box_of(xy)
    wide, high = grid_of(box)
    found = np.zeros(wide * high, bool)
    found[_cells(xy, box)[selected]] = True
    return found


def _bits(flags: Bools) -> npt.NDArray[np.uint8]:
    """Eight flags a byte, the first in the lowest bit."""
    return np.packbits(flags, bitorder="little")


def _text(told: Mapping[str, object]) -> str:
    return json.dumps(told, separators=(",", ":"), allow_nan=False)
