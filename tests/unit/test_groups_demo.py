"""What the demo encoder's neighborhoods say of simulated hearts: kinds lie together, copies and wrong labels show."""

from typing import NamedTuple

import numpy as np
import pytest
from neighborhoods import neighbors, patients
from scipy.signal import resample_poly

import ecgfm_core as ecg
from ecgfm_core import Encoder
from ecgfm_core.analysis.agreement import label_agreement
from ecgfm_core.analysis.issues import contradiction, duplicates
from ecgfm_core.simulate.population import random_heart
from ecgfm_core.simulate.record import Simulated, simulate
from ecgfm_core.types import Record

COUNT = 300


class Population(NamedTuple):
    """Simulated hearts, [N, D] embeddings, [N, C] probabilities and truth."""

    hearts: list[Simulated]
    vectors: np.ndarray
    probabilities: np.ndarray
    targets: np.ndarray
    labels: tuple[str, ...]


def embedded(record: Record, encoder: Encoder) -> tuple[np.ndarray, np.ndarray]:
    encoding = ecg.encode(ecg.to_windows(record), encoder)
    return encoding.pooled.mean(axis=0), ecg.predict(encoding).overall


@pytest.fixture(scope="module")
def population(demo: Encoder) -> Population:
    rng = np.random.default_rng(11)
    hearts = [simulate(random_heart(rng), seed=seed) for seed in range(COUNT)]
    made = [embedded(heart.record, demo) for heart in hearts]
    labels = tuple(label.name for label in demo.labels)
    targets = np.array([[heart.truth.labels[name] for name in labels] for heart in hearts], np.float32)
    return Population(hearts, np.stack([one for one, _ in made]), np.stack([two for _, two in made]), targets, labels)


def test_hearts_of_one_kind_are_neighbors(population: Population):
    found = label_agreement(neighbors(population.vectors)[0], population.targets, population.labels)
    by_name = {one.label: one for one in found}
    for name in ("Right bundle branch block", "Tachycardia", "Atrial fibrillation"):
        assert by_name[name].agreement > 5 * by_name[name].chance


def test_a_copy_at_another_rate_and_gain_is_found_and_no_other_pair(population: Population, demo: Encoder):
    copied = [row for row, heart in enumerate(population.hearts) if np.ptp(heart.record.signal, axis=1).all()][::50]
    copies = []
    for row in copied:
        record = population.hearts[row].record
        half = 2 * resample_poly(record.signal, 1, 2, axis=1, padtype="line")
        copies.append(embedded(Record(half, 250.0, record.leads, None, "copy", record.meta), demo)[0])
    rows, distances = neighbors(np.concatenate([population.vectors, np.stack(copies)]))
    digests = [f"d{row}" for row in range(len(rows))]
    found = duplicates(rows, distances, digests, patients(len(rows)))
    assert {one.rows for one in found} == {(row, COUNT + place) for place, row in enumerate(copied)}


def test_most_of_the_labels_most_contradicted_are_those_that_were_made_wrong(population: Population):
    rng, targets = np.random.default_rng(12), population.targets.copy()
    wrong = rng.random(targets.shape) < 0.05
    targets[wrong] = 1 - targets[wrong]
    rows, _ = neighbors(population.vectors, k=15)
    scores = contradiction(rows, targets, population.probabilities, population.labels, patients(COUNT))
    order = np.argsort(-scores, axis=None)[: wrong.sum()]
    assert wrong.ravel()[order].mean() > 0.8
    assert wrong[scores >= 0.7].sum() > 0.9 * wrong.sum()
