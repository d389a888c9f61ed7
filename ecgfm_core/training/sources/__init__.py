"""Reading raw downloads as their publishers lay them out, into one cohort that is read piece by piece."""

from __future__ import annotations

from ecgfm_core.training.sources.preparation import SOURCES, Prepared, prepare

__all__ = ["SOURCES", "Prepared", "prepare"]
