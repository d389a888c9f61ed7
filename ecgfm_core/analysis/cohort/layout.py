"""The columns of a cohort's table: one row a recording."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa

from ecgfm_core.analysis.cohort.codec import Packed, pack, unpack
from ecgfm_core.errors import CohortInvalid, CohortMismatch
from ecgfm_core.leads import LEADS, arrange
from ecgfm_core.types import FloatArray, Meta, Record

TABLE = "recordings"
LABEL, META = "label:", "meta:"
"""Begin the names of the columns of labels and of further metadata."""
TOLD = "p:"
"""Begins the name of every column of an encoder's probabilities."""
LONGEST_NAME = 200

_DAMAGED = "{}: the samples in the cohort are damaged. Restore the cohort, or make it again."

Kind = Literal["number", "text"]
"""What a column of metadata holds."""
_TYPES: Mapping[Kind, pa.DataType] = {"number": pa.float64(), "text": pa.string()}

FACTS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("patient_id", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("age", pa.float32()),
        pa.field("sex", pa.string()),
        pa.field("stated", pa.string(), nullable=False),
        pa.field("quality", pa.float32()),
        pa.field("verdict", pa.string(), nullable=False),
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
        patient_id: whose recording it is; no patient is in two splits.
        split: "train", "valid" or "test".
        age: years, or None.
        sex: "F", "M" or None.
        stated: the source's own words or codes.
        labels: holds, does not hold, or None where the source does not say; absent = None.
        record: the signal.
        quality: score of the quality, 0..1, or None where it was not examined.
        verdict: why the recording fails the quality gate; empty where it passes or was not examined.
        metadata: further facts by name; absent = not known.
    """

    id: str
    source: str
    patient_id: str
    split: str
    age: float | None
    sex: str | None
    stated: str
    labels: Mapping[str, bool | None]
    record: Record
    quality: float | None = None
    verdict: str = ""
    metadata: Mapping[str, str | float] = field(default_factory=dict)


def schema(labels: Sequence[str], metadata: Mapping[str, Kind]) -> pa.Schema:
    """All columns of a cohort with these labels and further metadata."""
    further = (pa.field(meta_column(name), _TYPES[kind]) for name, kind in metadata.items())
    return pa.schema([*FACTS, *further, *(pa.field(label_column(label), pa.bool_()) for label in labels), *SIGNAL])


def label_column(label: str) -> str:
    """Name of a label's column."""
    return LABEL + _escaped(label)


def meta_column(name: str) -> str:
    """Name of a column of metadata."""
    return META + _escaped(name)


def _escaped(name: str) -> str:
    """Characters that the store reserves, written as in an address."""
    return name.replace("%", "%25").replace(".", "%2E").replace("`", "%60")


def require_names(labels: Sequence[str], metadata: Iterable[str]) -> None:
    """Refuse two columns of one name in a cohort's table, and a name that cannot be shown.

    Raises:
        CohortMismatch: says which.
    """
    taken = set(FACTS.names)
    for name in (*labels, *metadata):
        if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
            raise CohortMismatch(f"the name of a column must be printable text of 1 to {LONGEST_NAME} characters.")
        if name in taken or name.startswith(TOLD):
            raise CohortMismatch(f"{name:.60}: this name of a column is taken in the cohort. Rename the column.")
        taken.add(name)


def to_row(entry: Entry, labels: Sequence[str], metadata: Iterable[str] = ()) -> dict[str, object]:
    """Pack one recording.

    Its leads are put in standard order; the digest is that of the recording as the cohort gives it back.

    Raises:
        MissingLeads: a lead is absent and cannot be derived.
    """
    record = entry.record
    signal, _ = arrange(record.signal, record.leads, one_scale=record.unit is not None, name=entry.id)
    packed = pack(signal.astype(np.float32, copy=False))
    row: dict[str, object] = {name: getattr(entry, name) for name in FACTS.names}
    row |= {meta_column(name): entry.metadata.get(name) for name in metadata}
    row |= {label_column(label): entry.labels.get(label) for label in labels}
    row |= {"fs": record.fs, "unit": record.unit, "n_samples": packed.samples}
    row |= {"counts_per_unit": packed.counts_per_unit, "signal": packed.content}
    return row | {"digest": _record(row).digest}


def to_record(row: Mapping[str, object]) -> Record:
    """Unpack one recording: twelve leads in standard order.

    Raises:
        CohortInvalid: it is not the recording that was stored.
    """
    record = _record(row)
    if record.digest != row["digest"]:
        raise CohortInvalid(_DAMAGED.format(row["id"]))
    return record


def to_signal(row: Mapping[str, object]) -> FloatArray:
    """Unpack the samples alone, [12, S]; they are not compared with the digest.

    Raises:
        CohortInvalid: they cannot be unpacked.
    """
    try:
        return unpack(Packed(row["signal"], row["n_samples"], row["counts_per_unit"]))  # type: ignore[arg-type]
    except (OSError, ValueError) as error:
        raise CohortInvalid(_DAMAGED.format(row["id"])) from error


def _record(row: Mapping[str, object]) -> Record:
    stated = str(row["stated"])
    meta = Meta(
        format="cohort",
        unit_source="unknown" if row["unit"] is None else "stated in the source",
        age=row["age"],  # type: ignore[arg-type]
        sex=row["sex"],  # type: ignore[arg-type]
        statements=(stated,) if stated else (),
    )
    return Record(to_signal(row), float(row["fs"]), LEADS, row["unit"], str(row["id"]), meta)  # type: ignore[arg-type]


def vectors_table(fingerprint: str) -> str:
    """Name of the table of one encoder's embeddings."""
    return f"embeddings-{fingerprint[:16]}"


def table_path(folder: Path, name: str) -> Path:
    """Where the store keeps a table."""
    return folder / f"{name}.lance"
