"""A probe between two selections tells what is there, by patient, and refuses what it cannot."""

import numpy as np
import pytest

from ecgfm_core.analysis.contrasting import contrast, probe_probabilities
from ecgfm_core.errors import EncoderMismatch, SelectionInvalid, TooFewExamples
from ecgfm_core.types import Probe

PATIENTS = [f"p{row // 2}" for row in range(400)]


def planted(shift: float, seed: int = 0) -> np.ndarray:
    """The first half lies `shift` standard deviations farther along the first feature."""
    vectors = np.random.default_rng(seed).standard_normal((400, 16))
    vectors[:200, 0] += shift
    return vectors


def made(shift: float = 3.0, a: range = range(40), b: range = range(200, 240)) -> Probe:
    return contrast(planted(shift), PATIENTS, a, b, "left", "f1")


def test_forty_recordings_a_side_are_enough_for_a_planted_difference():
    found = made()
    p = probe_probabilities(found, planted(3.0, seed=1))
    assert found.auroc.value > 0.95
    assert p[:200].mean() > 0.8 > 0.2 > p[200:].mean()
    assert (found.positives, found.negatives, found.label.name, found.encoder) == (40, 40, "left", "f1")


def test_two_halves_of_one_thing_are_not_told_apart():
    found = made(shift=0.0)
    assert found.auroc.low < 0.5 < found.auroc.high


def test_exchanged_selections_give_the_opposite_probability():
    vectors = planted(3.0)
    there = probe_probabilities(made(), vectors)
    back = probe_probabilities(made(a=range(200, 240), b=range(40)), vectors)
    np.testing.assert_allclose(there, 1 - back, atol=0.02)


def test_probabilities_are_those_of_the_logit_and_do_not_overflow():
    found = made()
    vectors = planted(3.0)[:5]
    expected = 1 / (1 + np.exp(-(vectors @ found.weights + found.bias)))
    np.testing.assert_allclose(probe_probabilities(found, vectors), expected, atol=1e-6)
    assert set(probe_probabilities(found, np.outer([1e6, -1e6], found.weights)).tolist()) == {0.0, 1.0}


def test_a_recording_on_both_sides_is_refused():
    with pytest.raises(SelectionInvalid, match="left: the two selections share 5 recordings"):
        made(a=range(40), b=range(35, 80))


def test_it_is_patients_that_must_be_enough():
    with pytest.raises(TooFewExamples, match=r"10 patients in each\. Got 9 and 20 patients") as caught:
        made(a=range(18))
    assert (caught.value.positives, caught.value.negatives) == (9, 20)
    with pytest.raises(TooFewExamples, match="Got 0 and 20"):
        made(a=range(0))


def test_rows_that_are_not_there_are_refused():
    with pytest.raises(SelectionInvalid, match=r"between 0 and 399\. Got 0 to 409"):
        made(b=range(390, 410))


def test_embeddings_of_another_length_are_refused():
    with pytest.raises(EncoderMismatch, match=r"left: the probe takes embeddings of 16 numbers. Got shape \(3, 4\)"):
        probe_probabilities(made(), np.zeros((3, 4)))
