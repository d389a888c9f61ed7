"""Public names that are imported on first use, so that reading a recording does not wait for torch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def lazily(package: str, home: Mapping[str, str]) -> Callable[[str], object]:
    """A package's `__getattr__`: finds a public name in its module, and keeps it in the package.

    Args:
        package: its `__name__`.
        home: module of each name, below `ecgfm_core`.
    """

    def find(name: str) -> object:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value: object = getattr(import_module(f"ecgfm_core.{home[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return find
