"""The parts of the check card, each where its answer is known."""

import copy
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from ecgfm_core import Encoder
from ecgfm_core.analysis.checking.agreement import map_agreement
from ecgfm_core.analysis.checking.curves import Curves
from ecgfm_core.analysis.checking.randomization import cascade, randomization
from ecgfm_core.analysis.checking.ranks import rank_correlation
from ecgfm_core.analysis.checking.stability import stability
from ecgfm_core.analysis.checking.verdict import judge
from ecgfm_core.analysis.checking.watch import Watch
from ecgfm_core.labels import Label
from ecgfm_core.types import (
    Chance,
    Estimate,
    ExplainMethod,
    FloatArray,
    OrderCurve,
    Probe,
    Saliency,
    Stability,
    Stage,
    Windows,
)


def noise(seed: int = 0, windows: int = 1) -> FloatArray:
    return np.random.default_rng(seed).normal(size=(windows, 12, 2500)).astype(np.float32)


def a_map(
    values: FloatArray, method: ExplainMethod = "occlusion", resolution_s: float = 0.1, *, leads: bool = True
) -> Saliency:
    return Saliency(values, "", method, "logit", resolution_s, leads, True, None, np.zeros(len(values)), "", "")


# random weights


def test_each_stage_changes_its_part_and_leaves_the_rest(tiny: Encoder):
    before = {name: weights.clone() for name, weights in tiny.net.state_dict().items()}
    layers = len(tiny.net.layers)
    changed: set[str] = set()
    expected = ["head", *(f"layers.{place}" for place in reversed(range(layers))), "stem"]
    wave = torch.tensor(noise())
    outputs = [tiny.net(wave).logits]
    for number, (_, other, _) in enumerate(cascade(tiny, "Sinus rhythm", 0)):
        state = other.net.state_dict()
        now = {name for name in before if not torch.equal(state[name], before[name])}
        new = {name for name in now - changed if not name.startswith(expected[number])}
        assert new == set() or number == len(expected) - 1
        assert now > changed
        assert all(torch.equal(state[name].flatten().sort()[0], before[name].flatten().sort()[0]) for name in before)
        changed = now
        outputs.append(other.net(wave).logits)
    assert len(outputs) == len(expected) + 1
    assert all(not torch.allclose(a, b) for a, b in pairwise(outputs))
    assert all(torch.equal(tiny.net.state_dict()[name], before[name]) for name in before)


def test_the_folded_convolution_for_position_is_made_random_too(tiny: Encoder):
    *_, (_, other, _) = cascade(tiny, "Sinus rhythm", 0)
    assert other.net.position.folded is not None and tiny.net.position.folded is not None
    assert torch.equal(other.net.position.folded, other.net.position.weight())
    assert not torch.allclose(other.net.position.folded, tiny.net.position.folded)


def test_a_deep_network_has_its_layers_in_four_groups(tiny: Encoder):
    net = copy.deepcopy(tiny.net)
    net.layers.extend([copy.deepcopy(net.layers[0]) for _ in range(12 - len(net.layers))])
    parts = [part for part, _, _ in cascade(replace(tiny, net=net), "Sinus rhythm", 0)]
    assert parts == ["head", "layers 12 to 10", "layers 9 to 7", "layers 6 to 4", "layers 3 to 1", "stem"]


def test_the_direction_of_a_probe_is_drawn_anew(tiny: Encoder):
    weights = np.arange(tiny.config.architecture.embed_dim, dtype=np.float32)
    probe = Probe(Label("mine"), weights, 0.0, 1.0, Estimate(None), 5, 5, tiny.fingerprint)
    part, _, target = next(cascade(tiny, probe, 0))
    assert part == "head" and isinstance(target, Probe)
    assert not np.array_equal(target.weights, weights) and np.array_equal(np.sort(target.weights), weights)


def test_what_is_left_is_told_with_and_without_signs(tiny: Encoder):
    original = noise()
    answers = {0: original, 1: -original}
    stages = randomization(
        original, tiny, "Sinus rhythm", 0, lambda encoder, target, number: answers.get(number, noise(number))
    )
    assert (stages[0].correlation, stages[0].signed) == pytest.approx((1, 1))
    assert (stages[1].correlation, stages[1].signed) == pytest.approx((1, -1))
    assert abs(stages[-1].correlation) < 0.05


# agreement, stability


def test_a_rank_correlation_is_spearmans_and_a_flat_map_ranks_nothing():
    first = np.array([[1.0, 2, 3, 4]], np.float32)
    assert rank_correlation(first, np.exp(first)) == pytest.approx(1)
    assert rank_correlation(first, np.array([[1, 3, 2, 4]], np.float32)) == pytest.approx(0.8)
    assert rank_correlation(first, 0 * first) == 0


def test_maps_agree_on_what_both_of_them_know():
    fine = a_map(noise(), "integrated_gradients", 0.002)
    opposite = a_map(-fine.values, "gradient_x_input", 0.002)
    times = a_map(
        np.broadcast_to(fine.values.mean(axis=1, keepdims=True), (1, 12, 2500)), "relevance", 0.064, leads=False
    )
    leads = a_map(np.broadcast_to(fine.values.mean(axis=2, keepdims=True), (1, 12, 2500)), "lead_importance", np.inf)
    found = map_agreement(fine, [opposite, times, leads], 500)
    assert found.methods == ("integrated_gradients", "gradient_x_input", "relevance", "lead_importance")
    expected = [[1, -1, 1, 1], [-1, 1, -1, -1], [1, -1, 1, np.nan], [1, -1, np.nan, 1]]
    np.testing.assert_allclose(found.correlations, expected, atol=1e-5)


def test_a_map_that_goes_with_the_recording_is_stable():
    windows = Windows(np.cumsum(noise(), axis=2), np.zeros(1), "")  # a drift: cells differ clearly
    found = stability(a_map(windows.values), windows, 500, lambda changed, later_s, number: changed.values, 0)
    assert found.noise > 0.999 and found.shift > 0.999


def test_a_map_that_stays_when_the_recording_moves_is_not():
    windows = Windows(noise(), np.zeros(1), "")
    found = stability(a_map(noise(1), resolution_s=0.01), windows, 500, lambda changed, later_s, number: noise(1), 0)
    assert found.noise == pytest.approx(1) and found.shift < 0.8


def test_a_map_that_is_drawn_anew_each_time_is_not_stable():
    windows = Windows(noise(), np.zeros(1), "")
    found = stability(a_map(noise(1)), windows, 500, lambda changed, later_s, number: noise(2 + number), 0)
    assert abs(found.noise) < 0.1 and abs(found.shift) < 0.1


# the verdict


def chance(gain: float, width: float = 1.0) -> Chance:
    return Chance(20, Estimate(0.0), Estimate(0.0), Estimate(gain, gain - width, gain + width))


def given(random: float = 2, shuffled: float | None = 2, last: float = 0.1, noise: float = 0.9, specific: bool = True):
    flat = OrderCurve((0, 1), (0, 0), 0)
    found = Curves(flat, flat, chance(random), None if shuffled is None else chance(shuffled))
    return judge(found, (Stage("head", 0.9, 0.9), Stage("stem", last, 0)), Stability(noise, 0.0), specific)


@pytest.mark.parametrize(
    ("facts", "better", "sentence"),
    [
        ({}, True, r"Better than random: removing and putting back what it marks changes the score by 2.00 logits more "
                   r"than in a random order \(95 % interval 1.00 to 3.00\)\."),
        ({"shuffled": None}, True, "Better than random"),
        ({"specific": False}, True, "; the map is the same for every label\\.$"),
        ({"random": 0.9}, False, r"0.90 logits more than in a random order \(95 % interval -0.10 to 1.90"),
        ({"random": -3}, False, "by 3.00 logits less than in a random order"),
        ({"shuffled": 0.9}, False, "0.90 logits more than in the order of the same map shuffled"),
        ({"last": 0.75}, False, r"a network of random weights gives nearly the same map \(rank correlation 0.75\)\."),
        ({"noise": 0.7}, False, r"noise that nobody sees gives another map \(rank correlation 0.70\)\."),
    ],
)  # fmt: skip
def test_each_rule_can_gray_a_map(facts: dict[str, float], better: bool, sentence: str):
    verdict = given(**facts)
    assert verdict.better == better
    assert verdict.sentence.startswith("Better than random: " if better else "Not better than random: ")
    assert re.search(sentence, verdict.sentence)


# the scale


def test_parts_of_parts_lie_on_one_scale():
    seen: list[tuple[int, int]] = []
    whole = Watch(lambda done, total: seen.append((done, total)), lambda: False)
    whole.part(0.5, 1).part(0, 0.5).report(1, 2)
    assert seen == [(625, 1000)]
