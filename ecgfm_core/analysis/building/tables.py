"""Tables of recordings: read as text, checked, and each cell understood."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from ecgfm_core.errors import MalformedTable

Split = Literal["train", "valid", "test"]


def split_of(patient: str, seed: int) -> Split:
    """Which split a patient belongs to: 8 of 10 train, 1 valid, 1 test.

    A hash of seed and patient, so that neither order nor machine nor an interruption matters.
    """
    digest = hashlib.sha256(f"{seed}:{patient}".encode()).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    return "train" if share < 0.8 else "valid" if share < 0.9 else "test"


def read_table(path: Path, columns: Sequence[str], id_column: str) -> pd.DataFrame:
    """A CSV file as text; blank cells are empty.

    Raises:
        MalformedTable: it cannot be parsed, lacks a column, or names a recording twice.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (ValueError, UnicodeError) as error:  # pandas' ParserError is a ValueError
        message = f"{path.name}: the table cannot be read as CSV. Download or export it again."
        raise MalformedTable(message) from error
    table.columns = table.columns.str.strip()
    missing = [column for column in columns if column not in table.columns]
    if missing:
        found = ", ".join(table.columns[:6])
        raise MalformedTable(f"{path.name}: column {missing[0]} is missing (found {found}, ...). Use the whole table.")
    require_unique_ids(path.name, table[id_column])
    return table


def require_filled(name: str, table: pd.DataFrame, column: str) -> None:
    """Refuse a blank cell in a column that must have none.

    Raises:
        MalformedTable: names the line.
    """
    blank = (table[column].str.strip() == "").to_numpy().nonzero()[0]
    if len(blank):
        message = f"{name}: {column} is blank in line {blank[0] + 2} ({len(blank)} lines in all). Fill it in."
        raise MalformedTable(message)


def require_unique_ids(name: str, ids: pd.Series[str]) -> None:
    """Refuse a recording that is named twice.

    Raises:
        MalformedTable: names the first one.
    """
    twice = ids[ids.duplicated()]
    if len(twice):
        message = f"{name}: recording {twice.iloc[0]} occurs more than once. Keep one line for each recording."
        raise MalformedTable(message)


def number(text: str) -> float | None:
    """A cell as a number; None where it is blank or none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


_SEXES = {"f": "F", "female": "F", "woman": "F", "m": "M", "male": "M", "man": "M"}


def sex_of(text: str) -> str | None:
    """Read a cell as "F" or "M", or None for anything else; `Female` and `male` are understood."""
    return _SEXES.get(text.strip().lower())
