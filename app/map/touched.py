"""What a reader did on a map, as the browser tells it. It may tell anything; what makes no sense is left out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from app.map.scene import Bools
from ecgfm_core import analysis

MOST_VERTICES = 200
MOST_ACTS = 16
_FARTHEST = 1e9
_LARGEST = 2**31


@dataclass(frozen=True, slots=True)
class Picked:
    """A point was picked."""

    number: int
    point: int


@dataclass(frozen=True, slots=True)
class Cleared:
    """Nothing shall be selected or picked any more."""

    number: int


@dataclass(frozen=True, slots=True)
class Lassoed:
    """Points were selected by an outline.

    Attributes:
        number: of the act.
        kind: "lasso" or "box".
        mode: "new", "add" or "remove".
        polygon: 3 to 200 corners in map coordinates, within half a CSS pixel of what was drawn as long as 200
            suffice; a point belongs to it by the even-odd rule.
    """

    number: int
    kind: Literal["lasso", "box"]
    mode: Literal["new", "add", "remove"]
    polygon: tuple[tuple[float, float], ...]

    def applied(self, selected: Bools, shown: Bools, xy: npt.NDArray[np.floating]) -> Bools:
        """[P] what is selected after it: only what is shown is added or removed."""
        inside = shown.copy()
        inside[shown] = analysis.inside_polygon(xy[shown], np.array(self.polygon))
        if self.mode == "new":
            return inside
        return selected | inside if self.mode == "add" else selected & ~inside


def outline_text(polygon: Sequence[tuple[float, float]]) -> str:
    """An outline for an address: five digits a number, as x_y~x_y~..."""
    return "~".join(f"{x:.5g}_{y:.5g}" for x, y in polygon)


def read_outline(text: str) -> tuple[tuple[float, float], ...] | None:
    """An outline from an address, or None where it says none."""
    try:
        corners = [[float(number) for number in corner.split("_")] for corner in text.split("~")]
    except ValueError:
        return None
    return _polygon(corners)


Act = Picked | Lassoed | Cleared


class Seen(NamedTuple):
    """What part of the map is seen: its middle in map coordinates, CSS pixels per unit."""

    x: float
    y: float
    scale: float


@dataclass(frozen=True, slots=True)
class Touched:
    """What was done on a map.

    Attributes:
        acts: those that the browser does not know to be handled, oldest first; numbers rise for as long as the
            browser's page lives. Handle those above the last handled number, and hand that back as `State.done`.
        hover: the point under the resting pointer, or None.
        seen: told along with the rest, never on its own; None before anything was told.
        canvas_failed: the browser draws no canvas; show a table instead.
    """

    acts: tuple[Act, ...] = ()
    hover: int | None = None
    seen: Seen | None = None
    canvas_failed: bool = False

    def since(self, done: int) -> tuple[Act, ...]:
        """The acts that have not been handled: those with a number above `done`."""
        return tuple(act for act in self.acts if act.number > done)


def touched(told: object, digest: str, points: int) -> Touched:
    """Read what the browser told of the map with this digest and as many points."""
    if not isinstance(told, Mapping):
        return Touched()
    failed = told.get("canvas_failed") is True
    if told.get("digest") != digest:
        return Touched(canvas_failed=failed)
    acts = told.get("acts")
    found = [_act(one, points) for one in acts[-MOST_ACTS:]] if isinstance(acts, list) else []
    kept = {act.number: act for act in found if act is not None}
    return Touched(
        acts=tuple(kept[number] for number in sorted(kept)),
        hover=_whole(told.get("hover"), points),
        seen=_seen(told.get("view")),
        canvas_failed=failed,
    )


def _act(told: object, points: int) -> Act | None:
    if not isinstance(told, Mapping) or (number := _whole(told.get("number"), _LARGEST)) is None:
        return None
    if told.get("kind") == "clear":
        return Cleared(number)
    if told.get("kind") == "pick":
        point = _whole(told.get("point"), points)
        return None if point is None else Picked(number, point)
    kind, mode, polygon = told.get("kind"), told.get("mode"), _polygon(told.get("polygon"))
    if polygon is None or kind not in ("lasso", "box") or mode not in ("new", "add", "remove"):
        return None
    return Lassoed(
        number, cast("Literal['lasso', 'box']", kind), cast("Literal['new', 'add', 'remove']", mode), polygon
    )


def _polygon(told: object) -> tuple[tuple[float, float], ...] | None:
    if not isinstance(told, list) or not 3 <= len(told) <= MOST_VERTICES:
        return None
    found = [_numbers(corner, 2) for corner in told]
    return tuple((one[0], one[1]) for one in found if one) if all(found) else None


def _seen(told: object) -> Seen | None:
    if not isinstance(told, Mapping):
        return None
    found = _numbers([told.get(name) for name in ("x", "y", "scale")], 3)
    return Seen(*found) if found and found[2] > 0 else None


def _numbers(told: object, count: int) -> tuple[float, ...] | None:
    """As many numbers that lie on some map, or None."""
    if not isinstance(told, list) or len(told) != count:
        return None
    if not all(isinstance(one, int | float) and not isinstance(one, bool) and abs(one) < _FARTHEST for one in told):
        return None  # NaN is not
    return tuple(float(one) for one in told)


def _whole(told: object, below: int) -> int | None:
    """A whole number from 0, or None; JSON does not tell 3 from 3.0."""
    if isinstance(told, float) and math.isfinite(told) and told.is_integer():
        told = int(told)
    return told if isinstance(told, int) and not isinstance(told, bool) and 0 <= told < below else None
