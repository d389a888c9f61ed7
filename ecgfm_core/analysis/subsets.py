"""The algebra of named subsets."""

from __future__ import annotations

from collections.abc import Set
from typing import Literal

Operation = Literal["and", "or", "and not"]


def combine_subsets(first: Set[str], operation: Operation, second: Set[str]) -> frozenset[str]:
    """Recordings in both, in either, or in the first alone."""
    if operation == "and":
        return frozenset(first & second)
    return frozenset(first | second) if operation == "or" else frozenset(first - second)
