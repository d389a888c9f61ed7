"""What a map shows, as its caller says it: points, how they are colored and marked, and what lies among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

MISSING = 255
"""The color of points about which nothing is known: gray, below all others."""
OTHER = 254
"""The color of names beyond the last of a palette."""
FINEST = 253
"""The highest color of a number."""

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Where P points lie; sent only when it changes.

    Attributes:
        digest: of the map: another digest is another map, on which nothing that a reader did holds any more.
        xy: [P, 2] finite coordinates, y upwards, without a unit.
        title: what the map is, in words, for screen readers and the saved picture.
        rows: what point numbers mean; on two maps with the same `rows` on a page, the point under the pointer is ringed
            on both.
    """

    digest: str
    xy: npt.NDArray[np.floating]
    title: str
    rows: str = ""


@dataclass(frozen=True, slots=True)
class Legend:
    """What the colors mean.

    Attributes:
        title: what is shown, with its unit.
        kind: "names" (color i is entry i) or "numbers" (colors 0..253 run from the first to the last entry).
        entries: the names, or the ends of the range in words.
        other: the entry for `OTHER`, where there is one.
        missing: the entry for `MISSING`, where there is one.
    """

    title: str
    kind: Literal["names", "numbers"]
    entries: tuple[str, ...]
    other: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Star:
    """A recording that was placed on the map without belonging to it.

    Attributes:
        x, y: in map coordinates.
        label: a number or a letter, drawn in it.
        lines: points to which lines are drawn.
    """

    x: float
    y: float
    label: str
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown beside the point under the pointer.

    Attributes:
        point: of which it tells; it is shown only while the pointer rests there.
        lines: up to four lines of text.
        trace: a short lead, as whole numbers of any size: up to 500, evenly spaced in time.
    """

    point: int
    lines: tuple[str, ...]
    trace: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """How the points look now; small.

    Attributes:
        colors: [P] number of each point's color, uint8, see `Legend`.
        legend: what the colors mean.
        selected: [P].
        shown: [P]; the others are neither drawn nor found.
        highlight: the point of which the page tells more, or None.
        stars: recordings among the points.
        card: the answer to a hover, or None.
        done: number of the last of the reader's acts on this map that this knows of.
    """

    colors: npt.NDArray[np.uint8]
    legend: Legend
    selected: Bools
    shown: Bools
    highlight: int | None = None
    stars: tuple[Star, ...] = ()
    card: Card | None = None
    done: int = 0
