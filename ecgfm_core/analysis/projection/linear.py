"""Principal components: of vectors, and found again from what they were made of and what they gave."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecgfm_core.types import FloatArray

Doubles = npt.NDArray[np.float64]

_TOGETHER = 4096


def inner(vectors: FloatArray, around: FloatArray | None = None) -> Doubles:
    """[D, D] sums of products over [N, D] less `around` [D]: single precision in a block, double over the blocks."""
    total = np.zeros((vectors.shape[1], vectors.shape[1]))
    for start in range(0, len(vectors), _TOGETHER):
        part = vectors[start : start + _TOGETHER]
        part = part if around is None else part - around
        total += part.T @ part
    return total


def mean(vectors: FloatArray) -> Doubles:
    """[D]: single precision in a block, double over the blocks."""
    sums = [vectors[at : at + _TOGETHER].sum(axis=0) for at in range(0, len(vectors), _TOGETHER)]
    middle: Doubles = np.array(sums, np.float64).sum(axis=0) / len(vectors)
    return middle


def flat(vectors: FloatArray) -> FloatArray:
    """[N, D] on the two directions of the largest variance; signs so that the largest weight is positive: [N, 2]."""
    middle = mean(vectors).astype(np.float32)
    _, directions = np.linalg.eigh(inner(vectors, middle))
    axes = directions[:, : -3 if len(middle) > 2 else None : -1]
    axes = (axes * np.sign(axes[np.abs(axes).argmax(axis=0), range(axes.shape[1])])).astype(np.float32)
    xy: FloatArray = vectors @ axes - middle @ axes
    return xy if xy.shape[1] == 2 else np.column_stack([xy, np.zeros(len(xy), np.float32)])


def found_axes(vectors: FloatArray, xy: FloatArray) -> Doubles:
    """[D, 2]: the principal components that took `vectors` [N, D] to `xy` [N, 2], though nobody kept them.

    With U the centered vectors and A the axes, xy = U A; and since the columns of A are eigenvectors of U'U, the
    columns of U' xy are those of A times their variance. So they are brought to length 1: exact up to rounding.
    """
    axes = (vectors.T @ (xy - mean(xy).astype(np.float32))).astype(np.float64)
    found: Doubles = axes / np.maximum(np.linalg.norm(axes, axis=0), 1e-30)
    return found


def fitted_axes(vectors: FloatArray, xy: FloatArray) -> Doubles:
    """[D, 2]: what takes `vectors` [N, D] nearest to `xy` [N, 2], where these are of something close to the vectors.

    Least squares on the directions that hold more than a ten-thousandth of the largest variance.
    """
    variances, directions = np.linalg.eigh(inner(vectors, mean(vectors).astype(np.float32)))
    kept = variances > 1e-4 * variances[-1]
    wanted = (vectors.T @ (xy - mean(xy).astype(np.float32))).astype(np.float64)
    axes: Doubles = (directions[:, kept] / variances[kept]) @ (directions[:, kept].T @ wanted)
    return axes


def projected(queries: FloatArray, vectors: FloatArray, xy: FloatArray, axes: Doubles) -> Doubles:
    """[Q, D] -> [Q, 2], where the middle of `vectors` [N, D] goes to the middle of `xy` [N, 2]."""
    places: Doubles = mean(xy) + (queries - mean(vectors)) @ axes
    return places
