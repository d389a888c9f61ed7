"""[N, D] embeddings -> [N, 2]: UMAP, PCA or t-SNE on cosine distances, seeded."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO

import numpy as np
import numpy.typing as npt

from ecgfm_core.analysis.nearest import Found, Nearest, stop_if, unit_vectors
from ecgfm_core.analysis.projection.linear import flat, inner
from ecgfm_core.analysis.projection.lines import Lines
from ecgfm_core.errors import VectorsInvalid
from ecgfm_core.types import FloatArray, Method

FEWEST = 5
"""Points of the smallest map."""
KEPT = 64
"""Principal directions that stand for longer embeddings; the rest is below what the layout can show (docs/maps.md)."""
_SPECTRAL = 40
"""Points below which UMAP's own start by eigenvectors fails."""
LARGE, EPOCHS_OF_LARGE = 10_000, 40
"""Points above which UMAP runs so many epochs, from a start by principal components, in place of its 200."""

_ITERATIONS = 1000
"""Of t-SNE: what scikit-learn takes by default."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a map is made.

    Attributes:
        method: "umap", "pca" or "tsne".
        neighbors: UMAP: how many neighbors hold a point; t-SNE: its perplexity.
        min_dist: UMAP: how close points may lie, in units of the map.
        seed: of everything random.
    """

    method: Method = "umap"
    neighbors: int = 15
    min_dist: float = 0.1
    seed: int = 0

    def parameters(self) -> dict[str, float | str]:
        """What the method is run with, by its own names."""
        if self.method == "umap":
            return {"n_neighbors": self.neighbors, "min_dist": self.min_dist, "metric": "cosine"}
        if self.method == "tsne":
            return {"perplexity": self.neighbors, "metric": "cosine"}
        return {"metric": "cosine"}


def lay_out(
    vectors: npt.ArrayLike,
    recipe: Recipe,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    cancel: Callable[[], bool] = lambda: False,
) -> FloatArray:
    """Two coordinates for each embedding.

    Args:
        vectors: [N, D].
        recipe: how.
        progress: called with (steps done, steps).
        cancel: asked between the steps, in each epoch of UMAP, and every 50 iterations of t-SNE.

    Raises:
        VectorsInvalid: too few recordings, or embeddings that have no direction.
        Canceled: `cancel` said so.
    """
    units = unit_vectors(vectors)
    if len(units) < FEWEST:
        raise VectorsInvalid(f"a map needs at least {FEWEST} recordings. Got {len(units)}. Embed more.")
    stop_if(cancel)
    if recipe.method == "pca":
        return flat(units)  # of the whole vectors: a linear map, on which `place` is exact
    short = shortened(units)
    if recipe.method == "tsne":
        return _tsne(short, recipe, progress, cancel)
    return _umap(short, recipe, progress, cancel)


def shortened(units: FloatArray) -> FloatArray:
    """Unit vectors on their first `KEPT` principal directions, brought to length 1 again.

    The directions are of the vectors themselves and not of their deviations from the mean, so that inner products,
    and with them cosine distances, are kept as well as that many numbers can.
    """
    if units.shape[1] <= KEPT:
        return units
    _, directions = np.linalg.eigh(inner(units))
    return unit_vectors(units @ directions[:, : -KEPT - 1 : -1].astype(np.float32))


def _tsne(
    short: FloatArray, recipe: Recipe, progress: Callable[[int, int], None], cancel: Callable[[], bool]
) -> FloatArray:
    from sklearn.manifold import TSNE  # slow to import, and not needed for the others

    perplexity = min(float(recipe.neighbors), (len(short) - 1) / 3)
    model = TSNE(
        perplexity=perplexity, metric="cosine", init=_start(short, 1e-4), random_state=recipe.seed, n_jobs=-1,
        max_iter=_ITERATIONS, verbose=2,
    )  # fmt: skip
    lines = Lines(r"Iteration (\d+): error", progress, cancel, total=_ITERATIONS)
    with redirect_stdout(lines):  # one every 50 iterations: it tells nobody else how far it is
        xy: FloatArray = model.fit_transform(short).astype(np.float32)
    progress(_ITERATIONS, _ITERATIONS)  # it may have come to rest earlier
    return xy


def _umap(
    short: FloatArray, recipe: Recipe, progress: Callable[[int, int], None], cancel: Callable[[], bool]
) -> FloatArray:
    k = min(recipe.neighbors, len(short) - 1)
    graph = _with_itself(Nearest(short).graph(k - 1, cancel=cancel))
    many = len(short) > LARGE
    start: FloatArray | str = _start(short, 10.0) if many or len(short) < _SPECTRAL else "spectral"
    with warnings.catch_warnings(), redirect_stdout(StringIO()):  # it talks of its progress there, beside the bar
        warnings.simplefilter("ignore")  # of what it lacks, and that a given graph keeps it from placing: we do that
        import numba  # slow to import, and to compile
        import umap

        threads = numba.get_num_threads()
        model = umap.UMAP(
            n_neighbors=k, min_dist=recipe.min_dist, metric="cosine", random_state=recipe.seed, n_jobs=1, init=start,
            n_epochs=EPOCHS_OF_LARGE if many else None, precomputed_knn=(*graph, None), verbose=True,
            tqdm_kwds={"file": Lines(r"(\d+)/(\d+)", progress, cancel), "disable": False, "mininterval": 0.2},
        )  # fmt: skip
        try:
            xy: FloatArray = model.fit_transform(short).astype(np.float32)
        finally:
            numba.set_num_threads(threads)  # umap-learn leaves one behind where it does not come to its end
    return xy


def _start(short: FloatArray, width: float) -> FloatArray:
    """A start by principal components, as wide as asked for; a whisper of noise parts what lies on one spot."""
    xy = flat(short)
    noise = np.random.default_rng(0).normal(scale=1e-4, size=xy.shape)
    return (width * (xy / max(float(np.abs(xy).max()), 1e-9) + noise)).astype(np.float32)


def _with_itself(graph: Found) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """UMAP counts each point as its own first neighbor."""
    own = np.arange(len(graph.rows))[:, None]
    return np.hstack([own, graph.rows]), np.hstack([np.zeros_like(own, np.float32), graph.distances])
