"""Recordings that were not taken in, one line each, in a table beside the cohort."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

FILE = "errors.csv"
COPY = "Copy"


class Failure(NamedTuple):
    """Which recording was not taken in, the class of its error, and the error's sentence."""

    id: str
    error: str
    message: str

    @property
    def is_copy(self) -> bool:
        """Whether nothing is wrong with it: the cohort has the same samples under another id."""
        return self.error == COPY


def clear_failures(folder: Path) -> None:
    """Begin an empty table; every recording that failed is tried again."""
    with (folder / FILE).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(Failure._fields)


def add_failures(folder: Path, failures: Iterable[Failure]) -> None:
    """Append lines."""
    with (folder / FILE).open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(failures)


def load_failures(folder: Path) -> tuple[Failure, ...]:
    """Read the table; a line that a killed writer left unfinished is passed over."""
    if not (folder / FILE).exists():
        return ()
    with (folder / FILE).open(newline="", encoding="utf-8", errors="replace") as file:
        rows = list(csv.reader(file))[1:]
    return tuple(Failure(*row) for row in rows if len(row) == len(Failure._fields))
