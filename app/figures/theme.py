"""Colors, light and dark. Meaning never rests on color alone; the palettes are safe for color-blind readers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """Colors of paper and charts."""

    paper: str
    minor: str
    major: str
    trace: str
    text: str
    muted: str
    bar: str
    mark: str
    band: str


LIGHT = Theme(
    paper="#fffaf8", minor="#f6d9d2", major="#e9afa4", trace="#141414", text="#1b2426", muted="#66757a",
    bar="#0f6a73", mark="#b45309", band="#1d4ed8",
)  # fmt: skip
DARK = Theme(
    paper="#191416", minor="#33242a", major="#573a43", trace="#f1ecea", text="#e6ebec", muted="#9aa8ac",
    bar="#4fb3bd", mark="#f0a04b", band="#60a5fa",
)  # fmt: skip


def theme(dark: bool) -> Theme:
    """The colors for a dark or a light page."""
    return DARK if dark else LIGHT
