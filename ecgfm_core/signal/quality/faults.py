"""One fault of one lead, and what it takes of the lead's time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ecgfm_core.signal.quality import thresholds as limits


class Part(NamedTuple):
    """A stretch of samples, `stop` not included, and the share of it that is lost: 0 nothing, 1 all."""

    start: int
    stop: int
    taken: float


class Fault(NamedTuple):
    """A flag on its way, still in samples.

    Attributes:
        flag: name of the check.
        lead: the lead, or None where it concerns no single one.
        why: in words, with numbers and units.
        parts: what is at fault, in order of time.
    """

    flag: str
    lead: str | None
    why: str
    parts: tuple[Part, ...]

    @property
    def span(self) -> tuple[int, int]:
        """First sample, and the sample after the last."""
        return self.parts[0].start, self.parts[-1].stop


def consolidated(stretches: Sequence[Fault], fs: float) -> list[Fault]:
    """The stretches of one lead and flag, worst first: a few as they are in order of time, many as one."""
    if len(stretches) <= limits.MOST_STRETCHES:
        return sorted(stretches, key=lambda fault: fault.span)
    worst = stretches[0]
    total_s = sum(fault.span[1] - fault.span[0] for fault in stretches) / fs
    why = f"{len(stretches)} stretches, {total_s:.1f} s in all; at most: {worst.why}"
    parts = sorted(part for fault in stretches for part in fault.parts)
    return [worst._replace(why=why, parts=tuple(parts))]
