"""What encoders made of a cohort: one table an encoder, one row a recording, every window kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
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


def open_vectors(folder: Path, fingerprint: str) -> Table | None:
    """A snapshot of what an encoder made of a cohort; None before anything.

    Raises:
        CohortMismatch: that is no fingerprint.
    """
    return access.open_table(folder, _name(folder, fingerprint))


def read_ids(folder: Path, table: Table) -> tuple[str, ...]:
    """Ids of a snapshot's rows, in the order in which they were added."""
    return tuple(access.read_columns(folder, table, ["id"])["id"].to_pylist())


def read_vectors(folder: Path, table: Table) -> FloatArray:
    """[N, D] of a snapshot's rows: the mean over the windows of each."""
    vectors = np.empty((table.count_rows(), _width(table)), np.float32)  # filled piece by piece: never there twice
    end = 0
    for piece in access.read_batches(folder, table, "vector"):
        start, end = end, end + len(piece)
        vectors[start:end] = piece.flatten().to_numpy(zero_copy_only=False).reshape(-1, _width(table))
    vectors.flags.writeable = False
    return vectors


def load_embeddings(folder: Path, fingerprint: str) -> Embeddings | None:
    """All recordings that an encoder has embedded, in the order in which they were added; None before any."""
    table = open_vectors(folder, fingerprint)
    return None if table is None else Embeddings(read_ids(folder, table), read_vectors(folder, table))


def read_windows(folder: Path, table: Table, rows: Sequence[int]) -> list[WindowValues]:
    """Embeddings and logits of each window, for some rows of a snapshot."""
    width = _width(table)
    return [_window_values(row, width) for row in access.read_rows(folder, table, rows, ["pooled", "logits"])]


def load_ids(folder: Path, fingerprint: str) -> frozenset[str]:
    """Which recordings an encoder has embedded."""
    table = open_vectors(folder, fingerprint)
    return frozenset() if table is None else frozenset(read_ids(folder, table))


class Logits(NamedTuple):
    """Logits of N recordings, one after another: `flat` [sum of W, C], and `counts` [N] the windows of each."""

    flat: FloatArray
    counts: npt.NDArray[np.int64]


def read_logits(folder: Path, table: Table, labels: int) -> Logits:
    """Logits of every row of a snapshot, of an encoder with so many labels, 1 at least.

    Raises:
        CohortMismatch: they are those of another number of labels.
    """
    lists = access.read_columns(folder, table, ["logits"])["logits"].combine_chunks()
    sizes = lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    if not sizes.all() or (sizes % labels).any():
        message = f"{folder.name}: the stored logits are not those of an encoder with {labels} labels. Embed it again."
        raise CohortMismatch(message)
    flat: FloatArray = lists.flatten().to_numpy(zero_copy_only=False).reshape(-1, labels)
    return Logits(flat, sizes // labels)


def load_logits(folder: Path, fingerprint: str, labels: int) -> dict[str, FloatArray]:
    """[W, C] of every recording that an encoder with this many labels has embedded, by id."""
    table = open_vectors(folder, fingerprint)
    if table is None:
        return {}
    flat, counts = read_logits(folder, table, labels)
    return dict(zip(read_ids(folder, table), np.split(flat, np.cumsum(counts)[:-1].astype(int)), strict=True))


def append_embeddings(
    folder: Path,
    fingerprint: str,
    ids: Sequence[str],
    pooled: Sequence[FloatArray],
    logits: Sequence[FloatArray] | None,
    known: set[str],
) -> int:
    """Add recordings, all or none; those in `known` are passed over, the others join it. Returns how many were added.

    The caller is the cohort's one writer (`access.alone`).
    """
    name = _name(folder, fingerprint)
    first = {id: row for row, id in reversed([*enumerate(ids)])}  # an id may occur twice
    rows = sorted(row for id, row in first.items() if id not in known)
    if not rows:
        return 0
    table = access.open_table(folder, name)
    if table is None:
        table = access.create_table(folder, name, _schema(pooled[rows[0]].shape[1]))
    for row in rows:
        _require_fits(ids[row], pooled[row], None if logits is None else logits[row], _width(table))
    logits_of = None if logits is None else [logits[row] for row in rows]
    access.add(
        folder, table, _batch(table.schema, [ids[row] for row in rows], [pooled[row] for row in rows], logits_of)
    )
    known.update(ids[row] for row in rows)
    return len(rows)


def _require_fits(id: str, pooled: FloatArray, logits: FloatArray | None, width: int) -> None:
    """Refuse an embedding of another width, and logits of other windows."""
    if pooled.shape[1] != width:
        raise CohortMismatch(
            f"{id}: an embedding of {pooled.shape[1]} numbers among others of {width}. Embed it again."
        )
    if not len(pooled) or (logits is not None and len(logits) != len(pooled)):
        windows = f"{len(pooled)} windows embedded and {0 if logits is None else len(logits)} with logits"
        raise CohortMismatch(f"{id}: each window needs its embedding and its logits. Got {windows}. Embed it again.")


def _schema(width: int) -> pa.Schema:
    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            pa.field("vector", pa.list_(pa.float32(), width), nullable=False),
            pa.field("pooled", pa.list_(pa.float32()), nullable=False),
            pa.field("logits", pa.list_(pa.float32())),
        ]
    )


def _batch(
    schema: pa.Schema, ids: Sequence[str], pooled: Sequence[FloatArray], logits: Sequence[FloatArray] | None
) -> pa.Table:
    means = np.stack([one.mean(axis=0, dtype=np.float64) for one in pooled]).astype(np.float32)
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(means.ravel()), means.shape[1])
    no_logits = pa.nulls(len(ids), pa.list_(pa.float32()))
    columns = [pa.array(ids, pa.string()), vectors, _lists(pooled), no_logits if logits is None else _lists(logits)]
    return pa.Table.from_arrays(columns, schema=schema)


def _lists(parts: Sequence[FloatArray]) -> pa.ListArray:
    """One list a recording, without a detour over Python numbers."""
    edges = np.concatenate([[0], np.cumsum([part.size for part in parts])]).astype(np.int32)
    values = np.concatenate([part.ravel() for part in parts]).astype(np.float32, copy=False)
    return pa.ListArray.from_arrays(pa.array(edges), pa.array(values))


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
