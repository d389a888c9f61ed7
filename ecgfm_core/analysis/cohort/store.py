"""Opening a cohort and reading it piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from lancedb.table import Table

from ecgfm_core.analysis.cohort import access, layout, vectors
from ecgfm_core.analysis.cohort.codec import Packed, unpack
from ecgfm_core.analysis.cohort.description import Description, load_description
from ecgfm_core.analysis.cohort.failures import Failure, load_failures
from ecgfm_core.analysis.cohort.vectors import Embeddings, WindowValues
from ecgfm_core.errors import CohortInvalid, CohortMismatch
from ecgfm_core.signal.windows import MODEL_FS, WINDOW_SAMPLES, resample, standardize
from ecgfm_core.types import FloatArray, Record

_PACKED = ("fs", "signal", "n_samples", "counts_per_unit")


def open_cohort(folder: Path | str) -> Cohort:
    """Open a cohort as it is now; nothing but its description is read.

    Raises:
        CohortInvalid: the folder holds no cohort, a damaged one, or one of a newer version.
    """
    folder = Path(folder)
    description = load_description(folder)
    table = access.open_table(folder, layout.TABLE)
    if table is None or table.schema.names != layout.schema(description.labels).names:
        message = f"{folder.name}: the cohort's table is absent or has other columns. Prepare the cohort again."
        raise CohortInvalid(message)
    return Cohort(folder, description, table)


class Cohort:
    """An opened cohort: a snapshot of N recordings with C labels.

    What is added later, by this process or another, shows after opening it again.

    Attributes:
        folder: where it lies.
        source: what was prepared.
        seed: of the split.
        labels: [C] names.
    """

    def __init__(self, folder: Path, description: Description, table: Table) -> None:
        """Keep the handle; `open_cohort` makes it."""
        self.folder = folder
        self.source = description.source
        self.seed = description.seed
        self.labels = description.labels
        self._rows = table

    def __len__(self) -> int:
        """N."""
        return int(self._rows.count_rows())

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """[N] ids, in the order of the rows."""
        return tuple(access.read_columns(self.folder, self._rows, ["id"])["id"].to_pylist())

    @cached_property
    def table(self) -> pd.DataFrame:
        """[N] what is known of each recording, without its signal.

        Columns: id, source, patient, split, age (years), sex, stated; then `label:` and the name of each label:
        1 holds, 0 does not, NaN = the source does not say.
        """
        columns = [layout.label_column(label) for label in self.labels]
        found: pd.DataFrame = access.read_columns(self.folder, self._rows, [*layout.FACTS.names, *columns]).to_pandas()
        plain = {column: layout.LABEL + label for column, label in zip(columns, self.labels, strict=True)}
        return found.astype(dict.fromkeys(columns, np.float32)).rename(columns=plain)

    @cached_property
    def targets(self) -> FloatArray:
        """[N, C] 1, 0, or NaN where the source does not say."""
        columns = [layout.LABEL + label for label in self.labels]
        values: FloatArray = self.table[columns].to_numpy(np.float32)
        values.flags.writeable = False
        return values

    @cached_property
    def windows(self) -> tuple[int, ...]:
        """[N] whole windows of 5 s of each recording, as the model takes them."""
        found = access.read_columns(self.folder, self._rows, ["n_samples", "fs"])
        lengths = zip(found["n_samples"].to_pylist(), found["fs"].to_pylist(), strict=True)
        return tuple(int(samples * (MODEL_FS / fs)) // WINDOW_SAMPLES for samples, fs in lengths)

    @cached_property
    def digests(self) -> tuple[str, ...]:
        """[N] digest of each recording."""
        return tuple(access.read_columns(self.folder, self._rows, ["digest"])["digest"].to_pylist())

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
        return layout.to_record(access.read_rows(self.folder, self._rows, [self._place[id]], names)[0])

    def signals(self, rows: Sequence[int]) -> list[FloatArray]:
        """Recordings by row, as the model takes them: [12, n] each, at 500 Hz, in standard deviations.

        Equal to `preprocess(record).standardized` of each; the windows of 5 s follow one another from the start.

        Raises:
            IndexError: there is no such row.
            CohortInvalid: a part of the cohort is absent or damaged.
        """
        return [_standardized(row) for row in access.read_rows(self.folder, self._rows, rows, _PACKED)]

    def embeddings(self, fingerprint: str) -> Embeddings | None:
        """(ids, [N, D]): mean over the windows of each recording that this encoder has embedded; None before any."""
        return vectors.load_embeddings(self.folder, fingerprint)

    def embedded(self, fingerprint: str) -> frozenset[str]:
        """Ids of the recordings that this encoder has embedded, as of now."""
        return vectors.load_ids(self.folder, fingerprint)

    def logits(self, fingerprint: str, labels: int) -> dict[str, FloatArray]:
        """[W, C] of every recording that this encoder, with so many labels, has embedded, by id, as of now."""
        return vectors.load_logits(self.folder, fingerprint, labels)

    def window_values(self, fingerprint: str, rows: Sequence[int]) -> list[WindowValues]:
        """([W, D], [W, C]) of each window, by place in `embeddings(fingerprint).ids`."""
        return vectors.load_windows(self.folder, fingerprint, rows)

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
        strangers = [id for id in ids if id not in self._place]
        if strangers:
            message = f"{self.folder.name}: {strangers[0]} is not among its recordings. Embed this cohort's own."
            raise CohortMismatch(message)
        return vectors.append_embeddings(self.folder, fingerprint, ids, pooled, logits)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {id: row for row, id in enumerate(self.ids)}


def _standardized(row: dict[str, object]) -> FloatArray:
    signal = unpack(Packed(row["signal"], row["n_samples"], row["counts_per_unit"]))  # type: ignore[arg-type]
    return standardize(resample(signal, float(row["fs"])))[0]  # type: ignore[arg-type]
