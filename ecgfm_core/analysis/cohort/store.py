"""Opening a cohort and reading it piece by piece."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from lancedb.table import Table

from ecgfm_core.analysis.cohort import access, layout, vectors
from ecgfm_core.analysis.cohort.combining import combine
from ecgfm_core.analysis.cohort.description import Description, EncoderFacts, load_description
from ecgfm_core.analysis.cohort.failures import Failure, load_failures
from ecgfm_core.analysis.cohort.vectors import Embeddings, WindowValues
from ecgfm_core.analysis.nearest import Nearest
from ecgfm_core.errors import CohortInvalid, CohortMismatch
from ecgfm_core.signal.windows import MODEL_FS, WINDOW_SAMPLES, resample, standardize
from ecgfm_core.types import FloatArray, Record

_PACKED = ("id", "fs", "signal", "n_samples", "counts_per_unit")
Rows = np.ndarray[tuple[int], np.dtype[np.int64]]


def open_cohort(folder: Path | str, *, encoder: str | None = None) -> Cohort:
    """Open a cohort as it is now; nothing but its description is read.

    A cohort that an encoder has embedded holds the recordings that this encoder has embedded, and no others; a
    store that was prepared for training holds all of its recordings, and has no vectors.

    Args:
        folder: of the cohort.
        encoder: fingerprint of the encoder through which to see it; None = the one that it was built with.

    Raises:
        CohortInvalid: the folder holds no cohort, a damaged one, or one of another version.
        CohortMismatch: this encoder has embedded nothing here.
    """
    folder = Path(folder)
    description = load_description(folder)
    table = access.open_table(folder, layout.TABLE)
    if table is None or table.schema.names != layout.schema(description.labels, description.metadata).names:
        message = f"{folder.name}: the cohort's table is absent or has other columns. Make the cohort again."
        raise CohortInvalid(message)
    facts = _encoder(folder, description, encoder)
    embedded = None if facts is None else vectors.open_vectors(folder, facts.fingerprint)
    return Cohort(folder, description, table, facts, embedded)


def _encoder(folder: Path, description: Description, asked: str | None) -> EncoderFacts | None:
    if asked is None:
        return next(iter(description.encoders), None)
    for facts in description.encoders:
        if facts.fingerprint == asked:
            return facts
    there = ", ".join(f"{facts.name} {facts.fingerprint[:8]}" for facts in description.encoders) or "none"
    raise CohortMismatch(
        f"{folder.name}: the encoder {asked[:8]} has embedded nothing here (those that have: {there}). "
        "Embed the cohort with it first."
    )


class Cohort:
    """An opened cohort: a snapshot of N recordings with C labels, as one encoder sees them.

    What is added later, by this process or another, shows after opening it again.

    Attributes:
        folder: where it lies.
        title: for people.
        source: what was prepared.
        seed: of the split.
        labels: [C] names.
        metadata: names of the further columns.
        encoder: whose embeddings are looked at; None in a store that none was named for.
        encoders: all that have embedded it.
    """

    def __init__(
        self,
        folder: Path,
        description: Description,
        table: Table,
        encoder: EncoderFacts | None,
        embedded: Table | None,
    ) -> None:
        """Keep the handles; `open_cohort` makes them."""
        self.folder = folder
        self.title = description.title or folder.name
        self.source = description.source
        self.seed = description.seed
        self.labels = description.labels
        self.metadata = tuple(description.metadata)
        self.encoder = encoder
        self.encoders = description.encoders
        self._rows = table
        self._embedded = embedded

    def __len__(self) -> int:
        """N."""
        return int(self._rows.count_rows()) if self.encoder is None else len(self.ids)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """[N] ids, in the order of the rows."""
        return tuple(self._every_id[row] for row in self._places) if self._partial else self._every_id

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """Row of each recording, by id."""
        return {id: row for row, id in enumerate(self.ids)}

    @cached_property
    def table(self) -> pd.DataFrame:
        """[N] what is known of each recording, without its signal.

        Columns: id, source, patient_id, split, age (years), sex, stated, quality (0..1, NaN = not examined), verdict;
        further metadata; each label by its name: 1 holds, 0 does not, NaN = the source does not say; and `p:` with the
        name of each label of the encoder: its probability, NaN = not trained.
        """
        plain = {layout.meta_column(name): name for name in self.metadata}
        labels = {layout.label_column(label): label for label in self.labels}
        found = self._read([*layout.FACTS.names, *plain, *labels]).astype(dict.fromkeys(labels, np.float32))
        known: pd.DataFrame = found.rename(columns=plain | labels)
        if self.encoder is None or not self.encoder.labels:
            return known
        told = [layout.TOLD + label.name for label in self.encoder.labels]
        return pd.concat([known, pd.DataFrame(self.probabilities, columns=told)], axis=1)

    @cached_property
    def targets(self) -> FloatArray:
        """[N, C] 1, 0, or NaN where the source does not say."""
        values: FloatArray = self.table[list(self.labels)].to_numpy(np.float32)
        values.flags.writeable = False
        return values

    @cached_property
    def windows(self) -> tuple[int, ...]:
        """[N] whole windows of 5 s of each recording, as the model takes them."""
        found = self._read(["n_samples", "fs"])
        return tuple((found["n_samples"] * (MODEL_FS / found["fs"])).astype(int) // WINDOW_SAMPLES)

    @cached_property
    def digests(self) -> tuple[str, ...]:
        """[N] digest of each recording."""
        return tuple(self._read(["digest"])["digest"])

    @cached_property
    def vectors(self) -> FloatArray:
        """[N, D] embedding of each recording: the mean over its windows.

        Raises:
            CohortMismatch: no encoder has embedded the cohort.
        """
        if self._embedded is None:
            raise CohortMismatch(f"{self.folder.name}: no encoder has embedded it. Embed it first (ecgfm embed).")
        found = vectors.read_vectors(self.folder, self._embedded)
        aligned: FloatArray = found if self._in_order else found[self._vector_rows]
        aligned.flags.writeable = False
        return aligned

    @cached_property
    def nearest(self) -> Nearest:
        """The embeddings, ready to be searched by cosine distance."""
        return Nearest(self.vectors)

    @cached_property
    def probabilities(self) -> FloatArray:
        """[N, labels of the encoder] 0..1, windows combined by each label's rule; NaN where not trained."""
        labels = () if self.encoder is None else self.encoder.labels
        if self._embedded is None or not labels:
            return np.empty((len(self.ids), len(labels)), np.float32)
        logits = vectors.read_logits(self.folder, self._embedded, len(labels))
        return combine(logits.flat, logits.counts, labels)[self._vector_rows]

    @property
    def errors(self) -> tuple[Failure, ...]:
        """Recordings of the source that could not be taken in."""
        return load_failures(self.folder)

    def record(self, id: str) -> Record:
        """One recording, in its own rate and unit, leads in standard order.

        Raises:
            KeyError: no recording has this id.
            CohortInvalid: a part of the cohort is absent or damaged.
        """
        names = [*layout.FACTS.names, *layout.SIGNAL.names]
        row = int(self._places[self.row_of[id]])
        return layout.to_record(access.read_rows(self.folder, self._rows, [row], names)[0])

    def signals(self, rows: Sequence[int]) -> list[FloatArray]:
        """Recordings by row, as the model takes them: [12, n] each, at 500 Hz, in standard deviations.

        Equal to `preprocess(record).standardized` of each; the windows of 5 s follow one another from the start.

        Raises:
            IndexError: there is no such row.
            CohortInvalid: a part of the cohort is absent or damaged.
        """
        places = [int(self._places[row]) for row in rows]
        return [_standardized(row) for row in access.read_rows(self.folder, self._rows, places, _PACKED)]

    def window_values(self, rows: Sequence[int]) -> list[WindowValues]:
        """([W, D], [W, C]) of each window of some recordings, by row.

        Raises:
            CohortMismatch: no encoder has embedded the cohort.
        """
        if self._embedded is None:
            raise CohortMismatch(f"{self.folder.name}: no encoder has embedded it. Embed it first (ecgfm embed).")
        return vectors.read_windows(self.folder, self._embedded, [int(self._vector_rows[row]) for row in rows])

    def embeddings(self, fingerprint: str) -> Embeddings | None:
        """(ids, [N, D]): mean over the windows of each recording that this encoder has embedded; None before any."""
        return vectors.load_embeddings(self.folder, fingerprint)

    def embedded(self, fingerprint: str) -> frozenset[str]:
        """Ids of the recordings that this encoder has embedded, as of now."""
        return vectors.load_ids(self.folder, fingerprint)

    def logits(self, fingerprint: str, labels: int) -> dict[str, FloatArray]:
        """[W, C] of every recording that this encoder, with so many labels, has embedded, by id, as of now."""
        return vectors.load_logits(self.folder, fingerprint, labels)

    def add_embeddings(
        self,
        fingerprint: str,
        ids: Sequence[str],
        pooled: Sequence[FloatArray],
        logits: Sequence[FloatArray] | None = None,
    ) -> int:
        """Add what an encoder made of some recordings; those it has embedded before are passed over.

        Args:
            fingerprint: of the encoder, in hexadecimal.
            ids: of the recordings.
            pooled: [W, D] for each recording: the embedding of every window.
            logits: [W, C] for each recording, or None for a backbone without a head.

        Returns:
            How many were added.

        Raises:
            CohortMismatch: an id is not of this cohort, or D differs from what is there.
            CohortUnwritable: the folder cannot be written, or another process is writing it.
        """
        strangers = [id for id in ids if id not in self.row_of]
        if strangers:
            message = f"{self.folder.name}: {strangers[0]} is not among its recordings. Embed this cohort's own."
            raise CohortMismatch(message)
        with access.alone(self.folder):
            known = set(vectors.load_ids(self.folder, fingerprint))
            return vectors.append_embeddings(self.folder, fingerprint, ids, pooled, logits, known)

    def _read(self, columns: Sequence[str]) -> pd.DataFrame:
        """Columns of the cohort's recordings, row by row."""
        found: pd.DataFrame = access.read_columns(self.folder, self._rows, columns).to_pandas()
        return found.iloc[self._places].reset_index(drop=True) if self._partial else found

    @cached_property
    def _every_id(self) -> tuple[str, ...]:
        """Ids of all rows of the table, embedded or not."""
        return tuple(access.read_columns(self.folder, self._rows, ["id"])["id"].to_pylist())

    @cached_property
    def _vector_ids(self) -> tuple[str, ...]:
        return () if self._embedded is None else vectors.read_ids(self.folder, self._embedded)

    @property
    def _in_order(self) -> bool:
        return self._every_id == self._vector_ids

    @property
    def _partial(self) -> bool:
        """Whether the table has rows that the encoder has not embedded."""
        return self.encoder is not None and len(self._places) < len(self._every_id)

    @cached_property
    def _places(self) -> Rows:
        """[N] row of each recording in the store's table."""
        if self.encoder is None or self._in_order:
            return np.arange(len(self._every_id))
        there = set(self._vector_ids)
        return np.array([row for row, id in enumerate(self._every_id) if id in there], np.int64)

    @cached_property
    def _vector_rows(self) -> Rows:
        """[N] row of each recording in the encoder's table."""
        if self._in_order:
            return np.arange(len(self._every_id))
        place = {id: row for row, id in enumerate(self._vector_ids)}
        return np.array([place[id] for id in self.ids], np.int64)


def _standardized(row: dict[str, object]) -> FloatArray:
    return standardize(resample(layout.to_signal(row), float(row["fs"])))[0]  # type: ignore[arg-type]
