"""Neighbors of a few vectors, by the definition."""

import numpy as np


def neighbors(vectors: np.ndarray, k: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """(rows [N, k], cosine distances [N, k]) without the recording itself, rising."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    distances = 1 - unit @ unit.T
    np.fill_diagonal(distances, np.inf)
    rows = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return rows, np.take_along_axis(distances, rows, axis=1)


def patients(count: int) -> list[str]:
    """One for each recording."""
    return [f"p{row}" for row in range(count)]
