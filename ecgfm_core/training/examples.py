"""What a training learns from: signals on demand, and what is known of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ecgfm_core.errors import NothingToLearn
from ecgfm_core.labels import MIMIC_IV_ECG, Label
from ecgfm_core.types import FloatArray

if TYPE_CHECKING:
    from ecgfm_core.analysis.cohort import Cohort

TRAIN, VALID = "train", "valid"
Signals = Callable[[Sequence[int]], list[FloatArray]]


@dataclass(frozen=True, slots=True, eq=False)
class Recordings:
    """Recordings to learn from.

    Attributes:
        signals: rows -> [12, S] each, at 500 Hz in standard deviations of the recording.
        windows: [N] whole windows of each recording.
        ids: [N] names.
        digests: [N] of the recordings.
        patients: [N] of each recording.
        labels: [C] names.
        targets: [N, C] 1, 0, or NaN where the source does not say.
        weights: [N, C] how much each target counts; 0 where it is not stated.
        origin: the sources, for people.
    """

    signals: Signals
    windows: tuple[int, ...]
    ids: tuple[str, ...]
    digests: tuple[str, ...]
    patients: tuple[str, ...]
    labels: tuple[str, ...]
    targets: FloatArray
    weights: FloatArray
    origin: tuple[str, ...]

    def __len__(self) -> int:
        """N."""
        return len(self.ids)

    @property
    def digest(self) -> str:
        """sha256 of recordings, labels, targets and weights: what is learnt from, for a run's settings."""
        found = hashlib.sha256("\n".join([*self.labels, "", *self.digests, *map(str, self.windows)]).encode())
        found.update(self.targets.tobytes() + self.weights.tobytes())
        return found.hexdigest()

    def take(self, rows: Sequence[int]) -> Recordings:
        """The recordings of these rows."""
        kept = np.asarray(rows, dtype=np.intp)
        return Recordings(
            lambda few: self.signals([int(kept[i]) for i in few]),
            tuple(self.windows[i] for i in kept),
            tuple(self.ids[i] for i in kept),
            tuple(self.digests[i] for i in kept),
            tuple(self.patients[i] for i in kept),
            self.labels,
            self.targets[kept],
            self.weights[kept],
            self.origin,
        )

    def held(self) -> Recordings:
        """The same with all signals in memory, as float16: for what is small and read many times."""
        kept = [signal.astype(np.float16) for signal in self.signals(range(len(self)))]
        return Recordings(
            lambda rows: [kept[row].astype(np.float32) for row in rows],
            self.windows, self.ids, self.digests, self.patients, self.labels, self.targets, self.weights, self.origin,
        )  # fmt: skip


class Parts(NamedTuple):
    """Recordings to learn from, and of other patients to judge by while learning."""

    train: Recordings
    valid: Recordings | None = None


def rows_of(cohort: Cohort, split: str | None) -> list[int]:
    """Rows of a cohort's split, in order; None = of all recordings."""
    return [row for row, name in enumerate(cohort.table["split"]) if split in (None, name)]


def from_cohort(cohort: Cohort, split: str | None = None, labels: Sequence[str] | None = None) -> Recordings:
    """The recordings of a split of a cohort, read from it on demand.

    Args:
        cohort: opened.
        split: "train", "valid" or "test"; None = all.
        labels: names, in the wanted order; None = the cohort's.

    Raises:
        NothingToLearn: the split is empty, or a label is not the cohort's.
    """
    wanted = tuple(labels) if labels is not None else cohort.labels
    unknown = [label for label in wanted if label not in cohort.labels]
    if unknown:
        raise NothingToLearn(
            f"{cohort.folder.name}: no label {unknown[0]!r} there. It has: {', '.join(cohort.labels) or 'none'}."
        )
    table = cohort.table
    rows = rows_of(cohort, split)
    if not rows:
        where = "there" if split is None else f"in the split {split!r}"
        raise NothingToLearn(f"{cohort.folder.name}: no recording is {where}. Prepare more recordings.")
    targets = cohort.targets[:, [cohort.labels.index(label) for label in wanted]]
    every = Recordings(
        cohort.signals,
        cohort.windows,
        cohort.ids,
        cohort.digests,
        tuple(table["patient_id"].astype(str)),
        wanted,
        targets,
        (~np.isnan(targets)).astype(np.float32),
        tuple(sorted(set(table["source"].astype(str)))),
    )
    return every.take(rows)


def joined(parts: Sequence[Recordings]) -> Recordings:
    """Several sets one after the other; they share their labels.

    Raises:
        NothingToLearn: the labels differ.
    """
    first = parts[0]
    if any(part.labels != first.labels for part in parts):
        raise NothingToLearn("the sets of recordings have different labels. Name the labels to learn.")
    part_of = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    row_of = np.concatenate([np.arange(len(part)) for part in parts])

    def signals(rows: Sequence[int]) -> list[FloatArray]:
        """Read each part's rows together."""
        asked = np.asarray(rows, np.intp)
        found: dict[int, FloatArray] = {}
        for part in np.unique(part_of[asked]):
            places = np.flatnonzero(part_of[asked] == part)
            read = parts[part].signals([int(row) for row in row_of[asked[places]]])
            found |= dict(zip(places.tolist(), read, strict=True))
        return [found[place] for place in range(len(asked))]

    return Recordings(
        signals,
        tuple(count for part in parts for count in part.windows),
        tuple(id for part in parts for id in part.ids),
        tuple(digest for part in parts for digest in part.digests),
        tuple(patient for part in parts for patient in part.patients),
        first.labels,
        np.concatenate([part.targets for part in parts]),
        np.concatenate([part.weights for part in parts]),
        tuple(dict.fromkeys(name for part in parts for name in part.origin)),
    )


def learnable(data: Recordings, required: Sequence[str] = ()) -> tuple[Label, ...]:
    """What each output will mean: prevalence, and whether both classes are there to learn from.

    Args:
        data: recordings with targets.
        required: names of labels that have to have both classes.

    Raises:
        NothingToLearn: a required label has one class only, or no label has two.
    """
    published = {label.name: label for label in MIMIC_IV_ECG}
    labels = []
    for name, column in zip(data.labels, data.targets.T, strict=True):
        known = column[~np.isnan(column)]
        positives = int(known.sum())
        both = 0 < positives < len(known)
        if name in required and not both:
            raise NothingToLearn(
                f"{name}: both classes are needed among the recordings to learn from. Found {positives} positive and "
                f"{len(known) - positives} negative. Choose another label, or prepare more recordings."
            )
        rule = published[name].rule if name in published else "mean"
        prevalence = float(known.mean()) if len(known) else None
        labels.append(Label(name, rule, prevalence, trained=both))
    if not any(label.trained for label in labels):
        raise NothingToLearn(
            f"none of the {len(labels)} labels has both classes among {len(data)} recordings. "
            "Prepare recordings with and without what is to be learnt."
        )
    return tuple(labels)
