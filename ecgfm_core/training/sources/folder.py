"""Any folder with a table records.csv: a path, a patient and labels for each recording.

Columns: record_id, path, patient_id; where wanted source, age, sex, stated, split, fs_hz, unit; every other column is
a label with 1 (holds), 0 (does not) or blank (nobody says). `path` is a WFDB record without extension, any file that
`read_record` reads, or `file.xz#i`: entry i of a packed array.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd

from ecgfm_core.analysis.building.files import read_listed
from ecgfm_core.analysis.building.tables import Split, number, read_table, require_filled, sex_of
from ecgfm_core.errors import MalformedTable
from ecgfm_core.training.sources.listing import Item, Listing, require_layout

NAME = "folder"
_FACTS = ("record_id", "path", "patient_id", "source", "age", "sex", "stated", "split", "fs_hz", "unit", "n_samples")
_TABLE = "records.csv"
LONGEST_LABEL = 200


def list_folder(raw: Path) -> Listing:
    """The recordings of records.csv, in its order, with its labels.

    Raises:
        UnknownLayout: there is no records.csv.
        MalformedTable: it breaks its rules: a cell that is no label, a patient in two splits, an id twice.
    """
    require_layout(raw, "a plain folder", [_TABLE])
    table = read_table(raw / _TABLE, ["record_id", "path", "patient_id"], "record_id")
    for column in ("record_id", "path", "patient_id"):
        require_filled(_TABLE, table, column)
    labels = tuple(column for column in table.columns if column not in _FACTS)
    _require_names(labels)
    targets = {label: _answers(table, label) for label in labels}
    _require_splits(table)
    return Listing(labels, len(table), _items(raw, table, targets))


def _items(raw: Path, table: pd.DataFrame, targets: dict[str, list[bool | None]]) -> Iterator[Item]:
    for row, line in enumerate(table.to_dict("records")):
        split = str(line.get("split", ""))
        yield Item(
            id=line["record_id"],
            source=line.get("source") or raw.name,
            patient=line["patient_id"],
            split=next((name for name in get_args(Split) if name == split), None),
            age=number(line.get("age", "")),
            sex=sex_of(line.get("sex", "")),
            stated=line.get("stated", ""),
            labels={label: answers[row] for label, answers in targets.items()},
            read=partial(read_listed, raw / line["path"], number(line.get("fs_hz", "")), line.get("unit") or None),
        )


def _require_names(labels: tuple[str, ...]) -> None:
    """Refuse a column that no encoder could show as a label."""
    odd = [label for label in labels if not label.strip() or not label.isprintable() or len(label) > LONGEST_LABEL]
    if odd:
        raise MalformedTable(
            f"{_TABLE}: the name of a label must be printable text of 1 to {LONGEST_LABEL} characters. "
            f"Got {odd[0][:30]!r}. Rename the column."
        )


def _answers(table: pd.DataFrame, label: str) -> list[bool | None]:
    cells = table[label].str.strip()
    numbers = pd.to_numeric(cells.replace("", "nan"), errors="coerce").to_numpy(np.float64)
    wrong = (cells != "").to_numpy() & ~np.isin(numbers, (0.0, 1.0))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise MalformedTable(
            f"{_TABLE}: {label} of recording {table['record_id'].iloc[row]} must be 1, 0 or blank. "
            f"Got {cells.iloc[row][:20]!r}. Correct the cell, or remove the column if it is no label."
        )
    return [None if np.isnan(value) else bool(value) for value in numbers]


def _require_splits(table: pd.DataFrame) -> None:
    """Refuse an unknown split, and a patient in two of them."""
    if "split" not in table.columns:
        return
    odd = table[~table["split"].isin(["", *get_args(Split)])]
    if len(odd):
        found = f"Got {odd['split'].iloc[0][:20]!r} for recording {odd['record_id'].iloc[0]}"
        raise MalformedTable(f"{_TABLE}: split must be train, valid, test or blank. {found}. Correct the cell.")
    counts = table.groupby("patient_id")["split"].nunique()
    if (counts > 1).any():
        patient = counts.index[counts > 1][0]
        raise MalformedTable(f"{_TABLE}: patient {patient} is in more than one split. Put each patient in one.")
