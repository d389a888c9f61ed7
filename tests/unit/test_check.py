"""The check card, on an encoder of which it is known what its score rests on."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from unit.planted import OTHER, PLANT, planted, plants, random_copy, windows_of

import ecgfm_core as ecg
from ecgfm_core import Encoder
from ecgfm_core.analysis.checking.check import check
from ecgfm_core.analysis.explain.aim import Contrast
from ecgfm_core.analysis.explain.explain import METHODS, explain
from ecgfm_core.errors import Canceled, EncoderMismatch
from ecgfm_core.types import Check, ExplainMethod, Saliency, Windows

pytestmark = pytest.mark.xdist_group("planted")  # the encoder is trained once
SPECIFIC = [name for name, method in METHODS.items() if method.class_specific]
METHOD: ExplainMethod = "gradient_x_input"


def some(count: int) -> Windows:
    values, held, _ = plants(10, seed=5)
    return windows_of(values[held[:, 0] == 1][:count])


@cache
def explained(method: ExplainMethod, count: int) -> Saliency:
    return explain(some(count), planted(), PLANT, method=method)


def checked(saliency: Saliency, windows: Windows) -> Check:
    return check(saliency, windows, planted(), PLANT)


@pytest.mark.parametrize("method", SPECIFIC)
def test_a_map_that_finds_the_plant_is_better_than_random(method: ExplainMethod):
    card = checked(explained(method, 5), some(5))
    assert card.better_than_random, card.verdict
    assert card.verdict.startswith("Better than random: removing and putting back what it marks changes the score by")
    assert card.random.gain.low is not None and card.random.gain.low > 0
    assert card.deletion.scores[0] == card.insertion.scores[-1] > card.deletion.area
    assert card.stability.noise > 0.9
    assert card.randomization_correlation == card.randomization[-1].correlation < 0.5


@pytest.mark.parametrize("method", [*SPECIFIC, "attention"])
def test_a_map_of_random_numbers_is_not_better_than_random(method: ExplainMethod):
    """On one window: a map that knows nothing passes as seldom there as on many."""
    true = explained(method, 1)
    drawn = np.random.default_rng(0).normal(size=true.values.shape)
    card = checked(replace(true, values=drawn), some(1))
    assert not card.better_than_random
    assert card.verdict.startswith("Not better than random: ")


@pytest.mark.parametrize("method", [*SPECIFIC, "attention"])
def test_a_map_of_a_network_of_random_weights_is_not_better_than_random(method: ExplainMethod):
    windows = some(3)
    other = explain(windows, random_copy(planted()), PLANT, method=method)
    card = checked(replace(other, encoder=planted().fingerprint), windows)
    assert not card.better_than_random
    assert card.verdict.startswith("Not better than random: ")


def test_a_map_of_another_label_is_not_better_than_random():
    windows = some(3)
    other = replace(explain(windows, planted(), OTHER, method=METHOD), target=PLANT)
    assert not checked(other, windows).better_than_random


def test_a_card_is_the_same_for_the_same_seed_and_another_for_another():
    windows, map_ = some(1), explained(METHOD, 1)
    first, again, other = (check(map_, windows, planted(), PLANT, seed=seed) for seed in (0, 0, 1))
    assert (first.random, first.shuffled, first.randomization) == (again.random, again.shuffled, again.randomization)
    assert (first.stability, first.verdict) == (again.stability, again.verdict)
    assert (first.random, first.randomization, first.stability) != (other.random, other.randomization, other.stability)
    assert first.deletion == other.deletion  # the map's own order leaves nothing to chance


def test_a_contrast_can_be_checked():
    windows, target = some(2), Contrast(PLANT, OTHER)
    card = check(explain(windows, planted(), target, method=METHOD), windows, planted(), target)
    assert card.target == f"{PLANT} rather than {OTHER}"


def test_other_maps_are_compared():
    first, second = explained(METHOD, 1), explained("integrated_gradients", 1)
    card = check(first, some(1), planted(), PLANT, others=[second])
    assert card.agreement.methods == (METHOD, "integrated_gradients")
    assert 0 < card.agreement.correlations[0, 1] < 1


def test_progress_rises_on_one_scale_to_its_end():
    seen: list[tuple[int, int]] = []
    windows, map_ = some(2), explained(METHOD, 2)
    check(map_, windows, planted(), PLANT, progress=lambda done, total: seen.append((done, total)))
    done = [step for step, _ in seen]
    assert {total for _, total in seen} == {1000}
    assert done == sorted(done) and done[0] == 0 and done[-1] == 1000
    assert len(set(done)) > 40


def state(encoder: Encoder) -> list[object]:
    parts: list[object] = []
    for module in encoder.net.modules():
        parts.append((module.training, len(module._forward_hooks), len(module._backward_hooks)))
    for weights in encoder.net.parameters():
        parts.append((weights.requires_grad, weights.grad is None, weights.data_ptr(), float(weights.double().sum())))
    return [*parts, torch.is_grad_enabled(), torch.random.get_rng_state().sum().item()]


def after(steps: int) -> Callable[[], bool]:
    """Whether it has been asked more than so many times."""
    asked = iter(range(steps))
    return lambda: next(asked, None) is None


@pytest.mark.parametrize("method", [METHOD, "occlusion"])
@pytest.mark.parametrize("steps", [0, 1, 20, 42, 45])
def test_a_cancel_ends_it_and_everything_is_as_it_was_found(method: ExplainMethod, steps: int):
    windows, encoder, map_ = some(2), planted(), explained(method, 2)
    before = state(encoder)
    with pytest.raises(Canceled):
        check(map_, windows, encoder, PLANT, cancel=after(steps))
    assert state(encoder) == before


def test_after_a_card_everything_is_as_it_was_found():
    windows, encoder = some(2), planted()
    before = state(encoder)
    checked(explain(windows, encoder, PLANT, method=METHOD), windows)
    assert state(encoder) == before


def test_a_map_of_something_else_is_refused():
    windows, true = some(2), explained(METHOD, 2)
    for other, message in (
        (replace(true, encoder="77b01d4c11"), "is of another encoder than is asked for: 77b01d4c, not planted"),
        (replace(true, source="9f"), "another recording than is asked for: 9f, not planted"),
        (replace(true, target=OTHER), "another target than is asked for: Slow wave, not Plant"),
        (replace(true, starts_s=true.starts_s + 5), "another window .*: 2 from 5, 7 s, not 2 from 0, 2 s"),
    ):
        with pytest.raises(EncoderMismatch, match=message):
            checked(other, windows)
        with pytest.raises(EncoderMismatch, match=message):
            check(true, windows, planted(), PLANT, others=[other])


def test_a_real_recording_with_the_demo_encoder_has_a_whole_card(demo: Encoder):
    record = ecg.read_record("data_samples/lbbb.hea")
    both, beats = ecg.to_windows(record), ecg.measure(record).beats
    windows, label = Windows(both.values[:1], both.starts_s[:1], both.source), "Left bundle branch block"
    card = check(explain(windows, demo, label, method=METHOD, beats=beats), windows, demo, label, beats=beats)
    assert [stage.part for stage in card.randomization] == ["head", "layer 4", "layer 3", "layer 2", "layer 1", "stem"]
    assert card.energy is not None
    assert sum(part.share for part in card.energy.segments) == pytest.approx(1, abs=1e-5)
    assert sum(part.time for part in card.energy.segments) == pytest.approx(1)
    assert sorted(beat.beat for beat in card.energy.beats) == [
        place for place, beat in enumerate(beats) if (beat.p or beat.qrs)[0] < 5
    ]
