"""From the sentences of an electrocardiograph's own report to labels, by a table of patterns.

It approximates the labeler behind the published ECG-FM (`labeler/` and `data/mimic_iv_ecg/labeler/` of its
repository, MIT): the same findings, the same hierarchy, fewer spellings; see docs/sources.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ecgfm_core.training.sources.codes import BIFASCICULAR, FASCICULAR, RBBB
from ecgfm_core.training.sources.listing import LABELS

ABERRANT = "Aberrant conduction"
"""Of the ventricles, a bundle branch block among it; no label, but half of the next."""
SVT_ABERRANT = "Supraventricular tachycardia with aberrancy"

_DENIED = re.compile(r"\b(no|not|without|absence of|rather than)\b(\W+\w+){0,3}\W*$")
"""Before the finding, at most three words away: "no further rhythm analysis due to paced rhythm" denies nothing."""
_DENIED_AFTER = re.compile(r"^[^,;.]*\b(no longer|not (seen|present|evident)|absent|resolved)\b")


class _Pattern(NamedTuple):
    regex: re.Pattern[str]
    label: str


def labels_of(statements: Iterable[str]) -> dict[str, bool]:
    """Sentences of one report -> the 17 labels.

    A finding holds where any sentence names it and does not deny it ("no", "without", "no longer"), however
    carefully: "possible", "consider" and "cannot rule out" count, as in the labeler. All others do not hold.
    """
    found = {label for statement in statements for label in _found(statement.lower())}
    if {RBBB, FASCICULAR} <= found:
        found.add(BIFASCICULAR)
    if {"Tachycardia", ABERRANT} <= found and "Ventricular tachycardia" not in found:
        found.add(SVT_ABERRANT)
    return {label: label in found for label in LABELS}


def _found(statement: str) -> Iterator[str]:
    for pattern in _patterns():
        for match in pattern.regex.finditer(statement):
            before, after = statement[: match.start()], statement[match.end() :]
            if not (_DENIED.search(before) or _DENIED_AFTER.search(after)):
                yield pattern.label


@lru_cache
def _patterns() -> tuple[_Pattern, ...]:
    table = pd.read_csv(Path(__file__).with_name("mimic_statements.csv"), dtype=str, keep_default_na=False)
    return tuple(
        _Pattern(re.compile(regex), label) for regex, label in zip(table["pattern"], table["label"], strict=True)
    )
