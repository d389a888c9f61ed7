"""What a reader did on a paper, as the browser tells it. It may tell anything; what makes no sense is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

from ecgfm_core.leads import LEADS


@dataclass(frozen=True, slots=True)
class Caliper:
    """A measured distance on one lead.

    Attributes:
        kind: "time" or "voltage".
        lead: the lead's name among `LEADS`.
        start, end: in s from the recording's first sample, the earlier first; or, in the order in which they were
            set, two values in the recording's unit (mV where it is known).
    """

    kind: Literal["time", "voltage"]
    lead: str
    start: float
    end: float


class Interval(NamedTuple):
    """A stretch of one lead, in s from the recording's first sample."""

    lead: str
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Touched:
    """What lies on a paper.

    Attributes:
        calipers: in the order in which they were made.
        interval: the stretch that was marked, or None.
        beat: the number of the chosen beat among those that were drawn, or None.
        canvas_failed: the browser draws no canvas; show a picture instead.
    """

    calipers: tuple[Caliper, ...] = ()
    interval: Interval | None = None
    beat: int | None = None
    canvas_failed: bool = False


def touched(told: object, digest: str, beats: int) -> Touched:
    """Read what the browser told of the recording with this digest, of which `beats` beats were drawn."""
    if not isinstance(told, Mapping):
        return Touched()
    failed = told.get("canvas_failed") is True
    if told.get("digest") != digest:
        return Touched(canvas_failed=failed)
    calipers = told.get("calipers")
    found = [_caliper(one) for one in calipers] if isinstance(calipers, list) else []
    beat = told.get("beat")
    return Touched(
        calipers=tuple(one for one in found if one is not None),
        interval=_interval(told.get("interval")),
        beat=beat if isinstance(beat, int) and 0 <= beat < beats else None,
        canvas_failed=failed,
    )


def _caliper(told: object) -> Caliper | None:
    ends = _ends(told)
    if ends is None or not isinstance(told, Mapping) or told.get("kind") not in ("time", "voltage"):
        return None
    return Caliper(cast("Literal['time', 'voltage']", told["kind"]), *ends)


def _interval(told: object) -> Interval | None:
    ends = _ends(told)
    return None if ends is None else Interval(*ends)


_FARTHEST = 1e9
"""s or units: what lies beyond is on no recording."""


def _ends(told: object) -> tuple[str, float, float] | None:
    """Lead and both ends, when they are a lead and two numbers."""
    if not isinstance(told, Mapping) or told.get("lead") not in LEADS:
        return None
    start, end = told.get("from"), told.get("to")
    if not isinstance(start, int | float) or not isinstance(end, int | float):
        return None
    if not (abs(start) < _FARTHEST and abs(end) < _FARTHEST):  # NaN is not
        return None
    return str(told["lead"]), float(start), float(end)
