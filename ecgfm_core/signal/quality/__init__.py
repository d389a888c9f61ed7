"""What can be said of a recording before any model sees it: faults of contact, noise, cables; a score; a verdict."""

from __future__ import annotations

from ecgfm_core.signal.quality.examine import quality

__all__ = ["quality"]
