"""What every source gives: a list of recordings with what is said of them, each read when its turn comes."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from ecgfm_core.errors import IncompleteUpload, MalformedTable, UnknownLayout
from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.records.read import read_record
from ecgfm_core.types import Record

LABELS = tuple(label.name for label in MIMIC_IV_ECG)
"""The 17 labels of the published ECG-FM, which every source but a plain folder is translated to."""

Split = Literal["train", "valid", "test"]


@dataclass(frozen=True, slots=True)
class Item:
    """One recording of a source, not read yet.

    Attributes:
        id: unique in the source.
        source: database it comes from.
        patient: whose recording it is.
        split: the publisher's own, or None.
        age: years, or None.
        sex: "F", "M" or None.
        stated: the source's own words or codes.
        labels: holds, does not hold, or None where the source does not say; absent = None.
        read: gives the recording; raises EcgfmError.
    """

    id: str
    source: str
    patient: str
    split: Split | None
    age: float | None
    sex: str | None
    stated: str
    labels: Mapping[str, bool | None]
    read: Callable[[], Record]


@dataclass(frozen=True, slots=True)
class Listing:
    """The recordings of a source: names of the labels, how many, and each in the publisher's order."""

    labels: tuple[str, ...]
    total: int
    items: Iterator[Item]


def split_of(patient: str, seed: int) -> Split:
    """Which split a patient belongs to: 8 of 10 train, 1 valid, 1 test.

    A hash of seed and patient, so that neither order nor machine nor an interruption matters.
    """
    digest = hashlib.sha256(f"{seed}:{patient}".encode()).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    return "train" if share < 0.8 else "valid" if share < 0.9 else "test"


def require_layout(raw: Path, publication: str, parts: Sequence[str]) -> None:
    """Refuse a folder that lacks a part of the publisher's layout.

    Raises:
        UnknownLayout: names what is expected and what is there.
    """
    missing = [part for part in parts if not (raw / part).exists()]
    if missing:
        held = ", ".join(sorted(path.name for path in raw.iterdir())[:5]) if raw.is_dir() else "no such folder"
        raise UnknownLayout(
            f"{raw.name}: {publication} holds {' and '.join(parts)}; {missing[0]} is missing "
            f"(found {held or 'nothing'}). "
            "Name the folder that the publisher's download makes."
        )


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
    return None if math.isnan(value) else value


def sex_of(text: str) -> str | None:
    """Read a cell as "F" or "M", or None for anything else; `Female` and `male` are understood."""
    letter = text.strip()[:1].upper()
    return letter if letter in ("F", "M") else None


def read_wfdb(path: Path) -> Record:
    """Read a WFDB record from its path without extension.

    Raises:
        IncompleteUpload: the header is absent.
        RecordError: the record cannot be read.
    """
    header = path.with_name(path.name + ".hea")
    if not header.is_file():
        raise IncompleteUpload(f"{path.name}: the table names this recording; its header is absent. Download it again.")
    return read_record(header)
