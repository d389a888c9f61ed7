"""Making a cohort, or going on with one: batches of recordings, added whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from lancedb.table import Table

from ecgfm_core.analysis.cohort import access, layout
from ecgfm_core.analysis.cohort.description import FILE, Description, load_description, save_description
from ecgfm_core.analysis.cohort.failures import Failure, add_failures, clear_failures
from ecgfm_core.analysis.cohort.layout import Entry
from ecgfm_core.errors import CohortInvalid, CohortMismatch

__all__ = ["CohortWriter", "Entry", "create_cohort"]


@contextmanager
def create_cohort(folder: Path, labels: Sequence[str], *, source: str, seed: int) -> Iterator[CohortWriter]:
    """Make a cohort in an empty folder, or go on with one of the same labels, source and seed.

    Raises:
        CohortMismatch: the folder holds a cohort of other labels, source or seed.
        CohortInvalid: the folder holds something else.
        CohortUnwritable: the folder cannot be written, or another process is writing it.
    """
    description = Description(tuple(labels), source, seed)
    with access.storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        held = {path.name for path in folder.iterdir()}
    strange = held - {access.LOCK, layout.table_path(folder, layout.TABLE).name}
    begun = (folder / FILE).exists()
    if not begun and strange - {f"{FILE}.part"}:
        message = f"{folder.name}: the folder holds other files ({min(strange)}) and no cohort. Name an empty folder."
        raise CohortInvalid(message)
    with access.alone(folder):
        if begun:
            _require_same(folder, load_description(folder), description)
        else:
            access.create_table(folder, layout.TABLE, layout.schema(description.labels))
            with access.storing(folder):
                save_description(folder, description)
        table = access.open_table(folder, layout.TABLE)
        if table is None:
            raise CohortInvalid(f"{folder.name}: the cohort's table is absent. Prepare the cohort into another folder.")
        with access.storing(folder):
            clear_failures(folder)
        yield CohortWriter(folder, description, table)


class CohortWriter:
    """The one writer of a cohort.

    Attributes:
        ids: of the recordings that are there.
    """

    def __init__(self, folder: Path, description: Description, table: Table) -> None:
        """Keep the handle; `create_cohort` makes it."""
        self._folder = folder
        self._labels = description.labels
        self._table = table
        columns = ["id", "patient", *(layout.label_column(label) for label in self._labels)]
        found = access.read_columns(folder, table, columns)
        said = zip(*(found[column].to_pylist() for column in columns[1:]), strict=True)
        self._said = dict(zip(found["id"].to_pylist(), said, strict=True))
        self.ids = set(self._said)

    def require_same(self, id: str, patient: str, labels: Mapping[str, bool | None]) -> None:
        """Refuse a source that says something else of a recording than when it was stored.

        Raises:
            CohortMismatch: patient or labels differ.
        """
        if self._said[id] != (patient, *(labels.get(label) for label in self._labels)):
            raise CohortMismatch(
                f"{self._folder.name}: the source now states another patient or other labels for the recording {id}. "
                "Prepare it into another folder."
            )

    def pack(self, entry: Entry) -> dict[str, object]:
        """A recording as a row; costs most of the time, and may be called side by side.

        Raises:
            MissingLeads: a lead is absent and cannot be derived.
        """
        return layout.to_row(entry, self._labels)

    def add(self, rows: Sequence[dict[str, object]], failures: Sequence[Failure]) -> None:
        """Add a batch: rows, all or none, and the recordings that failed beside them.

        Raises:
            CohortUnwritable: the folder cannot be written, or the disk is full.
        """
        if rows:
            access.add(self._folder, self._table, rows)
            self.ids.update(str(row["id"]) for row in rows)
        if failures:
            with access.storing(self._folder):
                add_failures(self._folder, failures)


def _require_same(folder: Path, found: Description, asked: Description) -> None:
    """Refuse to mix two sources, two splits or two sets of labels in one table."""
    for name in ("source", "seed"):
        if getattr(found, name) != getattr(asked, name):
            raise CohortMismatch(
                f"{folder.name}: the cohort was prepared with {name} {getattr(found, name)}; "
                f"{getattr(asked, name)} was asked for. Name another folder."
            )
    if found.labels != asked.labels:
        odd = sorted(set(found.labels) ^ set(asked.labels)) or ["their order"]
        raise CohortMismatch(
            f"{folder.name}: the cohort has other labels than were asked for ({len(found.labels)} and "
            f"{len(asked.labels)}; first difference: {odd[0]}). Name another folder."
        )
