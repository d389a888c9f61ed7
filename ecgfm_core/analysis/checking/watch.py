"""One scale of progress for parts that count different things, and one place to end them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ecgfm_core.analysis.nearest import stop_if

STEPS = 1000


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told how far the work is, and asked whether to go on.

    Attributes:
        progress: called with (steps done, `STEPS`).
        cancel: asked between the steps.
        first: where on the scale, 0 to 1, this part begins.
        last: where it ends.
    """

    progress: Callable[[int, int], None]
    cancel: Callable[[], bool]
    first: float = 0.0
    last: float = 1.0

    def part(self, first: float, last: float) -> Watch:
        """A part of this part, from `first` to `last` of it."""
        width = self.last - self.first
        return Watch(self.progress, self.cancel, self.first + first * width, self.first + last * width)

    def report(self, done: int, total: int) -> None:
        """Say how far this part is."""
        self.progress(round(STEPS * (self.first + (self.last - self.first) * done / total)), STEPS)

    def step(self, done: int, total: int) -> None:
        """Say how far this part is, and end where the person wants it.

        Raises:
            Canceled: they do.
        """
        stop_if(self.cancel)
        self.report(done, total)
