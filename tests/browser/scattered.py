"""Made-up points in clusters, for tests and benchmarks of the map."""

import numpy as np
import numpy.typing as npt

from app.map.coloring import by_name, by_number
from app.map.scene import Legend, Points, State

NAMES = ("Sinus rhythm", "Atrial fibrillation", "Left bundle branch block", "Premature beats", "Tachycardia", "Flutter")


def points(count: int, seed: int = 1, digest: str = "d") -> Points:
    """As many points in six clusters; of the same seed and count, the same."""
    rng = np.random.default_rng(seed)
    middles = rng.uniform(-8, 8, size=(len(NAMES), 2))
    turned = rng.normal(size=(len(NAMES), 2, 2))
    cluster = np.arange(count) % len(NAMES)
    xy = middles[cluster] + np.einsum("pij,pj->pi", turned[cluster], rng.normal(size=(count, 2)))
    return Points(digest, xy.astype(np.float32), f"UMAP of {count:,} made-up recordings", rows="made up")


def names(count: int) -> tuple[npt.NDArray[np.uint8], Legend]:
    """Colors by cluster; every tenth is not known."""
    return by_name("Rhythm", [None if i % 10 == 9 else NAMES[i % len(NAMES)] for i in range(count)])


def numbers(count: int) -> tuple[npt.NDArray[np.uint8], Legend]:
    """Colors by a number that rises with the cluster; every tenth is not known."""
    values = np.arange(count) % len(NAMES) + np.random.default_rng(2).normal(size=count)
    values[9::10] = np.nan
    return by_number("Heart rate (1/min)", 60 + 10 * values)


def state(count: int, **more: object) -> State:
    """How the points look at first."""
    colors, legend = names(count)
    return State(colors, legend, np.zeros(count, bool), np.ones(count, bool), **more)  # type: ignore[arg-type]
