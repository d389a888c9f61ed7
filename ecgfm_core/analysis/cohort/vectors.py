"""What encoders made of a cohort: one table an encoder, one row a recording, every window kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from lancedb.table import Table

from ecgfm_core.analysis.cohort import access
from ecgfm_core.analysis.cohort.layout import vectors_table
from ecgfm_core.errors import CohortMismatch
from ecgfm_core.types import FloatArray


class Embeddings(NamedTuple):
    """Ids, and [N, D] the mean over the windows of each."""

    ids: tuple[str, ...]
    vectors: FloatArray


class WindowValues(NamedTuple):
    """Of one recording: [W, D] embeddings, and [W, C] logits or None."""

    pooled: FloatArray
    logits: FloatArray | None


def load_embeddings(folder: Path, fingerprint: str) -> Embeddings | None:
    """All recordings that an encoder has embedded, in the order in which they were added; None before any."""
    table = access.open_table(folder, _name(folder, fingerprint))
    if table is None:
        return None
    found = access.read_columns(folder, table, ["id", "vector"])
    flat = found["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    vectors = flat.reshape(-1, _width(table))
    vectors.flags.writeable = False
    return Embeddings(tuple(found["id"].to_pylist()), vectors)


def load_windows(folder: Path, fingerprint: str, rows: Sequence[int]) -> list[WindowValues]:
    """Embeddings and logits of each window, for some rows of `load_embeddings`."""
    table = access.open_table(folder, _name(folder, fingerprint))
    if table is None:
        raise CohortMismatch(f"{folder.name}: encoder {fingerprint[:8]} has embedded nothing here. Embed it first.")
    width = _width(table)
    return [_window_values(row, width) for row in access.read_rows(folder, table, rows, ["pooled", "logits"])]


def load_ids(folder: Path, fingerprint: str) -> frozenset[str]:
    """Which recordings an encoder has embedded."""
    table = access.open_table(folder, _name(folder, fingerprint))
    return frozenset() if table is None else frozenset(access.read_columns(folder, table, ["id"])["id"].to_pylist())


def load_logits(folder: Path, fingerprint: str, labels: int) -> dict[str, FloatArray]:
    """[W, C] of every recording that an encoder with this many labels has embedded, by id."""
    table = access.open_table(folder, _name(folder, fingerprint))
    if table is None:
        return {}
    found = access.read_columns(folder, table, ["id", "logits"])
    lists = found["logits"].combine_chunks()
    flat = lists.flatten().to_numpy(zero_copy_only=False)
    edges = np.concatenate([[0], lists.value_lengths().fill_null(0).to_numpy().cumsum()])
    rows = zip(found["id"].to_pylist(), edges[:-1], edges[1:], strict=True)
    return {id: flat[first:last].reshape(-1, labels) for id, first, last in rows}


def append_embeddings(
    folder: Path,
    fingerprint: str,
    ids: Sequence[str],
    pooled: Sequence[FloatArray],
    logits: Sequence[FloatArray] | None,
) -> int:
    """Add recordings, all or none; ids that are there are passed over. Returns how many were added."""
    name = _name(folder, fingerprint)
    with access.alone(folder):
        table = access.open_table(folder, name)
        if table is None:
            table = access.create_table(folder, name, _schema(pooled[0].shape[1]))
        width = _width(table)
        known = set(access.read_columns(folder, table, ["id"])["id"].to_pylist())
        rows: list[dict[str, object]] = []
        for i, id in enumerate(ids):
            if pooled[i].shape[1] != width:
                message = f"{id}: an embedding of {pooled[i].shape[1]} numbers among others of {width}. Embed it again."
                raise CohortMismatch(message)
            if id not in known:
                known.add(id)
                rows.append(_row(id, pooled[i], None if logits is None else logits[i]))
        if rows:
            access.add(folder, table, rows)
    return len(rows)


def _schema(width: int) -> pa.Schema:
    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            pa.field("vector", pa.list_(pa.float32(), width), nullable=False),
            pa.field("pooled", pa.list_(pa.float32()), nullable=False),
            pa.field("logits", pa.list_(pa.float32())),
        ]
    )


def _row(id: str, pooled: FloatArray, logits: FloatArray | None) -> dict[str, object]:
    vector = pooled.mean(axis=0, dtype=np.float64).astype(np.float32)
    return {
        "id": id,
        "vector": vector.tolist(),
        "pooled": pooled.ravel().tolist(),
        "logits": None if logits is None else logits.ravel().tolist(),
    }


def _window_values(row: dict[str, object], width: int) -> WindowValues:
    pooled = np.array(row["pooled"], np.float32).reshape(-1, width)
    logits = None if row["logits"] is None else np.array(row["logits"], np.float32).reshape(len(pooled), -1)
    return WindowValues(pooled, logits)


def _width(table: Table) -> int:
    return int(table.schema.field("vector").type.list_size)


def _name(folder: Path, fingerprint: str) -> str:
    """Name of an encoder's table, and never of anything else: a name becomes a path."""
    if not re.fullmatch(r"[0-9a-f]{8,64}", fingerprint):
        message = f"{folder.name}: a fingerprint must be 8 to 64 hexadecimal digits. Got {fingerprint[:20]!r}."
        raise CohortMismatch(message)
    return vectors_table(fingerprint)
