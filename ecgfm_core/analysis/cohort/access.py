"""The store beneath a cohort: tables of LanceDB in one folder, one writer at a time.

A table handle is a snapshot: readers see the batches that were complete when they opened it. A batch is added
whole or not at all, so a killed writer leaves the last complete one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import lancedb
import numpy as np
import pyarrow as pa
from filelock import FileLock, Timeout
from lancedb.table import Table

from ecgfm_core.analysis.cohort.layout import table_path
from ecgfm_core.errors import CohortInvalid, CohortUnwritable

LOCK = "writer.lock"
_OFFSET = "_rowoffset"


def open_table(folder: Path, name: str) -> Table | None:
    """A snapshot of a table, or None where it is absent, or a killed writer had not finished making it.

    Raises:
        CohortInvalid: the table is damaged.
    """
    path = table_path(folder, name)
    if not any((path / "_versions").glob("*.manifest")) and not any((path / "data").glob("*")):
        return None
    with _reading(folder):
        return lancedb.connect(folder).open_table(name)


def create_table(folder: Path, name: str, schema: pa.Schema) -> Table:
    """An empty table in place of what a killed writer may have begun.

    Raises:
        CohortUnwritable: the folder cannot be written.
    """
    with storing(folder):
        mode = "overwrite" if table_path(folder, name).exists() else "create"
        return lancedb.connect(folder).create_table(name, schema=schema, mode=mode)


def add(folder: Path, table: Table, rows: pa.Table) -> None:
    """Add rows, all or none.

    Raises:
        CohortUnwritable: the folder cannot be written, or the disk is full.
    """
    with storing(folder):
        table.add(rows)


def read_columns(folder: Path, table: Table, columns: Sequence[str]) -> pa.Table:
    """Some columns of all rows, in order.

    Raises:
        CohortInvalid: a part of the table is absent or damaged.
    """
    with _reading(folder):
        return table.search().select(list(columns)).to_arrow()


def read_batches(folder: Path, table: Table, column: str) -> Iterator[pa.Array]:
    """One column of all rows, in order, a piece at a time.

    Raises:
        CohortInvalid: a part of the table is absent or damaged.
    """
    with _reading(folder):
        for batch in table.search().select([column]).to_batches():
            yield batch[column]


def read_rows(folder: Path, table: Table, rows: Sequence[int], columns: Sequence[str]) -> list[dict[str, object]]:
    """Some columns of some rows, by place, in the order asked for; a place may occur twice.

    Raises:
        IndexError: there is no such row.
        CohortInvalid: a part of the table is absent or damaged.
    """
    places = np.unique(np.asarray(rows, np.int64))
    count = table.count_rows()
    if len(places) and not 0 <= places[0] <= places[-1] < count:
        raise IndexError(f"rows must be between 0 and {count - 1}. Got {places[0]} to {places[-1]}.")
    with _reading(folder):
        found = table.take_offsets(places.tolist()).select([*columns, _OFFSET]).to_arrow()
    by_place = {row.pop(_OFFSET): row for row in found.to_pylist()}  # the store gives them in an order of its own
    return [by_place[int(row)] for row in rows]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the one writer of a folder; the lock of a killed process is free at once.

    Raises:
        CohortUnwritable: another process is writing, or the folder cannot be written.
    """
    lock = FileLock(folder / LOCK)
    try:
        with storing(folder):
            lock.acquire(timeout=0)
    except Timeout as error:
        message = f"{folder.name}: another process is writing this cohort. Wait for it, or stop it."
        raise CohortUnwritable(message) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def storing(folder: Path) -> Iterator[None]:
    """Say in one sentence that the folder cannot be written.

    Raises:
        CohortUnwritable: in place of what the system or the store says.
    """
    try:
        yield
    except Timeout:
        raise
    except (OSError, RuntimeError, ValueError) as error:
        message = f"{folder.name}: the cohort cannot be written ({_reason(error)})."
        raise CohortUnwritable(f"{message} Choose a folder with room and permission.") from error


def _reason(error: Exception) -> str:
    """What the system said, without the paths that the store puts round it."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    number = re.search(r"os error (\d+)", str(error))
    return os.strerror(int(number[1])) if number else "the store refuses it"


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        message = f"{folder.name}: a part of the cohort is absent or damaged. Restore it, or prepare it again."
        raise CohortInvalid(message) from error
