"""A file that a table names -> its recording."""

from __future__ import annotations

from pathlib import Path

from ecgfm_core.errors import FactsNeeded, IncompleteUpload, MalformedTable
from ecgfm_core.records.packed import read_packed
from ecgfm_core.records.read import read_record
from ecgfm_core.types import Record


def read_listed(path: Path, fs: float | None, unit: str | None) -> Record:
    """Read what a table names: a WFDB record without extension, any file, or `file.xz#i`, entry i of a packed array.

    Args:
        path: of the recording.
        fs: Hz, where the file states no rate.
        unit: where the file states no unit.

    Raises:
        IncompleteUpload: the file is absent.
        MalformedTable: the table does not say what the file does not say either.
        RecordError: the file cannot be read.
    """
    name, _, entry = path.name.partition("#")
    whole = path.with_name(name)
    header = whole.with_name(whole.name + ".hea")
    source = header if header.is_file() else whole
    if not source.is_file():
        raise IncompleteUpload(f"{path.name}: the table names this file; it is absent. Add it, or remove its line.")
    if not entry:
        try:
            return read_record(source, fs=fs, unit=unit)
        except FactsNeeded as error:
            lacking = {"fs": "fs_hz", "unit": "unit", "leads": "names of its leads"}
            raise MalformedTable(
                f"{path.name}: the file does not state {', '.join(lacking[fact] for fact in error.facts)}. "
                "Put fs_hz and unit into the table; leads must be named in the file."
            ) from error
    if not entry.isdigit() or fs is None:
        raise MalformedTable(f"{path.name}: a packed array needs the number of an entry and fs_hz. Correct the line.")
    return read_packed(whole, int(entry), fs, path.name)
