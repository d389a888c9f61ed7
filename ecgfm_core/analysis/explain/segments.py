"""The parts of the beats: P, PR, QRS, ST, T, TP, one after another and without gaps, from the delineation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

from ecgfm_core.types import Beat
from ecgfm_core.types.measurements import Span

SegmentName = Literal["P", "PR", "QRS", "ST", "T", "TP", "other"]
SEGMENT_NAMES: tuple[SegmentName, ...] = get_args(SegmentName)


class Segment(NamedTuple):
    """A part of a beat.

    `PR` lies between the P wave and QRS, `ST` between QRS and the T wave, `TP` between the T wave and what the next
    beat begins with, which is its QRS where no P wave was conducted. `other` is what the delineation does not name:
    before the first beat, after the last, and from a QRS to the next beat where no T wave was found.
    """

    name: SegmentName
    from_s: float
    to_s: float
    beat: int | None
    """Place among the beats, from 0; of `other` None."""

    def samples(self, start_s: float, fs: float) -> slice:
        """The samples of a window from `start_s` on; those of neighbors do not overlap and leave no gap."""
        return slice(round((self.from_s - start_s) * fs), round((self.to_s - start_s) * fs))


class _Wave(NamedTuple):
    name: SegmentName
    from_s: float
    to_s: float
    beat: int


_BETWEEN: dict[tuple[str, str], SegmentName] = {
    ("P", "QRS"): "PR",
    ("QRS", "T"): "ST",
    ("T", "P"): "TP",
    ("T", "QRS"): "TP",
}


def segments(beats: Sequence[Beat], from_s: float, to_s: float) -> tuple[Segment, ...]:
    """Cut a stretch of a recording into the parts of its beats, in order; they cover all of it.

    A wave ends at the latest where the next begins, as a T wave does that runs into a P wave.

    Args:
        beats: of the recording, first to last.
        from_s: start of the stretch in s from the recording's first sample.
        to_s: its end.
    """
    found: list[Segment] = []
    reached, before = from_s, ""
    for wave in _waves(beats):
        if wave.from_s > reached:
            name = _BETWEEN.get((before, wave.name), "other")
            owner = None if name == "other" else wave.beat - (name == "TP")
            found.append(Segment(name, reached, wave.from_s, owner))
        if wave.to_s > max(reached, wave.from_s):
            found.append(Segment(wave.name, max(reached, wave.from_s), wave.to_s, wave.beat))
        reached, before = max(reached, wave.to_s), wave.name
    if reached < to_s:
        found.append(Segment("other", reached, to_s, None))
    clipped = (part._replace(from_s=max(part.from_s, from_s), to_s=min(part.to_s, to_s)) for part in found)
    return tuple(part for part in clipped if part.to_s > part.from_s)


def _waves(beats: Sequence[Beat]) -> list[_Wave]:
    """By onset, each cut where the next begins."""
    waves = []
    for place, beat in enumerate(beats):
        spans: dict[SegmentName, Span | None] = {"P": beat.p, "QRS": beat.qrs, "T": beat.t}
        waves += [_Wave(name, *span, place) for name, span in spans.items() if span is not None]
    waves.sort(key=lambda wave: wave.from_s)
    ends = [*(wave.from_s for wave in waves[1:]), float("inf")]
    return [wave._replace(to_s=min(wave.to_s, end)) for wave, end in zip(waves, ends, strict=False)]
