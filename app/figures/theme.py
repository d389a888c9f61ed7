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


@dataclass(frozen=True, slots=True)
class Palette:
    """Colors of points on a map.

    Attributes:
        ground: behind the points.
        categories: of names, in order of use; safe for color-blind readers (Okabe & Ito 2008, darker or lighter where
            the ground asks for it).
        ramp: of numbers, from low to high, evenly spaced (viridis, without the end that the ground swallows).
        other: names beyond the last color.
        missing: points about which nothing is known.
    """

    ground: str
    categories: tuple[str, ...]
    ramp: tuple[str, ...]
    other: str
    missing: str


_LIGHT_POINTS = Palette(
    "#ffffff",
    ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#b5a300", "#3a3a3a"),
    ("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#a5d435"),
    other="#7d6b5d", missing="#c3cacc",
)  # fmt: skip
_DARK_POINTS = Palette(
    "#0f1416",
    ("#3d9be0", "#f0ab1f", "#1fbf92", "#f0743a", "#e08fc0", "#8fd0f5", "#f0e442", "#e8e8e8"),
    ("#54489a", "#4a63a0", "#3a7f9c", "#2c9a93", "#33b583", "#65cd62", "#addc30", "#fde725"),
    other="#b39d8a", missing="#4a5559",
)  # fmt: skip


def palette(colors: Theme) -> Palette:
    """The colors of points that go with a theme."""
    return _DARK_POINTS if colors == DARK else _LIGHT_POINTS
