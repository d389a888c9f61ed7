"""Making a cohort, or going on with one: batches of recordings, added whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from lancedb.table import Table

from ecgfm_core.analysis.cohort import access, layout, vectors
from ecgfm_core.analysis.cohort.description import (
    FILE,
    Description,
    EncoderFacts,
    is_unfinished,
    load_description,
    save_description,
)
from ecgfm_core.analysis.cohort.failures import Failure, add_failures, clear_failures
from ecgfm_core.analysis.cohort.layout import Entry
from ecgfm_core.errors import CohortInvalid, CohortMismatch
from ecgfm_core.types import FloatArray

__all__ = ["CohortWriter", "Entry", "create_cohort"]


@contextmanager
def create_cohort(folder: Path, description: Description) -> Iterator[CohortWriter]:
    """Make a cohort in an empty folder, or go on with one of the same source, seed and columns.

    Raises:
        CohortMismatch: the folder holds a cohort of another source, seed, encoder or of other columns; or two columns
            would have one name.
        CohortInvalid: the folder holds something else.
        CohortUnwritable: the folder cannot be written, or another process is writing it.
    """
    layout.require_names(description.labels, description.metadata)
    with access.storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        held = {path.name for path in folder.iterdir()}
    begun = {access.LOCK, layout.table_path(folder, layout.TABLE).name}
    strange = {name for name in held - begun if not is_unfinished(name, FILE)}
    if FILE not in held and strange:
        message = f"{folder.name}: the folder holds other files ({min(strange)}) and no cohort. Name an empty folder."
        raise CohortInvalid(message)
    with access.alone(folder):
        if (folder / FILE).exists():  # asked only now: another process may just have made it
            found = load_description(folder)
            _require_same(folder, found, description)
            description = found
        else:
            access.create_table(folder, layout.TABLE, layout.schema(description.labels, description.metadata))
            with access.storing(folder):
                save_description(folder, description)
        yield _writer(folder, description)


@contextmanager
def extend_cohort(folder: Path, encoder: EncoderFacts) -> Iterator[CohortWriter]:
    """Go on with a cohort by another encoder; it is named in the description from the start.

    Raises:
        CohortInvalid: the folder holds no cohort.
        CohortUnwritable: the folder cannot be written, or another process is writing it.
    """
    load_description(folder)
    with access.alone(folder):
        description = load_description(folder)  # as the last writer left it
        if encoder.fingerprint not in [one.fingerprint for one in description.encoders]:
            description = replace(description, encoders=(*description.encoders, encoder))
            with access.storing(folder):
                save_description(folder, description)
        yield _writer(folder, description)


def _writer(folder: Path, description: Description) -> CohortWriter:
    table = access.open_table(folder, layout.TABLE)
    if table is None:
        raise CohortInvalid(f"{folder.name}: the cohort's table is absent. Make the cohort again in another folder.")
    with access.storing(folder):
        clear_failures(folder)
    return CohortWriter(folder, description, table)


class Stated(NamedTuple):
    """Patient and [C] labels of a recording, as its source says; None = not stated."""

    patient: str
    labels: tuple[object, ...]


class CohortWriter:
    """The one writer of a cohort.

    Attributes:
        description: what holds for all of it.
        ids: of the recordings that are there.
        id_of: id of each recording that is there, by digest.
        said: patient and labels of each recording that is there, by id.
    """

    def __init__(self, folder: Path, description: Description, table: Table) -> None:
        """Keep the handle; `create_cohort` makes it."""
        self.description = description
        self._folder = folder
        self._labels = description.labels
        self._table = table
        columns = ["id", "digest", "patient_id", *(layout.label_column(label) for label in self._labels)]
        found = access.read_columns(folder, table, columns)
        stated = zip(*(found[column].to_pylist() for column in columns[2:]), strict=True)
        ids = found["id"].to_pylist()
        self.said = {id: Stated(patient, tuple(labels)) for id, (patient, *labels) in zip(ids, stated, strict=True)}
        self._embedded: dict[str, set[str]] = {}
        self.ids = set(self.said)
        self.id_of = dict(zip(found["digest"].to_pylist(), ids, strict=True))

    def require_same(self, id: str, stated: Stated) -> None:
        """Refuse a source that says something else of a recording than when it was stored.

        Raises:
            CohortMismatch: patient or labels differ.
        """
        if self.said[id] != stated:
            raise CohortMismatch(
                f"{self._folder.name}: the source now states another patient or other labels for the recording {id}. "
                "Name another folder."
            )

    def stated(self, row: Mapping[str, object]) -> Stated:
        """What a packed recording is said to be."""
        return Stated(str(row["patient_id"]), tuple(row[layout.label_column(label)] for label in self._labels))

    def pack(self, entry: Entry) -> dict[str, object]:
        """A recording as a row; costs most of the time, and may be called side by side.

        Raises:
            MissingLeads: a lead is absent and cannot be derived.
        """
        return layout.to_row(entry, self._labels, self.description.metadata)

    def add(self, rows: Sequence[dict[str, object]], failures: Sequence[Failure]) -> None:
        """Add a batch: rows, all or none, and the recordings that failed beside them.

        Raises:
            CohortMismatch: two recordings would have one id.
            CohortUnwritable: the folder cannot be written, or the disk is full.
        """
        ids = [str(row["id"]) for row in rows]
        if len({*ids} - self.ids) < len(ids):
            twice = next(id for id in ids if id in self.ids or ids.count(id) > 1)
            raise CohortMismatch(f"{twice}: the cohort would hold two recordings of this id. Give each its own.")
        if rows:
            access.add(self._folder, self._table, pa.Table.from_pylist(list(rows), schema=self._table.schema))
            self.ids.update(ids)
            self.said.update({id: self.stated(row) for id, row in zip(ids, rows, strict=True)})
            self.id_of.update({str(row["digest"]): id for row, id in zip(rows, ids, strict=True)})
        if failures:
            with access.storing(self._folder):
                add_failures(self._folder, failures)

    def embedded(self, fingerprint: str) -> set[str]:
        """Ids of the recordings that an encoder has embedded."""
        if fingerprint not in self._embedded:
            self._embedded[fingerprint] = set(vectors.load_ids(self._folder, fingerprint))
        return self._embedded[fingerprint]

    def add_embeddings(
        self, fingerprint: str, ids: Sequence[str], pooled: Sequence[FloatArray], logits: Sequence[FloatArray] | None
    ) -> int:
        """Add what an encoder made of recordings that are there: [W, D] and [W, C] of each; returns how many are new.

        Raises:
            CohortMismatch: D differs from what is there.
            CohortUnwritable: the folder cannot be written, or the disk is full.
        """
        known = self.embedded(fingerprint)
        return vectors.append_embeddings(self._folder, fingerprint, ids, pooled, logits, known)


def _require_same(folder: Path, found: Description, asked: Description) -> None:
    """Refuse to mix two sources, two splits, two encoders or two sets of columns in one table."""
    for name in ("source", "seed"):
        if getattr(found, name) != getattr(asked, name):
            raise CohortMismatch(
                f"{folder.name}: the cohort was prepared with {name} {getattr(found, name)}; "
                f"{getattr(asked, name)} was asked for. Name another folder."
            )
    if asked.encoders and [e.fingerprint for e in asked.encoders] != [e.fingerprint for e in found.encoders[:1]]:
        built = found.encoders[0].fingerprint[:8] if found.encoders else "none"
        raise CohortMismatch(
            f"{folder.name}: the cohort was embedded by the encoder {built}, and {asked.encoders[0].fingerprint[:8]} "
            "is asked for; distances between them mean nothing. Name another folder, or name the cohort as input and "
            "output to embed its own recordings by the other encoder too."
        )
    if found.labels != asked.labels:
        odd = sorted(set(found.labels) ^ set(asked.labels)) or ["their order"]
        raise CohortMismatch(
            f"{folder.name}: the cohort has other labels than were asked for ({len(found.labels)} and "
            f"{len(asked.labels)}; first difference: {odd[0]}). Name another folder."
        )
    if dict(found.metadata) != dict(asked.metadata):
        raise CohortMismatch(f"{folder.name}: the cohort has other columns of metadata. Name another folder.")
