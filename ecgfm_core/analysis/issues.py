"""What a person should look at in a cohort: recordings twice, labels without support, recordings like no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ecgfm_core.analysis.agreement import Ints, checked, disagreement, of_others, votes
from ecgfm_core.errors import SelectionInvalid
from ecgfm_core.types import FloatArray, Issue

NEAR = 0.05
"""of the median distance to the nearest neighbor: below it two recordings are as one; see docs/groups.md."""
SUSPECT = 0.7
"""score from which a label is listed as contradicted; see docs/groups.md."""
FAR = 99.0
"""percentile of the distance from which a recording is listed; distances have no gap at which to stop."""
_SAME = 1e-6
"""cosine distance that rounding alone makes."""


def duplicates(
    rows: npt.ArrayLike, distances: npt.ArrayLike, digests: Sequence[str], patients: Sequence[str]
) -> tuple[Issue, ...]:
    """Groups of recordings that hold the same samples, and groups that are the same to the encoder.

    Args:
        rows: [N, k] each recording's neighbors, without itself.
        distances: [N, k] cosine distance of each, rising.
        digests: [N] of the recordings.
        patients: [N] whose recordings they are.

    Returns:
        Same samples first, then by rising distance.

    Raises:
        SelectionInvalid: the shapes do not fit each other.
    """
    neighbors, near = _graph(rows, distances)
    if not len(neighbors) == len(digests) == len(patients):
        raise SelectionInvalid(
            f"digests and patients must name each of the {len(neighbors)} recordings. "
            f"Got {len(digests)} and {len(patients)}."
        )
    same = np.unique(np.array(digests, dtype=np.str_), return_inverse=True)[1]
    exact = [group for group in _groups(same) if len(group) > 1]
    first = near[:, 0]
    apart = first[first > _SAME]
    linked = near < max(NEAR * float(np.median(apart)) if len(apart) else 0.0, _SAME)
    tied = _components(neighbors, linked)
    alike = [group for group in _groups(tied) if len(group) > 1 and len(np.unique(same[group])) > 1]
    found = [_alike(group, near[group][linked[group]], patients) for group in alike]
    return (*(_exact(group, patients) for group in exact), *sorted(found, key=lambda one: (one.score, one.rows)))


def mislabels(
    rows: npt.ArrayLike,
    targets: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    labels: Sequence[str],
    patients: Sequence[str],
) -> tuple[Issue, ...]:
    """Stated labels that the neighbors, and the model where it has a say, contradict; the most contradicted first.

    The score is the mean of two numbers, or the first alone where there is no probability: the share of the neighbors
    of other patients that say the opposite, with the prevalence as one neighbor more; and the probability
    that the model gives to the opposite.

    Args:
        rows: [N, k] each recording's neighbors, without itself.
        targets: [N, C] 1, 0, or NaN = not stated.
        probabilities: [N, C] of the same labels; NaN = none.
        labels: [C] names.
        patients: [N] whose recordings they are.

    Raises:
        SelectionInvalid: the shapes do not fit each other.
    """
    scores = contradiction(rows, targets, probabilities, labels, patients)
    truth = np.asarray(targets)
    at = np.argwhere(scores >= SUSPECT)
    order = np.lexsort((at[:, 1], at[:, 0], -scores[at[:, 0], at[:, 1]]))
    against = np.where(np.isnan(np.asarray(probabilities, np.float32)), "its neighbors", "its neighbors and the model")
    return tuple(
        Issue("mislabel", (int(n),), float(scores[n, c]), _doubt(labels[c], against[n, c], truth[n, c] == 1), labels[c])
        for n, c in at[order]
    )


def contradiction(
    rows: npt.ArrayLike,
    targets: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    labels: Sequence[str],
    patients: Sequence[str],
) -> FloatArray:
    """[N, C] the scores of `mislabels`, 0..1, for every stated label; NaN where it is not stated."""
    neighbors, y = checked(rows, targets, labels)
    held, stated = votes(of_others(neighbors, patients), y)
    known = ~np.isnan(y)
    prevalence = (y == 1).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    vote = np.abs(y - (held + prevalence) / (stated + 1))
    model = disagreement(y, probabilities)
    scores: FloatArray = np.where(np.isnan(model), vote, (vote + model) / 2).astype(np.float32)
    return scores


def outliers(rows: npt.ArrayLike, distances: npt.ArrayLike) -> tuple[Issue, ...]:
    """The hundredth of the recordings that is farthest from its k-th neighbor, the farthest first.

    A list to look through, not a verdict: a cohort without a failed recording has one too.

    Args:
        rows: [N, k] each recording's neighbors, without itself.
        distances: [N, k] cosine distance of each, rising.

    Raises:
        SelectionInvalid: the shapes do not fit each other.
    """
    neighbors, near = _graph(rows, distances)
    last = near[:, -1]
    percentile = 100 * np.searchsorted(np.sort(last), last) / len(last)
    times = last / max(float(np.median(last)), _SAME)
    out = np.flatnonzero(percentile >= FAR)
    issues = [
        Issue("outlier", (int(row),), float(score),
              f"its neighbor number {neighbors.shape[1]} is {factor:.1f} times as far as usual: "
              "few recordings here are like it")
        for row, score, factor in zip(out, percentile[out], times[out], strict=True)
    ]  # fmt: skip
    return tuple(sorted(issues, key=lambda one: (-one.score, one.rows)))


def _graph(rows: npt.ArrayLike, distances: npt.ArrayLike) -> tuple[Ints, FloatArray]:
    neighbors, near = np.asarray(rows, np.int64), np.asarray(distances, np.float32)
    if neighbors.ndim != 2 or neighbors.shape != near.shape or not neighbors.size:
        raise SelectionInvalid(
            f"rows and distances must be [N, k] of the same neighbors. Got {neighbors.shape} and {near.shape}."
        )
    return neighbors, near


def _groups(numbers: npt.NDArray[np.intp]) -> Iterator[npt.NDArray[np.intp]]:
    """The rows of each number, groups by their first row."""
    order = np.argsort(numbers, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
    yield from sorted(parts, key=lambda part: int(part[0]))


def _components(neighbors: Ints, linked: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """[N] number of the group of recordings that links tie together."""
    first, place = np.nonzero(linked)
    ties = coo_array((np.ones(len(first), np.int8), (first, neighbors[first, place])), shape=(len(neighbors),) * 2)
    return np.asarray(connected_components(ties, directed=False)[1], np.intp)


def _exact(group: npt.NDArray[np.intp], patients: Sequence[str]) -> Issue:
    rows = tuple(group.tolist())
    return Issue("duplicate", rows, 0.0, f"{len(rows)} recordings hold the same samples, {_whose(rows, patients)}")


def _alike(group: npt.NDArray[np.intp], links: FloatArray, patients: Sequence[str]) -> Issue:
    rows, widest = tuple(group.tolist()), max(float(links.max()), 0.0)
    sentence = f"{len(rows)} recordings are the same to the encoder (cosine distance {widest:.4f})"
    return Issue("near_duplicate", rows, widest, f"{sentence}, {_whose(rows, patients)}")


def _whose(rows: Sequence[int], patients: Sequence[str]) -> str:
    people = len({patients[row] for row in rows})
    return "stated to be of one patient" if people == 1 else f"stated to be of {people} patients"


def _doubt(label: str, against: str, stated: bool) -> str:
    return f"{label} is {'stated' if stated else 'said to be absent'}, but {against} speak against it"
