"""Exact nearest neighbors by cosine distance: one matrix of unit vectors, multiplied block by block."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from ecgfm_core.errors import Canceled, VectorsInvalid
from ecgfm_core.types import FloatArray

if TYPE_CHECKING:
    import torch

IntArray = npt.NDArray[np.int64]

_CELLS = 2**24
"""Similarities that are in memory at once: 64 MB."""

_SAMPLE = 4000
"""Rows by which the distances to own neighbors are known, where there are more."""


class Found(NamedTuple):
    """Nearest rows of Q queries, nearest first: `rows` [Q, k], and `distances` [Q, k], cosine, 0 to 2."""

    rows: IntArray
    distances: FloatArray


class Nearest:
    """N embeddings, ready to be searched.

    Attributes:
        units: [N, D] the embeddings at length 1.
    """

    def __init__(self, vectors: npt.ArrayLike) -> None:
        """Bring [N, D] embeddings to length 1.

        Raises:
            VectorsInvalid: one is not finite, or has no direction.
        """
        import torch  # slow to import, and a cohort is opened in processes that never search

        self.units = unit_vectors(vectors)
        self._own: dict[int, FloatArray] = {}
        self._matrix = torch.from_numpy(self.units)

    def search(self, queries: npt.ArrayLike, k: int) -> Found:
        """The k rows nearest to each of [Q, D] queries, fewer where there are fewer rows; ties by row.

        Raises:
            VectorsInvalid: a query is not finite, has no direction or another length.
        """
        asked = np.atleast_2d(np.asarray(queries, np.float32))
        if asked.shape[1] != self.units.shape[1]:
            raise VectorsInvalid(
                f"an embedding to search for must have {self.units.shape[1]} numbers, as those of the cohort. "
                f"Got {asked.shape[1]}."
            )
        return self._search(self._matrix.new_tensor(unit_vectors(asked)), min(k, len(self.units)))

    def graph(
        self,
        k: int,
        *,
        progress: Callable[[int, int], None] = lambda done, total: None,
        cancel: Callable[[], bool] = lambda: False,
    ) -> Found:
        """The k neighbors of every row, itself left out; fewer where there are fewer rows.

        Args:
            k: neighbors a row.
            progress: called after each block with (rows done, rows).
            cancel: asked before each block.

        Raises:
            Canceled: `cancel` said so.
        """
        count = len(self.units)
        k = min(k, count - 1)
        rows, distances = np.empty((count, k), np.int64), np.empty((count, k), np.float32)
        together = max(1, _CELLS // max(count, 1))
        for start in range(0, count, together):
            stop_if(cancel)
            part = slice(start, min(start + together, count))
            found = self._search(self._matrix[part], min(k + 1, count))
            rows[part], distances[part] = _without_itself(found, start, k)
            progress(part.stop, count)
        return Found(rows, distances)

    def own_distances(self, k: int) -> FloatArray:
        """[n] sorted distances of rows to their own k-th neighbor; of a seeded sample where the rows are many."""
        if k not in self._own:
            count = len(self.units)
            rows = np.arange(count)
            if count > _SAMPLE:
                rows = np.random.default_rng(0).choice(count, _SAMPLE, replace=False)
            found = self._search(self._matrix[rows], min(k + 1, count))  # the first is the row itself
            self._own[k] = np.sort(found.distances[:, -1])
        return self._own[k]

    def _search(self, queries: torch.Tensor, k: int) -> Found:
        together = max(1, _CELLS // max(len(self.units), 1))
        parts = []
        for start in range(0, len(queries), together):
            similar = queries[start : start + together] @ self._matrix.T
            values, rows = similar.topk(k, dim=1)
            parts.append(_ordered(values.numpy(), rows.numpy()))
        nearest, likeness = (np.concatenate(one) for one in zip(*parts, strict=True))
        return Found(nearest, np.clip(1 - likeness, 0, 2))


def unit_vectors(vectors: npt.ArrayLike) -> FloatArray:
    """[N, D] at length 1.

    Raises:
        VectorsInvalid: one is not finite, or has no direction.
    """
    values = np.array(vectors, np.float32, order="C")
    if values.ndim != 2 or not values.size:
        raise VectorsInvalid(f"embeddings must be a table [recordings, numbers]. Got the shape {values.shape}.")
    lengths = np.linalg.norm(values, axis=1)
    wrong = np.flatnonzero(~np.isfinite(lengths) | (lengths == 0))
    if len(wrong):
        raise VectorsInvalid(
            f"the embedding in row {wrong[0]} is not finite or all zero ({len(wrong)} such rows). Embed it again."
        )
    values /= lengths[:, None]
    return values


def stop_if(cancel: Callable[[], bool]) -> None:
    """End a long computation where the person wants it.

    Raises:
        Canceled: they do.
    """
    if cancel():
        raise Canceled("canceled; nothing was changed.")


def _ordered(values: FloatArray, rows: IntArray) -> tuple[IntArray, FloatArray]:
    """By falling similarity, then by row: what a library leaves open must not depend on it."""
    order = np.lexsort((rows, -values), axis=1)
    return np.take_along_axis(rows, order, 1), np.take_along_axis(values, order, 1)


def _without_itself(found: Found, first: int, k: int) -> tuple[IntArray, FloatArray]:
    """Drop each row's own entry; where copies have pushed it out, the last of its neighbors."""
    own = found.rows == (first + np.arange(len(found.rows)))[:, None]
    own[~own.any(axis=1), -1] = True
    kept = ~own
    return found.rows[kept].reshape(len(own), -1)[:, :k], found.distances[kept].reshape(len(own), -1)[:, :k]
