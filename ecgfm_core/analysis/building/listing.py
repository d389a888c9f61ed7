"""What is to be embedded: a folder, a zip, files in memory, a table of paths -> an item a recording, not read yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from ecgfm_core.analysis.building.files import read_listed
from ecgfm_core.analysis.building.tables import number, read_table, require_filled, sex_of
from ecgfm_core.analysis.cohort import Failure, Kind
from ecgfm_core.errors import MalformedTable, UnknownLayout
from ecgfm_core.records.read import read_each
from ecgfm_core.types import Record, Source

TABLE = "records.csv"
"""A folder that holds one is read as this table says."""
_ENDINGS = (".hea", ".dcm", ".csv", ".tsv", ".npy", ".npz", ".mat", ".zip")
_FACTS = ("source", "patient_id", "age", "sex", "stated", "split")
_SKIPPED = ("path", "fs_hz", "unit", "n_samples")
"""Columns of a table that say how to read a file, and nothing of the recording."""
_ID = ("record_id", "id", "file")


@dataclass(frozen=True, slots=True)
class Said:
    """What a table says of a recording; all of it may be absent.

    Attributes:
        facts: text by the names of `_FACTS`.
        labels: holds, does not hold, or None where nobody says.
        metadata: further facts.
    """

    facts: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, bool | None] = field(default_factory=dict)
    metadata: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """One recording, not read yet; small enough to be sent to another process.

    Attributes:
        id: unique among the items.
        path: of its file, as `read_listed` takes it; None where the record or its error is here.
        said: of it.
        fs: Hz, for a file that states no rate.
        unit: for a file that states none.
        held: the record, where it came with others in a zip or in memory; or why it could not be read.
    """

    id: str
    path: Path | None
    said: Said
    fs: float | None = None
    unit: str | None = None
    held: Record | Failure | None = None

    def read(self) -> Record:
        """The recording.

        Raises:
            RecordError: it cannot be read.
            SourceError: the table is at fault.
        """
        if isinstance(self.held, Record):
            return self.held
        assert self.path is not None
        return read_listed(self.path, self.fs, self.unit)


@dataclass(frozen=True, slots=True)
class Listing:
    """All items of an input.

    Attributes:
        source: name of the input, for people.
        items: in order.
        labels: [C] names.
        metadata: kinds of the further columns, by name.
        unused: lines of the labels' table that no recording belongs to.
    """

    source: str
    items: tuple[Item, ...]
    labels: tuple[str, ...] = ()
    metadata: Mapping[str, Kind] = field(default_factory=dict)
    unused: int = 0


def list_input(given: Path | Sequence[Source], known: Sequence[str], labels: pd.DataFrame | None = None) -> Listing:
    """List the recordings of an input.

    Args:
        given: a folder, with or without records.csv; a table of paths; a zip or another file; or files in memory.
        known: labels of the encoder: a column of such a name is a label even where it is blank throughout.
        labels: a table of text that says more of the recordings, by `record_id`, `id` or `file`.

    Raises:
        UnknownLayout: nothing there could be a recording.
        MalformedTable: a table breaks its rules.
    """
    if isinstance(given, Path) and not given.exists():
        raise UnknownLayout(f"{given.name}: there is no such file or folder. Name recordings, a table or a cohort.")
    table: pd.DataFrame | None = None
    if isinstance(given, Path) and given.is_dir() and (given / TABLE).is_file():
        table, root, source = read_table(given / TABLE, ["path"], _first(given / TABLE)), given, given.name
    elif isinstance(given, Path) and _is_table(given):
        table, root, source = read_table(given, ["path"], _first(given)), given.parent, given.stem
    if table is not None:
        require_filled(source, table, "path")
        items = _rows(root, table)
        return _joined(source, items, [_keyed(table, items), labels], known)
    items = _files(given) if isinstance(given, Path) else _in_memory(given)
    source = given.stem if isinstance(given, Path) else "upload"
    if not items:
        endings = ", ".join(_ENDINGS)
        raise UnknownLayout(f"{source}: no file there could be a recording ({endings}). Name another folder.")
    return _joined(source, items, [labels], known)


def _is_table(path: Path) -> bool:
    """Whether a CSV file lists paths; an ECG as CSV has no such column."""
    if path.suffix.lower() not in (".csv", ".tsv") or not path.is_file():
        return False
    return "path" in _header(path)


def _tells(path: Path) -> bool:
    """Whether a CSV file says something of recordings, and is none."""
    return path.suffix.lower() in (".csv", ".tsv") and bool({*_ID, "path"} & set(_header(path)))


def _header(path: Path) -> list[str]:
    """Names of the columns of a CSV file."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return [name.strip().strip('"') for name in file.readline(100_000).split(",")]


def _first(path: Path) -> str:
    """The column that names the recordings; without one, the path does."""
    there = _header(path)
    return next((name for name in _ID if name in there), "path")


def _rows(root: Path, table: pd.DataFrame) -> list[Item]:
    column = next((name for name in _ID if name in table.columns), None)
    stems = [Path(path).name for path in table["path"]]
    ids = list(table[column]) if column else stems if len(set(stems)) == len(stems) else list(table["path"])
    lines = table.to_dict("records")
    return [
        Item(str(id), root / str(line["path"]), Said(), number(str(line.get("fs_hz", ""))), line.get("unit") or None)
        for id, line in zip(ids, lines, strict=True)
    ]


def _keyed(table: pd.DataFrame, items: Sequence[Item]) -> pd.DataFrame:
    return table.drop(columns=[name for name in _ID if name in table.columns]).assign(id=[item.id for item in items])


def _files(path: Path) -> list[Item]:
    """Files of a folder that may be recordings, in the order of their names; or what a single file holds."""
    if not path.is_dir():
        return _in_memory([path])
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in _ENDINGS and file.is_file())
    headers = {file.with_suffix("") for file in found if file.suffix.lower() == ".hea"}
    alone = [f for f in found if (f.suffix.lower() == ".hea" or f.with_suffix("") not in headers) and not _tells(f)]
    zips = [file for file in alone if file.suffix.lower() == ".zip"]
    plain = [file for file in alone if file.suffix.lower() != ".zip"]
    stems = [file.stem for file in plain]
    unique = len(set(stems)) == len(stems)
    ids = stems if unique else [str(file.relative_to(path).with_suffix("")) for file in plain]
    if len(set(ids)) < len(ids):
        ids = [str(file.relative_to(path)) for file in plain]
    listed = [Item(id, file, Said()) for id, file in zip(ids, plain, strict=True)]
    return listed + _in_memory(zips)


def _in_memory(sources: Sequence[Source] | Sequence[Path]) -> list[Item]:
    """Everything that uploaded files, or zips, hold: read at once, within the limits of an upload."""
    items: list[Item] = []
    seen: dict[str, int] = {}
    for reading in read_each(sources):
        name = reading.file.replace("\\", "/")
        stem = Path(name).stem or "recording"
        seen[stem] = seen.get(stem, 0) + 1
        id = stem if seen[stem] == 1 else f"{stem}-{seen[stem]}"
        failed = Failure(id, type(reading.error).__name__, str(reading.error))
        items.append(Item(id, None, Said(), held=reading.record if reading.record is not None else failed))
    return items


def _joined(source: str, items: list[Item], tables: Sequence[pd.DataFrame | None], known: Sequence[str]) -> Listing:
    """Items with what tables say of them; a later table adds to an earlier one."""
    labels: dict[str, dict[str, bool | None]] = {}
    metadata: dict[str, tuple[Kind, dict[str, str | float]]] = {}
    facts: dict[str, dict[str, str]] = {}
    unused = 0
    ids = {item.id for item in items}
    for table in tables:
        if table is None:
            continue
        keys = [_own(str(key).strip(), ids) for key in table[_key_of(table)]]
        unused += len(set(keys) - ids)
        for name in (str(column) for column in table.columns if column not in (*_ID, *_SKIPPED)):
            cells = table[name].astype(str).str.strip()
            if name in _FACTS:
                facts.setdefault(name, {}).update({k: cell for k, cell in zip(keys, cells, strict=True) if cell})
            elif name in known or _is_label(cells):
                told = zip(keys, _answers(name, cells, keys), strict=True)
                labels.setdefault(name, {}).update({key: held for key, held in told if held is not None})
            else:
                metadata[name] = _added(name, metadata.get(name), _values(cells, keys))
    said = {
        id: Said(
            {name: column[id] for name, column in facts.items() if column.get(id)},
            {name: column.get(id) for name, column in labels.items()},
            {name: column[id] for name, (_, column) in metadata.items() if id in column},
        )
        for id in ids
    }
    listed = tuple(Item(i.id, i.path, said[i.id], i.fs, i.unit, i.held) for i in items)
    return Listing(source, listed, tuple(labels), {name: kind for name, (kind, _) in metadata.items()}, unused)


def _own(key: str, ids: Set[str]) -> str:
    """The id that a key means: itself, or the file's name without ending, with its folders or without."""
    path = Path(key.replace("\\", "/")).with_suffix("") if key else Path()
    return next((name for name in (key, path.as_posix(), path.name) if name in ids), key)


def _added(
    name: str, before: tuple[Kind, dict[str, str | float]] | None, new: tuple[Kind, dict[str, str | float]]
) -> tuple[Kind, dict[str, str | float]]:
    """A column of metadata with what another table says in it."""
    if before is not None and before[0] != new[0]:
        raise MalformedTable(f"{name:.60}: one table holds numbers in this column and another one text. Rename one.")
    return new[0], {**(before[1] if before else {}), **new[1]}


def _key_of(table: pd.DataFrame) -> str:
    for name in _ID:
        if name in table.columns:
            return name
    raise MalformedTable(
        f"the table of labels needs a column that names the recordings ({', '.join(_ID)}); found "
        f"{', '.join(map(str, table.columns[:6]))}. Add one."
    )


def _is_label(cells: pd.Series) -> bool:
    values = set(cells) - {""}
    return bool(values) and values <= {"0", "1", "0.0", "1.0"}


def _answers(name: str, cells: pd.Series, keys: Sequence[str]) -> Iterator[bool | None]:
    numbers = pd.to_numeric(cells.replace("", "nan"), errors="coerce").to_numpy(np.float64)
    wrong = np.flatnonzero((cells != "").to_numpy() & ~np.isin(numbers, (0.0, 1.0)))
    if len(wrong):
        raise MalformedTable(
            f"{name} of recording {keys[wrong[0]]} must be 1, 0 or blank. Got {cells.iloc[wrong[0]][:20]!r}. "
            "Correct the cell, or rename the column if it is no label."
        )
    return (None if np.isnan(value) else bool(value) for value in numbers)


def _values(cells: pd.Series, keys: Sequence[str]) -> tuple[Kind, dict[str, str | float]]:
    numbers = pd.to_numeric(cells.replace("", "nan"), errors="coerce").to_numpy(np.float64)
    filled = (cells != "").to_numpy()
    if filled.any() and np.isfinite(numbers[filled]).all():
        return "number", {key: float(value) for key, value, full in zip(keys, numbers, filled, strict=True) if full}
    return "text", {key: str(cell) for key, cell in zip(keys, cells, strict=True) if cell}


def sex(said: Said, record: Record) -> str | None:
    """From the table, else from the file."""
    return sex_of(said.facts.get("sex", "")) or record.meta.sex


def age(said: Said, record: Record) -> float | None:
    """From the table, else from the file."""
    stated = number(said.facts.get("age", ""))
    return record.meta.age if stated is None else stated
