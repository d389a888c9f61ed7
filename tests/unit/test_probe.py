"""A probe finds what is there, keeps patients apart, and is a linear head in the end."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ecgfm_core.analysis.probe import folds, probe, probe_head
from ecgfm_core.errors import EncoderMismatch, ScoresInvalid, TooFewExamples
from ecgfm_core.labels import Label
from ecgfm_core.types import Probe

AF = Label("Atrial fibrillation", "max", prevalence=0.1)
DIRECTION = np.random.default_rng(42).standard_normal(8)


def planted(count: int = 600, seed: int = 0, strength: float = 1.0) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Vectors of unequal offset and spread; a logistic label along one direction; two recordings a patient."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((count, 8)) * np.geomspace(0.1, 10, 8) + np.arange(8)
    logits = strength * ((vectors - np.arange(8)) / np.geomspace(0.1, 10, 8)) @ DIRECTION - 0.5
    target = (rng.random(count) < 1 / (1 + np.exp(-logits))).astype(float)
    return vectors, target, [f"p{i // 2}" for i in range(count)]


def made(label: Label = AF, encoder: str = "f1", **changes: object) -> Probe:
    return probe(*planted(**changes), label, encoder=encoder)


def test_it_recovers_a_planted_direction():
    found = made(count=4000).weights * np.geomspace(0.1, 10, 8)
    assert found @ DIRECTION / np.linalg.norm(found) / np.linalg.norm(DIRECTION) > 0.99


def test_its_auroc_is_that_of_new_patients():
    found = made()
    vectors, target, _ = planted(5000, seed=1)
    fresh = roc_auc_score(target, vectors @ found.weights + found.bias)
    assert found.auroc.low < fresh < found.auroc.high
    assert found.auroc.value == pytest.approx(fresh, abs=0.03)


def test_noise_is_not_told():
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((300, 64)), (rng.random(300) < 0.3).astype(float), [str(i) for i in range(300)]
    found = probe(*noise, AF, encoder="f")
    assert found.auroc.low < 0.5 < found.auroc.high
    assert found.regularization <= 1e-3


def test_what_only_marks_the_patient_is_not_told():
    rng = np.random.default_rng(0)
    target = np.repeat(rng.random(60) < 0.4, 10).astype(float)
    marks = np.repeat(np.eye(60), 10, axis=0) + 0.01 * rng.standard_normal((600, 60))  # a feature a patient
    found = probe(marks, target, [f"p{i // 10}" for i in range(600)], AF, encoder="f")
    assert found.auroc.value < 0.65
    assert roc_auc_score(target, marks @ found.weights + found.bias) > 0.95


def test_no_patient_is_on_both_sides_of_a_fold_and_each_recording_is_held_out_once():
    _, target, patients = planted()
    people = np.array(patients)
    parts = folds(target, people)
    for training, test in parts:
        assert not set(people[training]) & set(people[test])
        assert target[test].mean() == pytest.approx(target.mean(), abs=0.06)
    np.testing.assert_array_equal(np.sort(np.concatenate([test for _, test in parts])), np.arange(600))


def test_folded_weights_give_the_logits_of_scikit_learns_pipeline():
    vectors, target, _ = planted()
    found = made()
    model = make_pipeline(StandardScaler(), LogisticRegression(C=found.regularization, max_iter=500))
    expected = model.fit(vectors, target).decision_function(vectors)
    np.testing.assert_allclose(vectors @ found.weights + found.bias, expected, atol=1e-4)


def test_it_says_what_it_learned_from():
    vectors, target, patients = planted()
    target[:100] = np.nan
    found = probe(vectors, target, patients, AF, encoder="f1")
    assert found.positives + found.negatives == 500
    assert found.positives == np.nansum(target)
    assert (found.label.name, found.label.rule, found.encoder) == ("Atrial fibrillation", "max", "f1")
    assert found.label.prevalence == pytest.approx(np.nanmean(target))
    with pytest.raises(ValueError, match="read-only"):
        found.weights[0] = 1.0


def test_the_same_seed_gives_the_same_probe():
    first, second = made(), made()
    np.testing.assert_array_equal(first.weights, second.weights)
    assert (first.auroc, first.bias) == (second.auroc, second.bias)


@pytest.mark.parametrize(("positive", "counts"), [(0, (0, 30)), (9, (9, 21)), (21, (21, 9)), (30, (30, 0))])
def test_too_few_patients_of_one_kind_are_refused(positive: int, counts: tuple[int, int]):
    target = np.repeat(np.arange(30) < positive, 10).astype(float)  # ten recordings a patient
    patients = [f"p{i // 10}" for i in range(300)]
    with pytest.raises(TooFewExamples, match=rf"Atrial fib.* 10 without. Got {counts[0]} and {counts[1]}") as caught:
        probe(np.zeros((300, 4)), target, patients, AF, encoder="f")
    assert (caught.value.positives, caught.value.negatives) == counts


def test_a_constant_feature_does_no_harm():
    vectors, target, patients = planted()
    found = probe(np.c_[vectors, np.full(600, 3.0)], target, patients, AF, encoder="f")
    assert np.isfinite(found.weights).all()
    assert found.auroc.value == pytest.approx(made().auroc.value, abs=1e-3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"vectors": np.zeros((3, 2))}, "must name the same recordings"),
     ({"vectors": np.full((600, 8), np.nan)}, "the vectors finite numbers"),
     ({"target": np.full(600, 0.5)}, "must hold 1, 0 or nothing")],
)  # fmt: skip
def test_arrays_that_do_not_fit_are_refused(changes: dict[str, np.ndarray], message: str):
    vectors, target, patients = planted()
    parts = {"vectors": vectors, "target": target, "patients": patients, **changes}
    with pytest.raises(ScoresInvalid, match=rf"Atrial fibrillation: .*{message}"):
        probe(**parts, label=AF, encoder="f")


def test_probes_become_a_head_whose_mean_logit_is_the_probes():
    probes = made(), made(Label("other"), seed=3)
    weight, bias, labels = probe_head(probes)
    assert (weight.shape, bias.shape, [label.name for label in labels]) == ((2, 8), (2,), [AF.name, "other"])
    windows = planted()[0][:3]
    logits = windows @ weight.T + bias
    expected = [windows.mean(axis=0) @ one.weights + one.bias for one in probes]
    np.testing.assert_allclose(logits.mean(axis=0), expected, rtol=1e-4)


def test_a_head_is_of_one_encoder_and_names_each_label_once():
    with pytest.raises(EncoderMismatch, match="the encoders f1 and f2"):
        probe_head([made(), made(Label("other"), encoder="f2")])
    with pytest.raises(ScoresInvalid, match=r"one a label\. Got Atrial fibrillation, Atrial fibrillation"):
        probe_head([made(), made()])
    with pytest.raises(ScoresInvalid, match="Got none"):
        probe_head([])
