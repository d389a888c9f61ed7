"""Calibration is measured and mended; thresholds reach what they promise where they were chosen, and say where."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import binomtest
from sklearn.metrics import f1_score, precision_score, recall_score
from unit.scored import TWO, scored, simulated

from ecgfm_core.analysis.calibrate import calibration_bins, share, temperature
from ecgfm_core.analysis.evaluate import evaluate
from ecgfm_core.analysis.ranking import column
from ecgfm_core.analysis.thresholds import BEST_F1, choose_thresholds
from ecgfm_core.errors import ScoresInvalid
from ecgfm_core.labels import Label, Threshold

ONE = TWO[:1]
SENSITIVE = "sensitivity of at least 0.9"


def calibrated(count: int = 20_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and truth drawn with exactly their probabilities."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(-1, 1.5, count)
    return logits, (rng.random(count) < expit(logits)).astype(float)


def test_calibrated_probabilities_have_a_small_error_and_sharpened_ones_a_large_one():
    logits, truth = calibrated()
    good, bad = (evaluate(scored(truth, expit(x)), ONE, bootstrap=0).labels[0] for x in (logits, 2 * logits))
    assert good.ece < 0.01
    assert bad.ece > 0.05
    assert bad.auroc.value == pytest.approx(good.auroc.value, abs=1e-6)  # float32 makes a few ties
    inside = [one.observed.low <= one.probability <= one.observed.high for one in good.calibration]
    assert sum(inside) >= 8


def test_bins_are_of_equal_mass_and_hold_every_recording_once():
    bins = calibration_bins(column(simulated(437, 1, seed=1), 0))
    counts = [one.count for one in bins]
    assert len(bins) == 10
    assert sum(counts) == int((~np.isnan(simulated(437, 1, seed=1).truth)).sum())
    assert max(counts) - min(counts) <= 1
    assert [one.probability for one in bins] == sorted(one.probability for one in bins)


def test_few_recordings_make_fewer_bins_and_equal_probabilities_one():
    truth = np.tile([0.0, 1.0], 35)
    assert len(calibration_bins(column(scored(truth, np.linspace(0, 1, 70)), 0))) == 3
    (one,) = calibration_bins(column(scored(truth, np.full(70, 0.5)), 0))
    assert (one.count, one.probability, one.observed.value) == (70, 0.5, 0.5)


@pytest.mark.parametrize(("part", "whole"), [(0, 10), (3, 10), (10, 10), (431, 2000)])
def test_shares_have_wilsons_interval(part: int, whole: int):
    made, expected = share(part, whole), binomtest(part, whole).proportion_ci(method="wilson")
    assert (made.low, made.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_a_share_of_nothing_says_so():
    assert share(0, 0).value is None
    assert share(0, 0).why == "no recording to divide by"


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0, 4.0])
def test_the_temperature_finds_what_the_logits_were_multiplied_by(factor: float):
    logits, truth = calibrated()
    assert temperature(list(factor * logits), truth) == pytest.approx(factor, rel=0.05)


def test_unstated_recordings_do_not_move_the_temperature():
    logits, truth = calibrated(2000)
    more = np.r_[truth, np.full(500, np.nan)]
    assert temperature(list(np.r_[logits, np.full(500, 9.0)]), more) == temperature(list(logits), truth)


@pytest.mark.parametrize("rule", ["mean", "max"])
def test_the_temperature_fits_the_recordings_combined_probability(rule: str):
    rng = np.random.default_rng(5)
    windows = [rng.normal(-1, 1.5, rng.integers(1, 5)) for _ in range(3000)]
    combine = {"mean": np.mean, "max": np.max}[rule]
    p = np.array([combine(expit(one)) for one in windows])
    truth = (rng.random(3000) < p).astype(float)
    found = temperature([3 * one for one in windows], truth, rule)

    def slope(candidate: float) -> float:
        def loss(t: float) -> float:
            at = np.array([combine(expit(3 * one / t)) for one in windows])
            return -np.mean(truth * np.log(at) + (1 - truth) * np.log1p(-at))

        return loss(candidate + 1e-3) - loss(candidate - 1e-3)

    assert found == pytest.approx(brentq(slope, 1, 10), rel=1e-3)
    assert found == pytest.approx(3, rel=0.15)


@pytest.mark.parametrize("positives", [0, 9, 91, 100])
def test_with_few_of_one_kind_the_temperature_stays_one(positives: int):
    truth = np.r_[np.ones(positives), np.zeros(100 - positives)]
    assert temperature(list(np.random.default_rng(0).normal(size=100)), truth) == 1.0


def test_extreme_logits_stay_finite():
    logits, truth = calibrated(500)
    assert temperature(list(1e4 * logits), truth) == pytest.approx(20, rel=1e-3)


def test_thresholds_reach_on_their_own_set_what_they_promise():
    made = simulated(500)
    chosen = choose_thresholds(made, TWO, where="these")
    for entry in evaluate(made, TWO, thresholds=chosen, bootstrap=0).labels:
        best, sensitive = entry.points
        assert (best.aim, sensitive.aim) == (BEST_F1, SENSITIVE)
        assert sensitive.sensitivity.value >= 0.9
        assert (sensitive.true_positives - 1) / entry.positives < 0.9  # the next higher threshold falls short
        one = column(made, [label.name for label in TWO].index(entry.label))
        every = [f1_score(one.truth, one.scores >= cut) for cut in np.unique(one.scores)]
        assert best.f1.value == pytest.approx(max(every))


def test_an_operating_point_equals_scikit_learns_figures():
    made = simulated(500)
    cuts = {"fixed": Threshold(0.25, "by hand")}
    entry = evaluate(made, TWO, thresholds={TWO[1].name: cuts}, bootstrap=0)
    assert entry.labels[0].points == ()
    (point,) = entry.labels[1].points
    one = column(made, 1)
    called = one.scores >= 0.25
    assert point.ppv.value == pytest.approx(precision_score(one.truth, called))
    assert point.npv.value == pytest.approx(precision_score(1 - one.truth, ~called))
    assert point.specificity.value == pytest.approx(recall_score(1 - one.truth, ~called))
    assert point.f1.value == pytest.approx(f1_score(one.truth, called))
    assert point.f1.low < point.f1.value < point.f1.high
    counts = point.true_positives, point.false_positives, point.false_negatives, point.true_negatives
    assert sum(counts) == len(one.truth)


def test_thresholds_carry_where_they_come_from_to_where_they_are_used():
    chosen = choose_thresholds(simulated(500), TWO, where="validation split of X")
    point = evaluate(simulated(seed=9), TWO, thresholds=chosen, bootstrap=0).labels[0].points[0]
    assert point.threshold == chosen[TWO[0].name][BEST_F1]
    assert point.threshold.provenance.startswith("highest F1, chosen on validation split of X (")


def test_thresholds_chosen_on_the_judged_recordings_say_that_this_flatters():
    for entry in evaluate(simulated(), TWO, bootstrap=0).labels:
        assert all("which flatters it" in point.threshold.provenance for point in entry.points)
        assert len(entry.points) == 2


def test_few_positives_choose_no_threshold():
    made = scored(np.r_[np.ones(9), np.zeros(50)], np.linspace(0, 1, 59))
    assert choose_thresholds(made, (Label("rare"),), where="here") == {}


@pytest.mark.parametrize("sensitivity", [0.0, 1.5, float("nan")])
def test_a_sensitivity_that_is_none_is_refused(sensitivity: float):
    with pytest.raises(ScoresInvalid, match="must be above 0 and at most 1"):
        choose_thresholds(simulated(), TWO, sensitivity=sensitivity, where="here")
