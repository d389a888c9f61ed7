"""Prepared recordings -> encoded in common batches, written batch by batch, with a report as it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ecgfm_core.analysis.building.embedding import encoded
from ecgfm_core.analysis.building.preparing import Prepared, Result
from ecgfm_core.analysis.cohort import COPY, CohortWriter, Failure
from ecgfm_core.analysis.encode import micro_batch
from ecgfm_core.errors import CohortMismatch
from ecgfm_core.model.checkpoint import Encoder
from ecgfm_core.types import FloatArray

PASSES = 2
"""Passes of the encoder for which windows are gathered: the last one of them is seldom full."""
BATCH, BATCH_S = 256, 20.0
"""Recordings, or seconds, after which what is done is written; a kill loses no more."""


class Progress(NamedTuple):
    """How far a build is.

    Attributes:
        done: recordings that are in the cohort, or failed.
        total: recordings of the input.
        failed: recordings that could not be taken in.
        windows_per_s: encoded, since the start of this run.
        left_s: expected, in seconds; None where nothing is known yet.
    """

    done: int
    total: int
    failed: int
    windows_per_s: float
    left_s: float | None


@dataclass(frozen=True, slots=True)
class Embedded:
    """What became of a run.

    Attributes:
        folder: of the cohort.
        added: recordings that this run has embedded.
        present: recordings that were complete before, or are there under another id with the same samples.
        failures: recordings that could not be taken in; they are in the cohort's errors.csv too.
        total: recordings of the input.
        unused: lines of the labels' table that no recording belongs to.
    """

    folder: Path
    added: int
    present: int
    failures: tuple[Failure, ...]
    total: int
    unused: int = 0

    @property
    def finished(self) -> bool:
        """Whether every recording was looked at; a run that was canceled goes on when it is started again."""
        return self.added + self.present + len(self.failures) == self.total


@dataclass(slots=True)
class Run:
    """One run of the encoder over prepared recordings, and what became of them so far."""

    writer: CohortWriter
    encoder: Encoder
    total: int
    progress: Callable[[Progress], None]
    cancel: Callable[[], bool]
    added: int = 0
    present: int = 0
    failures: list[Failure] = field(default_factory=list)
    windows: int = 0
    began: float = field(default_factory=time.monotonic)
    ready: list[Prepared] = field(default_factory=list)
    made: list[Prepared] = field(default_factory=list)
    unwritten: list[Failure] = field(default_factory=list)
    written: float = field(default_factory=time.monotonic)

    def take(self, results: Iterator[Result]) -> None:
        """Encode what is not encoded, and write them all, or until canceled."""
        begun: dict[object, str] = {}
        for result in results:
            if self.cancel():
                break
            if isinstance(result, Failure):
                self._fail(result)
            elif result.complete or result.row["digest"] in begun:
                self._pass(result.row, begun)
            elif self._known(result.row, begun):
                id = str(result.row["id"])
                message = f"{id}: the cohort holds another recording of this id. Rename the file or the line."
                self._fail(Failure(id, CohortMismatch.__name__, message))
            else:
                begun |= dict.fromkeys((result.row["digest"], result.row["id"]), str(result.row["id"]))
                if result.outputs is None:
                    self.ready.append(result)
                else:
                    self._keep(result)
            self._go_on()
        self._encode()
        self._write()
        self._report()

    def result(self, folder: Path, unused: int = 0) -> Embedded:
        """What became of the run."""
        return Embedded(folder, self.added, self.present, tuple(self.failures), self.total, unused)

    def _pass(self, row: dict[str, object], begun: Mapping[object, str]) -> None:
        """Leave out what is there; where it has another id there, say so."""
        self.present += 1
        id, digest = str(row["id"]), str(row["digest"])
        kept = self.writer.id_of.get(digest) or begun[digest]
        if kept == id:
            if id in self.writer.said:
                self.writer.require_same(id, self.writer.stated(row))
            return
        waiting = next((one.row for one in (*self.ready, *self.made) if one.row["id"] == kept), None)
        theirs = self.writer.said[kept] if waiting is None else self.writer.stated(waiting)
        labels = "the same labels" if theirs.labels == self.writer.stated(row).labels else "other labels"
        self.unwritten.append(Failure(id, COPY, f"{id}: the same samples as {kept}, which is kept, with {labels}."))

    def _known(self, row: dict[str, object], begun: Mapping[object, str]) -> bool:
        """Whether the id belongs to another recording."""
        return str(row["digest"]) not in self.writer.id_of and (row["id"] in self.writer.ids or row["id"] in begun)

    def _go_on(self) -> None:
        if sum(len(_windows(one)) for one in self.ready) >= PASSES * micro_batch(self.encoder):
            self._encode()
        if len(self.made) >= BATCH or time.monotonic() - self.written > BATCH_S:
            self._write()
        self._report()

    def _fail(self, failure: Failure) -> None:
        self.failures.append(failure)
        self.unwritten.append(failure)

    def _encode(self) -> None:
        for one in encoded(self.ready, self.encoder):
            self._keep(one)
        self.ready = []

    def _keep(self, one: Prepared) -> None:
        self.made.append(one)
        self.windows += 0 if one.outputs is None else len(one.outputs.pooled)

    def _write(self) -> None:
        """Rows first: an embedding without its recording would be lost, a recording without one is embedded later."""
        new = [one.row for one in self.made if one.row["digest"] not in self.writer.id_of]
        self.writer.add(new, self.unwritten)
        if self.made:
            ids = [self.writer.id_of[str(one.row["digest"])] for one in self.made]
            outputs = [one.outputs for one in self.made if one.outputs is not None]
            logits = [made.logits for made in outputs if made.logits is not None]
            pooled = [made.pooled for made in outputs]
            self.added += self.writer.add_embeddings(self.encoder.fingerprint, ids, pooled, logits or None)
        self.made, self.unwritten, self.written = [], [], time.monotonic()

    def _report(self) -> None:
        done = self.added + len(self.made) + self.present + len(self.failures)
        passed = time.monotonic() - self.began
        new = done - self.present
        left = None if new < 1 else (self.total - done) * passed / new
        self.progress(Progress(done, self.total, len(self.failures), self.windows / max(passed, 1e-3), left))


def _windows(one: Prepared) -> FloatArray:
    assert one.windows is not None
    return one.windows
