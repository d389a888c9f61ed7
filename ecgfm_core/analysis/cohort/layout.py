"""The columns of a cohort's table: one row a recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from ecgfm_core.analysis.cohort.codec import Packed, pack, unpack
from ecgfm_core.leads import LEADS, arrange
from ecgfm_core.types import Meta, Record

TABLE = "recordings"
LABEL = "label:"
"""Begins the name of every label column."""

FACTS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("patient", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("age", pa.float32()),
        pa.field("sex", pa.string()),
        pa.field("stated", pa.string(), nullable=False),
    ]
)
SIGNAL = pa.schema(
    [
        pa.field("fs", pa.float64(), nullable=False),
        pa.field("unit", pa.string()),
        pa.field("n_samples", pa.int32(), nullable=False),
        pa.field("counts_per_unit", pa.float64(), nullable=False),
        pa.field("digest", pa.string(), nullable=False),
        pa.field("signal", pa.large_binary(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One recording on its way into a cohort.

    Attributes:
        id: unique in the cohort.
        source: database it comes from.
        patient: whose recording it is; no patient is in two splits.
        split: "train", "valid" or "test".
        age: years, or None.
        sex: "F", "M" or None.
        stated: the source's own words or codes.
        labels: holds, does not hold, or None where the source does not say; absent = None.
        record: the signal.
    """

    id: str
    source: str
    patient: str
    split: str
    age: float | None
    sex: str | None
    stated: str
    labels: Mapping[str, bool | None]
    record: Record


def schema(labels: Sequence[str]) -> pa.Schema:
    """All columns of a cohort with these labels."""
    return pa.schema([*FACTS, *(pa.field(label_column(label), pa.bool_()) for label in labels), *SIGNAL])


def label_column(label: str) -> str:
    """Name of a label's column; characters that the store reserves are written as in an address."""
    return LABEL + label.replace("%", "%25").replace(".", "%2E").replace("`", "%60")


def to_row(entry: Entry, labels: Sequence[str]) -> dict[str, object]:
    """Pack one recording.

    Its leads are put in standard order; the digest is that of the recording as the cohort gives it back.

    Raises:
        MissingLeads: a lead is absent and cannot be derived.
    """
    record = entry.record
    signal, _ = arrange(record.signal, record.leads, one_scale=record.unit is not None, name=entry.id)
    packed = pack(signal.astype(np.float32, copy=False))
    row: dict[str, object] = {name: getattr(entry, name) for name in FACTS.names}
    row |= {label_column(label): entry.labels.get(label) for label in labels}
    row |= {"fs": record.fs, "unit": record.unit, "n_samples": packed.samples}
    row |= {"counts_per_unit": packed.counts_per_unit, "signal": packed.content}
    return row | {"digest": to_record(row).digest}


def to_record(row: Mapping[str, object]) -> Record:
    """Unpack one recording: twelve leads in standard order."""
    packed = Packed(row["signal"], row["n_samples"], row["counts_per_unit"])  # type: ignore[arg-type]
    stated = str(row["stated"])
    meta = Meta(
        format="cohort",
        unit_source="unknown" if row["unit"] is None else "stated in the source",
        age=row["age"],  # type: ignore[arg-type]
        sex=row["sex"],  # type: ignore[arg-type]
        statements=(stated,) if stated else (),
    )
    return Record(unpack(packed), float(row["fs"]), LEADS, row["unit"], str(row["id"]), meta)  # type: ignore[arg-type]


def vectors_table(fingerprint: str) -> str:
    """Name of the table of one encoder's embeddings."""
    return f"embeddings-{fingerprint[:16]}"


def table_path(folder: Path, name: str) -> Path:
    """Where the store keeps a table."""
    return folder / f"{name}.lance"
