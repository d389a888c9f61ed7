"""Type on paper: which font has the letters, how wide a text is, and how it fits into its room."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

_LATIN = {False: "Helvetica", True: "Helvetica-Bold"}
_OTHER = {False: "DejaVuSans", True: "DejaVuSans-Bold"}
_SMALLEST = 0.6
"""of its size; a longer text loses its middle."""


def clean(text: str) -> str:
    """The text with a blank for whatever cannot be printed, such as control characters; XML refuses some of them."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def set_in(text: str, *, bold: bool) -> tuple[str, str]:
    """The font that has a text's letters, and the text as this font can show it.

    Western European text is set in Helvetica, which every reader of PDF has; any other in DejaVu Sans, which is
    embedded and also has Greek, Cyrillic and more. A letter that it lacks, such as a Chinese one, is written as its
    number, "[U+5F20]": two names stay two names.
    """
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        glyphs = _embedded(bold).face.charToGlyph
        return _OTHER[bold], "".join(c if ord(c) in glyphs else f"[U+{ord(c):04X}]" for c in text)
    return _LATIN[bold], text


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a text in the unit of its size."""
    font, shown = set_in(text, bold=bold)
    return float(pdfmetrics.stringWidth(shown, font, size))


def fit(text: str, size: float, room: float, *, bold: bool = False) -> tuple[str, float]:
    """The text and the size at which it fits into `room`: smaller type first, then without its middle."""
    needed = width(text, size, bold=bold)
    if needed <= room:
        return text, size
    if needed * _SMALLEST <= room:
        return text, size * room / needed
    least = size * _SMALLEST
    kept = len(text)
    while kept > 1 and width(_shortened(text, kept), least, bold=bold) > room:
        kept = min(kept - 1, int(kept * 0.95))
    return _shortened(text, kept), least


def _shortened(text: str, kept: int) -> str:
    """Both ends of a text; the end of a name often tells recordings apart."""
    begin = (kept + 1) // 2
    return f"{text[:begin]}...{text[len(text) - (kept - begin) :]}"


@cache
def _embedded(bold: bool) -> TTFont:
    """DejaVu Sans as it comes with matplotlib, without importing matplotlib."""
    package = find_spec("matplotlib")
    assert package is not None
    assert package.submodule_search_locations
    folder = Path(package.submodule_search_locations[0], "mpl-data", "fonts", "ttf")
    font = TTFont(_OTHER[bold], str(folder / f"{_OTHER[bold]}.ttf"))
    pdfmetrics.registerFont(font)
    return font
