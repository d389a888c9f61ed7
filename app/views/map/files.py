"""Recordings of a cohort as files, made when they are asked for."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from ecgfm_core.analysis import Cohort
    from ecgfm_core.types import Record

_LARGEST = 32767


def as_csv(table: Callable[[], pd.DataFrame]) -> bytes:
    """The table as text; blank = not known."""
    return table().to_csv(index=False).encode()


def as_parquet(table: Callable[[], pd.DataFrame]) -> bytes:
    """The table with its types."""
    content = io.BytesIO()
    table().to_parquet(content, index=False)
    return content.getvalue()


def as_wfdb(cohort: Cohort, rows: Sequence[int]) -> bytes:
    """A zip of WFDB records and a table that names them; the records are numbered, for an id may be no file name."""
    content = io.BytesIO()
    names = {}
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, row in enumerate(rows, 1):
            id = cohort.ids[row]
            names[id] = f"record{number:04d}"
            header, samples = wfdb_files(cohort.record(id), names[id])
            archive.writestr(f"{names[id]}.hea", header)
            archive.writestr(f"{names[id]}.dat", samples)
        table = cohort.table.iloc[list(rows)]
        table = table.rename(columns={"id": "record_id"}).assign(path=[names[id] for id in table["id"]])
        kept = [name for name in table.columns if not name.startswith("p:")]
        archive.writestr("records.csv", table[kept].to_csv(index=False))
    return content.getvalue()


def wfdb_files(record: Record, name: str) -> tuple[str, bytes]:
    """Header and 16-bit samples, at the finest step of 1 uV or more that holds them all.

    A recording whose unit is not known says NU (no units), as the format has it.
    """
    peak = max(float(np.abs(record.signal).max()), 1e-9)
    gain = min(1000.0, _LARGEST / peak) if record.unit == "mV" else _LARGEST / peak
    counts = np.rint(record.signal * gain).astype("<i2")
    lines = [f"{name} {len(record.leads)} {record.fs:g} {counts.shape[1]}"]
    for lead, row in zip(record.leads, counts, strict=True):
        checksum = int(row.sum(dtype=np.int64).astype(np.int16))
        lines.append(f"{name}.dat 16 {gain:.9g}(0)/{record.unit or 'NU'} 16 0 {row[0]} {checksum} 0 {lead}")
    return "\n".join(lines) + "\n", counts.T.tobytes()
