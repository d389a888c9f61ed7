"""Exact nearest neighbors by cosine distance: one matrix of unit vectors, multiplied block by block."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
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

_SAMPLE, _FEWEST, _COMPARED = 4000, 500, 2**29
"""Rows by which the distances to own neighbors are known where there are more, and fewer of them where so many
similarities are exceeded; even of the fewest, the 95th percentile is known to a standard error of 1."""


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

    def search(self, queries: npt.ArrayLike, k: int, *, among: IntArray | None = None) -> Found:
        """The k rows nearest to each of [Q, D] queries, fewer where there are fewer rows; ties by row.

        Args:
            queries: [Q, D], or one [D].
            k: neighbors a query.
            among: rows that may be found, each once; None = all.

        Raises:
            VectorsInvalid: a query is not finite, has no direction or another length.
        """
        asked = np.atleast_2d(np.asarray(queries, np.float32))
        if asked.shape[1] != self.units.shape[1]:
            raise VectorsInvalid(
                f"an embedding to search for must have {self.units.shape[1]} numbers, as those of the cohort. "
                f"Got {asked.shape[1]}."
            )
        units = self._matrix.new_tensor(unit_vectors(asked))
        others = None if among is None else np.delete(np.arange(len(self.units)), among)
        k = min(k, len(self.units) if among is None else len(among))
        parts = []
        for part in _blocks(len(units), len(self.units)):
            similar = units[part] @ self._matrix.T
            if others is not None:
                similar[:, others] = -math.inf
            parts.append(_first(similar, k))
        return Found(*(np.concatenate(one) for one in zip(*parts, strict=True)))

    def graph(
        self,
        k: int,
        *,
        progress: Callable[[int, int], None] = lambda done, total: None,
        cancel: Callable[[], bool] = lambda: False,
    ) -> Found:
        """The k neighbors of every row, itself left out; fewer where there are fewer rows; ties by row.

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
        room = None
        for part in _blocks(count, count):
            stop_if(cancel)
            room = self._similar(part, room)
            own = np.arange(part.start, part.stop)
            room[own - part.start, own] = -math.inf
            rows[part], distances[part] = _first(room, k)
            progress(part.stop, count)
        return Found(rows, distances)

    def own_distances(self, k: int) -> FloatArray:
        """[n] sorted distances of rows to their own k-th neighbor; of a seeded sample where the rows are many."""
        if k not in self._own:
            count = len(self.units)
            rows, most = np.arange(count), min(_SAMPLE, max(_FEWEST, _COMPARED // count))
            if count > most:
                rows = np.sort(np.random.default_rng(0).choice(count, most, replace=False))
            self._own[k] = np.sort(self._last(rows, min(k, count - 1))) if count > 1 else np.zeros(1, np.float32)
        return self._own[k]

    def _last(self, rows: IntArray, k: int) -> FloatArray:
        """[rows] distance to the k-th of the others; a million of them are gone through once, a part at a time."""
        import torch

        some, nearest = self._matrix[rows], []
        for part in _blocks(len(self.units), len(rows)):
            similar = some @ self._matrix[part].T
            inside = np.flatnonzero((rows >= part.start) & (rows < part.stop))
            similar[inside, rows[inside] - part.start] = -math.inf
            nearest.append(similar.topk(min(k, similar.shape[1]), dim=1).values)
        last: FloatArray = torch.cat(nearest, dim=1).topk(k, dim=1).values[:, -1].numpy()
        return np.clip(1 - last, 0, 2)

    def _similar(self, rows: slice, room: torch.Tensor | None = None) -> torch.Tensor:
        """[rows, N]; into `room`, where it is of use, since fresh memory costs a third of the product's time."""
        import torch

        some = self._matrix[rows]
        return torch.mm(some, self._matrix.T, out=None if room is None else room[: len(some)])


def _blocks(count: int, against: int) -> Iterator[slice]:
    """`count` in parts of which each, against so many others, has few enough similarities."""
    together = max(1, _CELLS // against)
    return (slice(start, min(start + together, count)) for start in range(0, count, together))


def smallest(values: FloatArray, k: int) -> IntArray:
    """[rows, k]: places of the k smallest of each row, fewer where there are fewer, in order; ties by place."""
    import torch

    return _largest(-torch.from_numpy(values), k)[0]


def _first(similar: torch.Tensor, k: int) -> Found:
    places, likeness = _largest(similar, k)
    return Found(places, np.clip(1 - likeness, 0, 2))


def _largest(table: torch.Tensor, k: int) -> tuple[IntArray, FloatArray]:
    """Places and values of the k largest of each row of [Q, N], in order; ties by place.

    Which of several equal ones a library finds is left open. So one more is asked for: where it equals the last,
    the places of all that equal it are looked at.
    """
    values, places = (one.numpy() for one in table.topk(min(k + 1, table.shape[1]), dim=1))
    if 0 < k < values.shape[1]:
        for row in np.flatnonzero(values[:, k - 1] == values[:, k]):
            larger = int((values[row] > values[row, k]).sum())
            equal = np.flatnonzero(table[row].numpy() == values[row, k])
            places[row, larger:k] = equal[: k - larger]
    values, places = values[:, :k], places[:, :k]
    order = np.lexsort((places, -values), axis=1)
    return np.take_along_axis(places, order, 1), np.take_along_axis(values, order, 1)


def unit_vectors(vectors: npt.ArrayLike) -> FloatArray:
    """[N, D] at length 1.

    Raises:
        VectorsInvalid: one is not finite, or has no direction.
    """
    values = np.array(vectors, np.float32, order="C")
    if values.ndim != 2 or not values.size:
        raise VectorsInvalid(f"embeddings must be a table [recordings, numbers]. Got the shape {values.shape}.")
    lengths = np.sqrt(np.einsum("nd,nd->n", values, values))
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
        raise Canceled("Nothing was changed.")
