"""A raw download -> a cohort, recording by recording; what is there already is passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ecgfm_core.analysis.building.tables import split_of
from ecgfm_core.analysis.cohort import CohortWriter, Description, Entry, Failure, Stated, create_cohort
from ecgfm_core.errors import EcgfmError, UnknownLayout
from ecgfm_core.signal.windows import preprocess
from ecgfm_core.training.sources import cinc, code15, folder, mimic, ptbxl
from ecgfm_core.training.sources.listing import Item, Listing

SOURCES: dict[str, Callable[[Path], Listing]] = {
    mimic.NAME: mimic.list_mimic,
    cinc.NAME: cinc.list_cinc,
    code15.NAME: code15.list_code15,
    ptbxl.NAME: ptbxl.list_ptbxl,
    folder.NAME: folder.list_folder,
}
"""How each source is read, by the name that `prepare` takes."""

BATCH = 512
"""Recordings that are written at once; a kill loses at most so many."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What became of a run.

    Attributes:
        store: folder of the cohort.
        added: recordings written by this run.
        present: recordings that were there before.
        failed: recordings that could not be taken in; `Cohort.errors` says why.
        total: recordings of the source.
    """

    store: Path
    added: int
    present: int
    failed: int
    total: int

    @property
    def finished(self) -> bool:
        """Whether every recording was looked at; a run that was canceled goes on when it is started again."""
        return self.added + self.present + self.failed == self.total


def prepare(
    source: str,
    raw: Path,
    store: Path,
    *,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
    cancel: Callable[[], bool] = lambda: False,
) -> Prepared:
    """Read a raw download into a cohort, or go on with one that was begun.

    Args:
        source: one of `SOURCES`.
        raw: folder of the download, as the publisher lays it out.
        store: folder of the cohort, made where absent.
        seed: of the split by patient, where the publisher makes none.
        progress: called after each recording with (recordings done, of how many).
        cancel: asked before each recording; True ends the run, and what was read is kept.

    Raises:
        SourceError: the raw folder or one of its tables is not what the publisher hands out.
        RecordError: a file that holds many recordings is cut short.
        CohortError: the store cannot be written, or is the cohort of something else.
    """
    if source not in SOURCES:
        raise UnknownLayout(f"{source}: no such source. Choose one of {', '.join(SOURCES)}.")
    listing = SOURCES[source](raw)
    with create_cohort(store, Description(listing.labels, source, seed)) as writer:
        before = len(writer.ids)
        waiting = _waiting(listing, writer, progress, cancel)
        failed = _store(waiting, writer, seed)
        return Prepared(store, len(writer.ids) - before, before, failed, listing.total)


def _waiting(
    listing: Listing, writer: CohortWriter, progress: Callable[[int, int], None], cancel: Callable[[], bool]
) -> Iterator[Item]:
    """The recordings that are not stored yet, with a report after each recording."""
    present = frozenset(writer.ids)
    for done, item in enumerate(listing.items, 1):
        if cancel():
            return
        if item.id in present:
            writer.require_same(item.id, Stated(item.patient, tuple(map(item.labels.get, writer.description.labels))))
        else:
            yield item
        progress(done, listing.total)


def _store(items: Iterator[Item], writer: CohortWriter, seed: int) -> int:
    """Write recordings in batches, in order; returns how many failed."""
    rows: list[dict[str, object]] = []
    failures: list[Failure] = []
    failed = 0
    for item in items:
        try:
            rows.append(writer.pack(_entry(item, seed)))
        except (EcgfmError, OSError) as error:
            failures.append(Failure(item.id, type(error).__name__, _sentence(item, error)))
            failed += 1
        if len(rows) + len(failures) >= BATCH:
            writer.add(rows, failures)
            rows, failures = [], []
    writer.add(rows, failures)
    return failed


def _sentence(item: Item, error: EcgfmError | OSError) -> str:
    """What went wrong, without a path of this machine."""
    if isinstance(error, EcgfmError):
        return str(error)
    return f"{item.id}: the file cannot be read ({error.strerror or 'damaged'}). Download it again."


def _entry(item: Item, seed: int) -> Entry:
    record = item.read()
    preprocess(record)  # what cannot be prepared for the model is no part of a cohort
    return Entry(
        id=item.id,
        source=item.source,
        patient_id=item.patient,
        split=item.split or split_of(item.patient, seed),
        age=item.age,
        sex=item.sex,
        stated=item.stated,
        labels=item.labels,
        record=record,
    )
