"""How far a library is that only prints it: what it writes is read, and the place where it writes can end it."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable

from ecgfm_core.analysis.nearest import stop_if


class Lines:
    """Where a progress bar or a log is written to; what other threads write meanwhile goes where it would have gone."""

    def __init__(
        self, pattern: str, progress: Callable[[int, int], None], cancel: Callable[[], bool], *, total: int = 0
    ) -> None:
        """Read the text of this thread.

        Args:
            pattern: finds the steps done, and after them the steps where the text tells them.
            progress: called with (steps done, steps) where the pattern is found.
            cancel: asked at each piece of text.
            total: steps, where the text does not tell them.
        """
        self._pattern, self._progress, self._cancel, self._total = re.compile(pattern), progress, cancel, total
        self._thread, self._elsewhere = threading.get_ident(), sys.stdout

    def write(self, text: str) -> int:
        """Tell of the progress in it.

        Raises:
            Canceled: `cancel` said so.
        """
        if threading.get_ident() != self._thread:
            return self._elsewhere.write(text)
        stop_if(self._cancel)
        found = self._pattern.search(text)
        if found:
            self._progress(int(found[1]), self._total or int(found[2]))
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""
