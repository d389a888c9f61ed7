"""Whether labels agree with the embeddings' neighborhoods, and with a model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ecgfm_core.errors import SelectionInvalid
from ecgfm_core.types import FloatArray, LabelAgreement

Ints = npt.NDArray[np.int64]


def label_agreement(rows: npt.ArrayLike, targets: npt.ArrayLike, labels: Sequence[str]) -> tuple[LabelAgreement, ...]:
    """How often the neighbors of recordings with a label hold it too, against what chance would give.

    Args:
        rows: [N, k] each recording's neighbors, without itself; -1 = none, as `of_others` leaves it.
        targets: [N, C] 1, 0, or NaN = not stated.
        labels: [C] names.

    Raises:
        SelectionInvalid: the shapes do not fit each other.
    """
    neighbors, y = checked(rows, targets, labels)
    held, stated = votes(neighbors, y)
    return tuple(_agreement(name, y[:, c], held[:, c], stated[:, c]) for c, name in enumerate(labels))


def _agreement(name: str, y: FloatArray, held: Ints, stated: Ints) -> LabelAgreement:
    known = ~np.isnan(y)
    chance = float(y[known].mean(dtype=np.float64)) if known.any() else None
    asked = (y == 1) & (stated > 0)
    agreement = float((held[asked] / stated[asked]).mean()) if asked.any() else None
    return LabelAgreement(name, agreement, chance, int(asked.sum()))


def of_others(rows: npt.ArrayLike, patients: Sequence[str]) -> Ints:
    """Neighbors [N, k] of which those of the recording's own patient are replaced by -1.

    Recordings of one patient agree because they are one heart's; what a label looks like in general, other patients
    tell.
    """
    neighbors = np.asarray(rows, np.int64)
    patient = np.unique(np.array(patients, dtype=np.str_), return_inverse=True)[1]
    own = (patient[neighbors] == patient[:, None]) & (neighbors >= 0)
    return np.where(own, -1, neighbors)


def disagreement(targets: npt.ArrayLike, probabilities: npt.ArrayLike) -> FloatArray:
    """[N, C] how far a model is from what is stated: |truth - probability|, 0..1; NaN where either is absent.

    Args:
        targets: [N, C] 1, 0, or NaN = not stated.
        probabilities: [N, C] of the same labels, 0..1; NaN = none.

    Raises:
        SelectionInvalid: the shapes differ.
    """
    truth, said = np.asarray(targets, np.float32), np.asarray(probabilities, np.float32)
    if truth.shape != said.shape:
        raise SelectionInvalid(
            f"targets and probabilities must be of the same recordings and labels. Got {truth.shape} and {said.shape}."
        )
    distance: FloatArray = np.abs(truth - said)
    return distance


def votes(neighbors: Ints, y: FloatArray) -> tuple[Ints, Ints]:
    """[N, C] how many neighbors hold each label, and how many state it."""
    y = np.concatenate([y, np.full((1, y.shape[1]), np.nan, np.float32)])  # the last row is for -1
    held, stated = (np.zeros((len(neighbors), y.shape[1]), np.int64) for _ in range(2))
    for column in neighbors.T:  # one neighbor of everybody at a time, to spare memory
        held += y[column] == 1
        stated += ~np.isnan(y[column])
    return held, stated


def checked(rows: npt.ArrayLike, targets: npt.ArrayLike, labels: Sequence[str]) -> tuple[Ints, FloatArray]:
    """Neighbors and targets as arrays that fit each other.

    Raises:
        SelectionInvalid: they do not.
    """
    neighbors, y = np.asarray(rows, np.int64), np.asarray(targets, np.float32)
    if neighbors.ndim != 2 or y.shape != (len(neighbors), len(labels)):
        raise SelectionInvalid(
            f"neighbors [N, k], targets [N, C] and {len(labels)} labels must fit each other. "
            f"Got {neighbors.shape} and {y.shape}."
        )
    if neighbors.size and not -1 <= neighbors.min() <= neighbors.max() < len(y):
        raise SelectionInvalid(f"neighbors must be rows of the {len(y)} recordings. Got {neighbors.max()}.")
    return neighbors, y
