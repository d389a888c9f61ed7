"""Embeddings -> clusters by cosine, numbered by size, each with the recording in its middle."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.decomposition import PCA

from ecgfm_core.errors import SelectionInvalid
from ecgfm_core.types import ClusterMethod, Clusters

COMPONENTS = 50
"""Principal components in which HDBSCAN measures density: in all D it finds next to none."""
SAMPLE = 20_000
"""Recordings that HDBSCAN is run on; its time grows with their square (16 s here, some 100 s for 50,000)."""
STARTS = 4
"""Times that k-means begins anew; the tightest result is kept."""
_BLOCK = 2048

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def cluster(
    vectors: npt.ArrayLike, *, method: ClusterMethod = "kmeans", count: int = 8, min_size: int = 50, seed: int = 0
) -> Clusters:
    """Sort recordings into groups whose embeddings point the same way.

    k-means cuts everything into `count` compact parts, whether there are such parts or not. HDBSCAN
    (Campello et al. 2013) finds dense regions, as many as there are, in the first 50 principal components,
    and leaves out what lies in none. Of more than 20,000 recordings it sees a random
    20,000; each of the others goes where its nearest sampled recording is.

    Args:
        vectors: [N, D] one embedding a recording; only directions count.
        method: "kmeans" or "hdbscan".
        count: of the clusters that k-means makes.
        min_size: recordings that a cluster of HDBSCAN holds at least; of a sample, the same share.
        seed: of k-means' starts and of the sample.

    Raises:
        SelectionInvalid: the vectors are no finite [N, D], or `count` or `min_size` does not fit N.
    """
    x = _directions(vectors)
    asked = count if method == "kmeans" else min_size
    if not 2 <= asked <= len(x):
        name = "the number of clusters" if method == "kmeans" else "the smallest size of a cluster"
        raise SelectionInvalid(f"{name} must be between 2 and the {len(x)} recordings. Got {asked}.")
    if method == "kmeans":
        found = KMeans(count, n_init=STARTS, random_state=seed).fit_predict(x).astype(np.int64)
        return _numbered(x, found, method, {"count": count}, seed)
    return _numbered(x, _dense(x, min_size, seed), method, {"min_size": min_size}, seed)


def _directions(vectors: npt.ArrayLike) -> Floats:
    """[N, D] of length 1; a vector of length 0 stays."""
    x = np.asarray(vectors, np.float32)
    if x.ndim != 2 or not np.isfinite(x).all():
        raise SelectionInvalid(f"clusters need finite vectors [N, D]. Got shape {x.shape}. Embed the cohort again.")
    length = np.linalg.norm(x, axis=1, keepdims=True)
    directions: Floats = x / np.maximum(length, np.float32(1e-30))
    return directions


def _dense(x: Floats, min_size: int, seed: int) -> Ints:
    """[N] HDBSCAN's clusters, -1 = none."""
    components = min(COMPONENTS, *x.shape)
    reduced = PCA(components, svd_solver="covariance_eigh").fit_transform(x).astype(np.float32)
    if len(x) <= SAMPLE:
        return _hdbscan(reduced, min_size)
    chosen = np.sort(np.random.default_rng(seed).choice(len(x), SAMPLE, replace=False))
    sampled = _hdbscan(reduced[chosen], max(2, round(min_size * SAMPLE / len(x))))
    nearest = [_nearest(reduced[start : start + _BLOCK], reduced[chosen]) for start in range(0, len(x), _BLOCK)]
    members = sampled[np.concatenate(nearest)]
    members[chosen] = sampled
    return members


def _hdbscan(points: Floats, min_size: int) -> Ints:
    model = HDBSCAN(min_cluster_size=min_size, copy=True)
    found: Ints = model.fit_predict(points).astype(np.int64)
    return found


def _nearest(points: Floats, others: Floats) -> npt.NDArray[np.intp]:
    """[n] the nearest of the others; what all distances of a point have in common is left out."""
    distances: Floats = (others**2).sum(axis=1) - 2 * points @ others.T
    return np.asarray(distances.argmin(axis=1), np.intp)


def _numbered(x: Floats, found: Ints, method: ClusterMethod, parameters: dict[str, float], seed: int) -> Clusters:
    """Number clusters by falling size, equal ones by their first row, and find their medoids."""
    names, first, counts = np.unique(found, return_index=True, return_counts=True)
    order = [place for place in np.lexsort((first, -counts)) if names[place] >= 0]
    number = np.full(found.max() + 2, -1, np.int64)  # the last place is for -1
    number[names[order]] = np.arange(len(order))
    members = number[found]
    medoids = tuple(_medoid(x, np.flatnonzero(members == k)) for k in range(len(order)))
    return Clusters(members, medoids, method, parameters, seed)


def _medoid(x: Floats, rows: npt.NDArray[np.intp]) -> int:
    """The row of least mean cosine distance to the others: 1 - x . mean, whatever their number; ties by row."""
    return int(rows[(x[rows] @ x[rows].mean(axis=0)).argmax()])
