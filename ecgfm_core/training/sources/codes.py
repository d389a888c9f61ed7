"""From a publisher's codes to labels, through a table that lies beside this file.

Columns of a table: code; name (what the publisher calls it); subset (of the publication; blank = all); label;
holds (1, 0, or blank: the code leaves the label open); comment. A code may have several lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

FASCICULAR = "Fascicular block"
"""Block of one fascicle of the left bundle; no label, but half of "Bifascicular block"."""
BIFASCICULAR, RBBB = "Bifascicular block", "Right bundle branch block"

Meaning = Mapping[str, bool | None]


class Line(NamedTuple):
    """What one code says of one label: it holds, it does not, or it is left open (None)."""

    label: str
    holds: bool | None


def translate(codes: Iterable[str], lines: Mapping[str, tuple[Line, ...]], stated: Iterable[str]) -> Meaning:
    """Codes of one recording -> labels.

    A label that any code affirms holds; else one that any code leaves open is unknown; else one that a code
    denies, or that the source states and no code speaks of, does not hold. All others are unknown.

    Args:
        codes: of the recording.
        lines: what each code says.
        stated: labels whose absence the source's codes tell.
    """
    labels: dict[str, bool | None] = dict.fromkeys(stated, False)
    said: dict[str, set[bool | None]] = {}
    for code in codes:
        for label, holds in lines.get(code, ()):
            said.setdefault(label, set()).add(holds)
    for label, answers in said.items():
        labels[label] = True if True in answers else None if None in answers else False
    return _with_bifascicular(labels)


@lru_cache
def load_codes(file: str, subset: str = "") -> Mapping[str, tuple[Line, ...]]:
    """Lines of a table by code, for one subset: its own lines for a code go before those for all."""
    table = pd.read_csv(Path(__file__).with_name(file), dtype=str, keep_default_na=False)
    found: dict[str, tuple[Line, ...]] = {}
    for name in ("", subset):
        for code, lines in table[table["subset"] == name].groupby("code"):
            found[str(code)] = tuple(map(_line, lines["label"], lines["holds"]))
    return found


def _line(label: str, holds: str) -> Line:
    return Line(label, None if holds == "" else holds == "1")


def _with_bifascicular(labels: dict[str, bool | None]) -> Meaning:
    """Right bundle branch block and a fascicular block together are bifascicular."""
    right, fascicular = labels.get(RBBB), labels.pop(FASCICULAR, None)
    if right is False or fascicular is False:
        labels[BIFASCICULAR] = False
    else:
        labels[BIFASCICULAR] = True if right and fascicular else None
    return labels
