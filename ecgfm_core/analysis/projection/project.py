"""A cohort -> its map; a recording -> its place on the map and the recordings nearest to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from ecgfm_core.analysis.nearest import Found, unit_vectors
from ecgfm_core.analysis.projection.layout import Recipe, lay_out
from ecgfm_core.analysis.projection.linear import fitted_axes, found_axes, projected
from ecgfm_core.analysis.projection.placing import SAME, K, Placed, place_among, placed_at
from ecgfm_core.analysis.projection.trust import trust
from ecgfm_core.errors import EncoderMismatch, VectorsInvalid
from ecgfm_core.types import Encoding, FloatArray, Map, Neighbors, Placement

if TYPE_CHECKING:
    from ecgfm_core.analysis.cohort import Cohort

_SURE, _FAR = 0.05, 95.0
"""Spread, as a share of the map's width, and percentile up to which a place is sure."""


def project(
    cohort: Cohort,
    recipe: Recipe | None = None,
    *,
    of: Literal["recordings", "windows"] = "recordings",
    progress: Callable[[int, int], None] = lambda done, total: None,
    cancel: Callable[[], bool] = lambda: False,
) -> Map:
    """Lay out a cohort's embeddings in two dimensions.

    Args:
        cohort: embedded.
        recipe: method, its parameters, seed; None = UMAP with 15 neighbors.
        of: whether a point is a recording (mean over its windows) or a window.
        progress: called with (steps done, steps).
        cancel: asked now and then.

    Raises:
        CohortMismatch: no encoder has embedded the cohort.
        VectorsInvalid: too few points.
        Canceled: `cancel` said so.
    """
    how = recipe or Recipe()
    vectors, ids, windows = cohort.vectors, cohort.ids, None
    if of == "windows":
        parts = [one.pooled for one in cohort.window_values(range(len(ids)))]
        windows = tuple(number for part in parts for number in range(len(part)))
        ids = tuple(id for id, part in zip(ids, parts, strict=True) for _ in range(len(part)))
        vectors = np.concatenate(parts)
    xy = lay_out(vectors, how, progress=progress, cancel=cancel)
    assert cohort.encoder is not None
    kept = trust(vectors, xy, seed=how.seed, cancel=cancel)
    return Map(xy, ids, windows, how.method, how.parameters(), how.seed, cohort.encoder.fingerprint, kept)


def neighbors(asked: Encoding | npt.ArrayLike, cohort: Cohort, k: int = 10) -> Neighbors:
    """The recordings of a cohort that are nearest by embedding.

    Args:
        asked: an encoding, of which the mean over the windows counts; or a vector [D].
        cohort: embedded by the same encoder.
        k: how many.

    Raises:
        EncoderMismatch: another encoder made the encoding.
        VectorsInvalid: the vector has another length.
    """
    found = cohort.nearest.search(_vector(asked, cohort), k)
    return Neighbors(tuple(cohort.ids[row] for row in found.rows[0]), tuple(map(float, found.distances[0])))


def place(asked: Encoding | npt.ArrayLike, cohort: Cohort, drawn: Map) -> Placement:
    """Say where a recording lies on a map, without making the map anew; the same recording has the same place.

    A recording that is in the cohort lies on its own point. On a PCA map a new one lies where the principal components
    put it (of windows: 95 in 100 within 0.01 of the map's width), on other maps among its neighbors.

    Args:
        asked: an encoding or a vector [D], as for `neighbors`.
        cohort: whose map it is.
        drawn: made by `project`; on a map of windows a recording of the cohort lies amid its windows.

    Raises:
        EncoderMismatch: encoding, cohort and map are not of one encoder.
        VectorsInvalid: the map holds none of the cohort's recordings.
    """
    if cohort.encoder is None or drawn.encoder != cohort.encoder.fingerprint:
        raise _mismatch("map", drawn.encoder, cohort)
    rows, middles = _middles(drawn, cohort)
    if not len(rows):
        raise VectorsInvalid("the map holds none of the cohort's recordings as its encoder sees them. Make a new map.")
    vector = _vector(asked, cohort)
    whole = len(rows) == len(cohort.ids)
    near = cohort.nearest.search(vector, K + 1)
    found = Found(near.rows[:, :K], near.distances[:, :K]) if whole else cohort.nearest.search(vector, K, among=rows)
    placed = _placed(vector, found, drawn, cohort.nearest.units if whole else cohort.nearest.units[rows], middles)
    around = _around(middles[rows], placed.xy[0], found.rows.shape[1])
    percentile, spread = out_of_cohort(near.distances[0], cohort), float(placed.spread[0])
    doubts = _doubts(spread, percentile)
    return Placement(
        xy=(float(placed.xy[0, 0]), float(placed.xy[0, 1])),
        neighbors=Neighbors(tuple(cohort.ids[row] for row in found.rows[0]), tuple(map(float, found.distances[0]))),
        spread=spread,
        sure=not doubts,
        why="; ".join(doubts),
        percentile=percentile,
        overlap=len(set(rows[around]) & set(found.rows[0])) / found.rows.shape[1],
    )


def out_of_cohort(distances: FloatArray, cohort: Cohort) -> float:
    """0..100: share of the cohort's recordings that lie nearer to their own K-th neighbor than a recording to its own.

    Args:
        distances: of the recording to its K + 1 nearest in the cohort. One that is there itself is not its own
            neighbor, as the others are not theirs.
        cohort: what it is compared with.
    """
    itself = int(distances[0] < SAME)
    distance = distances[min(K - 1 + itself, len(distances) - 1)]
    own = cohort.nearest.own_distances(K)
    return 100.0 * float(np.searchsorted(own, distance, side="left")) / len(own)


def _placed(vector: FloatArray, found: Found, drawn: Map, units: FloatArray, middles: FloatArray) -> Placed:
    """Among the neighbors, but on a map by principal components by these; `units` are of the rows that are on it."""
    if drawn.method != "pca":
        return place_among(found, middles)
    there = middles[np.isfinite(middles[:, 0])]
    axes = (found_axes if drawn.windows is None else fitted_axes)(units, there)
    return placed_at(projected(unit_vectors(vector[None]), units, there, axes), found, middles)


def _around(xy: FloatArray, place: FloatArray, k: int) -> npt.NDArray[np.int64]:
    """The k points nearest to a place, in no order."""
    return np.argpartition(((xy - place) ** 2).sum(axis=1), k - 1)[:k]


def _doubts(spread: float, percentile: float) -> list[str]:
    reasons = []
    if spread > _SURE:
        reasons.append(f"half of its neighbors by embedding lie farther away on the map than {spread:.0%} of its width")
    if percentile > _FAR:
        reasons.append(f"it is farther from the cohort than {percentile:.0f} % of the cohort's own recordings")
    return reasons


def _middles(drawn: Map, cohort: Cohort) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Rows of the cohort that are on the map, and [N, 2] their places: for windows, the mean of their points."""
    if drawn.windows is None and drawn.ids == cohort.ids:
        return np.arange(len(cohort.ids)), drawn.xy
    rows = np.array([cohort.row_of.get(id, -1) for id in drawn.ids], np.int64)
    there = rows >= 0
    counts = np.bincount(rows[there], minlength=len(cohort.ids))
    sums = [np.bincount(rows[there], drawn.xy[there, axis], minlength=len(cohort.ids)) for axis in (0, 1)]
    middles = np.stack(sums, axis=1) / np.where(counts, counts, np.nan)[:, None]
    return np.flatnonzero(counts), middles.astype(np.float32)


def _vector(asked: Encoding | npt.ArrayLike, cohort: Cohort) -> FloatArray:
    if not isinstance(asked, Encoding):
        return np.asarray(asked, np.float32)
    if cohort.encoder is None or asked.encoder != cohort.encoder.fingerprint:
        raise _mismatch("record", asked.encoder, cohort)
    vector: FloatArray = asked.pooled.mean(axis=0, dtype=np.float64).astype(np.float32)
    return vector


def _mismatch(what: str, fingerprint: str, cohort: Cohort) -> EncoderMismatch:
    own = "no encoder" if cohort.encoder is None else cohort.encoder.fingerprint[:8]
    return EncoderMismatch(
        f"the {what} was encoded by {fingerprint[:8]} and the cohort by {own}; distances between them mean nothing. "
        "Embed the cohort again with this encoder, or choose the cohort's encoder."
    )
