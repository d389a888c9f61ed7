"""Maps: how long a large one takes beside umap-learn's default, and how well new recordings are placed.

`python -m benchmarks projection`: made-up vectors. `python -m benchmarks.projection COHORT`: those of a cohort too.
"""

from __future__ import annotations

import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.manifold import trustworthiness

from ecgfm_core.analysis.cohort import open_cohort
from ecgfm_core.analysis.nearest import Nearest, unit_vectors
from ecgfm_core.analysis.projection.layout import Recipe, lay_out
from ecgfm_core.analysis.projection.linear import flat, found_axes, projected
from ecgfm_core.analysis.projection.placing import K, map_width, place_among
from ecgfm_core.types import FloatArray

COUNT, WIDTH = 50_000, 768


def mixture(count: int, width: int, seed: int = 0) -> FloatArray:
    """Thirty clusters of twelve intrinsic dimensions, bent into `width` of them, with noise."""
    rng = np.random.default_rng(seed)
    inside = 2 * rng.normal(size=(30, 12))[rng.integers(0, 30, count)] + rng.normal(size=(count, 12))
    bent = np.tanh(inside @ rng.normal(size=(12, width)) / 4)
    return (bent + 0.05 * rng.normal(size=(count, width))).astype(np.float32)


def large_map() -> None:
    """50,000 x 768, both seeded and warm, in one run."""
    import umap

    vectors = mixture(COUNT, WIDTH)
    sample = np.random.default_rng(1).choice(COUNT, 3000, replace=False)
    took = {}
    for name, make in {
        "ours": lambda x: lay_out(x, Recipe(seed=0)),
        "umap-learn": lambda x: umap.UMAP(metric="cosine", random_state=0).fit_transform(x),
    }.items():
        make(vectors[:11_000])  # numba compiles
        began = time.perf_counter()
        xy = make(vectors)
        took[name] = time.perf_counter() - began
        kept = trustworthiness(vectors[sample], xy[sample], n_neighbors=15, metric="cosine")
        print(f"{name:<12}{took[name]:7.1f} s   trustworthiness {kept:.4f} (of {len(sample)} points)")
    print(f"ratio {took['ours'] / took['umap-learn']:.2f} (asked: at most 0.50)")


def placing(vectors: FloatArray, name: str) -> None:
    """A held-out tenth, placed by us and by umap-learn's transform on the same fitted map."""
    import umap

    held = np.random.default_rng(0).permutation(len(vectors))
    out, inside = held[: len(held) // 10], held[len(held) // 10 :]
    model = umap.UMAP(metric="cosine", random_state=0).fit(vectors[inside])
    known = Nearest(vectors[inside])
    found = known.search(vectors[out], K)
    for way, xy in {
        "ours": place_among(found, model.embedding_).xy,
        "transform": model.transform(vectors[out]),
    }.items():
        near = np.argsort(((xy[:, None] - model.embedding_[None]) ** 2).sum(axis=2), axis=1)[:, :K]
        kept = [len(set(a) & set(b)) / K for a, b in zip(near, found.rows, strict=True)]
        error = 1.96 * np.std(kept) / np.sqrt(len(kept))
        print(f"{name}, {len(out)} placed: {way:<10} kNN overlap {np.mean(kept):.4f} +- {error:.4f}")


def placing_on_components(vectors: FloatArray, name: str) -> None:
    """A held-out tenth on a PCA map: how far from where its components put it, as `place` does it and by neighbors."""
    held = np.random.default_rng(0).permutation(len(vectors))
    units = unit_vectors(vectors)
    out, inside = units[held[: len(held) // 10]], units[held[len(held) // 10 :]]
    xy = flat(inside)
    middle = inside.mean(axis=0, dtype=np.float64)
    axes = np.linalg.svd(inside - middle, full_matrices=False)[2][:2].T
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    for way, places in {
        "by components": projected(out, inside, xy, found_axes(inside, xy)),
        "by neighbors": place_among(Nearest(inside).search(out, K), xy).xy,
    }.items():
        off = np.linalg.norm(places - (out - middle) @ axes, axis=1) / map_width(xy)
        print(f"{name}, PCA, {way:<14} off by, of the width: median {np.median(off):.1g}, most {off.max():.1g}")


def main(folder: str | None = None) -> None:
    """Print all."""
    warnings.simplefilter("ignore")
    if folder is not None:
        vectors = open_cohort(Path(folder)).vectors
        placing(vectors, Path(folder).name)
        placing_on_components(vectors, Path(folder).name)
    placing(mixture(10_000, 192), "mixture")
    large_map()


if __name__ == "__main__":
    main(*sys.argv[1:])
