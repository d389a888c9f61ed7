"""AUROC, average precision and their intervals: equal to scikit-learn's, by patient, silent where they cannot speak."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve
from unit.scored import TWO, scored, simulated, take

from ecgfm_core.analysis.evaluate import evaluate
from ecgfm_core.analysis.ranking import CURVE_POINTS, column, curves, discrimination, replicate, resample
from ecgfm_core.errors import ScoresInvalid
from ecgfm_core.labels import Label

ONE = TWO[:1]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=2, max_size=60), st.integers(0, 2**16))
def test_auroc_and_average_precision_equal_scikit_learns_with_ties_and_weights(pairs: list, seed: int):
    truth, scores = np.array(pairs, float).T
    truth[:2] = (0, 1)
    weights = np.random.default_rng(seed).integers(1, 4, (3, len(truth))).astype(float)
    order = np.argsort(scores, kind="stable")
    made = discrimination(scores[order].astype(np.float32), truth[order].astype(np.float32), weights[:, order])
    for auroc, precision, weight in zip(*made, weights, strict=True):
        assert auroc == pytest.approx(roc_auc_score(truth, scores, sample_weight=weight), abs=1e-9)
        assert precision == pytest.approx(average_precision_score(truth, scores, sample_weight=weight), abs=1e-9)


def test_a_replicate_without_one_of_the_classes_has_no_figure():
    made = discrimination(np.float32([0.1, 0.2]), np.float32([0, 1]), np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]))
    np.testing.assert_array_equal(np.isnan(made), [[True, True, False]] * 2)


def test_what_nobody_states_is_left_out():
    made = simulated()
    known = ~np.isnan(made.truth[:, 1])
    entry = evaluate(made, TWO, bootstrap=0).labels[1]
    assert entry.positives + entry.negatives == known.sum() < len(made)
    truth, scores = made.truth[known, 1], made.probabilities[known, 1]
    assert entry.auroc.value == pytest.approx(roc_auc_score(truth, scores))
    assert entry.average_precision.value == pytest.approx(average_precision_score(truth, scores))
    assert entry.prevalence == pytest.approx(truth.mean())
    assert entry.brier == pytest.approx(((truth - scores) ** 2).mean(), rel=1e-5)


def test_a_recording_without_a_probability_is_left_out():
    made = simulated()
    probabilities = made.probabilities.copy()
    probabilities[:40, 0] = np.nan
    entry = evaluate(replace(made, probabilities=probabilities), TWO, bootstrap=0).labels[0]
    assert entry.auroc == evaluate(take(made, range(40, 300)), TWO, bootstrap=0).labels[0].auroc


def test_repeated_recordings_of_a_patient_do_not_make_an_interval_narrower():
    once = simulated(120, 1)
    five_times = take(once, np.repeat(np.arange(120), 5))
    assert len(five_times) == 5 * len(once)
    for figure in ("auroc", "average_precision"):
        few, many = (getattr(evaluate(one, ONE).labels[0], figure) for one in (once, five_times))
        assert (few.value, few.low, few.high) == pytest.approx((many.value, many.low, many.high), abs=1e-12)
    as_if_independent = replace(five_times, patients=tuple(map(str, range(600))))
    assert width(evaluate(as_if_independent, ONE)) < 0.6 * width(evaluate(five_times, ONE))


def width(evaluation: object) -> float:
    estimate = evaluation.labels[0].auroc
    return estimate.high - estimate.low


@pytest.mark.parametrize(("by_patient", "lowest", "highest"), [(True, 0.92, 0.98), (False, 0.70, 0.90)])
def test_intervals_hold_the_truth_as_often_as_they_say(by_patient: bool, lowest: float, highest: float):
    rng, separation, trials, inside = np.random.default_rng(0), 1.2, 400, 0
    expected = norm.cdf(separation / np.sqrt(2))
    for trial in range(trials):
        holds = np.repeat(rng.random(75) < 0.4, 2)  # two recordings a patient, much alike
        scores = separation * holds + 0.8 * np.repeat(rng.standard_normal(75), 2) + 0.6 * rng.standard_normal(150)
        made = scored(holds, norm.cdf(scores / 3), [f"p{i // 2 if by_patient else i}" for i in range(150)])
        found = replicate(column(made, 0), resample(made.patients, 300, trial))[0]
        low, high = np.quantile(found, (0.025, 0.975))
        inside += bool(low <= expected <= high)
    assert lowest <= inside / trials <= highest


def test_every_replicate_draws_as_many_patients_as_there_are():
    drawn = resample(("a", "b", "a", "c"), 50, 0)
    assert drawn.patient.tolist() == [0, 1, 0, 2]
    np.testing.assert_array_equal(drawn.times.sum(axis=1), 3)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**16), gain=st.floats(0.2, 3), shift=st.floats(-2, 2))
def test_a_rising_transform_of_the_scores_changes_no_ranking(seed: int, gain: float, shift: float):
    made = simulated(80, 1, seed=seed)
    logits = np.log(made.probabilities / (1 - made.probabilities))
    coarse = np.round(logits, 1)  # far enough apart to stay apart in float32
    before, after = (scored(made.truth, 1 / (1 + np.exp(-x))) for x in (coarse, gain * coarse + shift))
    was, now = (evaluate(one, ONE, bootstrap=20).labels[0] for one in (before, after))
    assert (was.auroc, was.average_precision, was.roc) == (now.auroc, now.average_precision, now.roc)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_the_order_of_recordings_changes_nothing(seed: int):
    made = simulated(120, 2, seed=3, patients=60)
    coarse = replace(made, probabilities=np.round(made.probabilities, 1))  # with many ties
    order = np.random.default_rng(seed).permutation(len(made))
    assert evaluate(coarse, TWO, bootstrap=20) == evaluate(take(coarse, order), TWO, bootstrap=20)


def test_the_order_of_labels_changes_no_label():
    made = simulated()
    straight, swapped = evaluate(made, TWO), evaluate(take(made, range(300), [1, 0]), TWO[::-1])
    assert straight.labels == swapped.labels[::-1]
    assert straight.macro_auroc.low == pytest.approx(swapped.macro_auroc.low, abs=1e-12)
    assert straight["Atrial fibrillation"] == straight.labels[0]


def test_the_macro_figure_is_the_mean_over_labels_with_enough_of_both():
    labels = (*TWO, Label("rare"))
    made = simulated(300, 3)
    truth = made.truth.copy()
    truth[np.flatnonzero(truth[:, 2] == 1)[9:], 2] = 0  # nine positives are left
    whole = evaluate(replace(made, truth=truth), labels)
    assert whole.macro_labels == ("Atrial fibrillation", "Premature ventricular contraction")
    assert whole.macro_auroc.value == pytest.approx(np.mean([entry.auroc.value for entry in whole.labels[:2]]))
    assert whole.macro_auroc.low < whole.macro_auroc.value < whole.macro_auroc.high
    rare = whole["rare"]
    assert rare.auroc.value is not None
    assert rare.auroc.low is None
    assert "here 9 and" in rare.auroc.why
    assert rare.points == ()


def test_ten_positives_of_one_patient_are_too_few_for_an_interval():
    truth = np.repeat([1.0, 0.0], [12, 60])
    people = ["p"] * 12 + [str(i) for i in range(60)]
    auroc = evaluate(scored(truth, np.random.default_rng(0).random(72), people), ONE).labels[0].auroc
    assert auroc.low is None
    assert auroc.why == "an interval needs 10 patients with the label and 10 without; here 1 and 60"


@pytest.mark.parametrize(
    ("truth", "label", "why"),
    [
        ([0.0] * 30, ONE[0], "no positive recording"),
        ([1.0] * 30, ONE[0], "no negative recording"),
        ([np.nan] * 30, ONE[0], "no recording states it"),
        ([0.0, 1.0] * 15, Label("never", trained=False), "not trained"),
    ],
)
def test_a_label_that_cannot_be_judged_says_why(truth: list[float], label: Label, why: str):
    whole = evaluate(scored(truth, np.linspace(0.1, 0.9, 30)), (label,), bootstrap=10)
    entry = whole.labels[0]
    assert (entry.auroc.value, entry.auroc.why, entry.average_precision.why) == (None, why, why)
    assert (entry.roc, entry.precision_recall, entry.points) == (None, None, ())
    assert whole.macro_auroc.value is None
    assert "no label has 10 positives" in whole.macro_auroc.why


def test_labels_that_are_perfectly_told_apart_have_no_interval():
    auroc = evaluate(scored([0.0] * 20 + [1.0] * 20, np.linspace(0, 1, 40)), ONE).labels[0].auroc
    assert (auroc.value, auroc.low) == (1.0, None)
    assert "perfectly told apart" in auroc.why


def test_subgroups_are_counted_and_judged_where_there_is_enough():
    made = simulated(600, 1)
    young = made.ages < 40
    truth = made.truth.copy()
    truth[np.flatnonzero(young & (truth[:, 0] == 1))[5:], 0] = 0
    entry = evaluate(replace(made, truth=truth, sexes=("F", *made.sexes[1:])), ONE, bootstrap=100).labels[0]
    by_name = {one.name: one for one in entry.subgroups}
    assert list(by_name) == ["female", "male", "age under 40", "age 40-59", "age 60-79", "age 80 and over"]
    assert sum(by_name[sex].positives for sex in ("female", "male")) == entry.positives
    female = np.array([sex == "F" for sex in ("F", *made.sexes[1:])]) & ~np.isnan(truth[:, 0])
    expected = roc_auc_score(truth[female, 0], made.probabilities[female, 0])
    assert by_name["female"].auroc.value == pytest.approx(expected)
    assert by_name["female"].auroc.low < expected < by_name["female"].auroc.high
    assert by_name["age under 40"].positives == 5
    assert by_name["age under 40"].auroc.value is None
    assert by_name["age under 40"].auroc.why == "needs 10 positives and 10 negatives"


def test_unknown_ages_and_sexes_belong_to_no_subgroup():
    made = replace(simulated(), ages=np.full(300, np.nan), sexes=(None,) * 300)
    entry = evaluate(made, TWO, bootstrap=0).labels[0]
    assert {(one.positives, one.negatives) for one in entry.subgroups} == {(0, 0)}


def test_curves_are_thinned_and_stay_on_scikit_learns():
    made = simulated(3000, 1)
    one = column(made, 0)
    roc, precision_recall = curves(one)
    assert max(len(roc.x), len(precision_recall.x)) <= CURVE_POINTS
    assert ((roc.x[0], roc.y[0]), (roc.x[-1], roc.y[-1])) == ((0, 0), (1, 1))
    alarms, sensitivity, _ = roc_curve(one.truth, one.scores, drop_intermediate=False)
    assert set(zip(np.round(roc.x, 9), np.round(roc.y, 9), strict=True)) <= set(
        zip(np.round(alarms, 9), np.round(sensitivity, 9), strict=True)
    )
    precision, recall, _ = precision_recall_curve(one.truth, one.scores)
    there = set(zip(np.round(recall, 9), np.round(precision, 9), strict=True))
    assert set(zip(np.round(precision_recall.x[1:], 9), np.round(precision_recall.y[1:], 9), strict=True)) <= there


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"truth": [[2.0]] * 3}, "truth must hold 1, 0 or nothing. Got 2 in row 1, label 1"),
        ({"probabilities": [[0.1], [1.5], [0.2]]}, "probabilities must hold 0 to 1, or nothing. Got 1.5 in row 2"),
        ({"probabilities": [[0.1]]}, "must have one shape"),
        ({"patients": ("a",)}, "patients must name each of the 3 recordings. Got 1"),
        ({"sexes": ("F", "M", "female")}, 'must be "F", "M" or unknown. Got "female"'),
    ],
)
def test_scores_that_do_not_fit_are_refused(changes: dict[str, object], message: str):
    with pytest.raises(ScoresInvalid, match=message):
        replace(scored([1.0, 0.0, 1.0], [0.1, 0.2, 0.3]), **changes)


def test_labels_and_columns_must_agree_and_there_must_be_recordings():
    with pytest.raises(ScoresInvalid, match="the scores have 2 columns and 1 labels were given"):
        evaluate(simulated(), ONE)
    with pytest.raises(ScoresInvalid, match="no recording is left to judge"):
        evaluate(take(simulated(), []), TWO)
