"""Explanations: what they add up to, what they are asked for, and that they leave nothing behind."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import ecgfm_core as ecg
from ecgfm_core import Encoder, Heart
from ecgfm_core.analysis.explain.aim import Contrast, aim_at
from ecgfm_core.analysis.explain.explain import METHODS, explain
from ecgfm_core.analysis.explain.frames import frame_s, over_samples
from ecgfm_core.analysis.explain.gradients import COPIES, NOISE, REFERENCES, shuffled
from ecgfm_core.errors import Canceled, EncoderMismatch, NoLabels
from ecgfm_core.labels import Label
from ecgfm_core.types import Estimate, ExplainMethod, FloatArray, Probe, Windows

AF, SINUS = "Atrial fibrillation", "Sinus rhythm"
QUICK: tuple[ExplainMethod, ...] = (
    "gradient_x_input",
    "smoothgrad",
    "relevance",
    "attention",
    "lead_removal",
    "integrated_gradients",
)


def windows(count: int = 1, rhythm: str = "atrial fibrillation", seed: int = 3) -> Windows:
    made = ecg.to_windows(ecg.simulate(Heart(rhythm=rhythm), seed=seed).record)
    return Windows(made.values[:count], made.starts_s[:count], made.source)


def score(values: FloatArray, encoder: Encoder, target: str) -> np.ndarray:
    with torch.inference_mode():
        return aim_at(target, encoder).score(encoder, torch.tensor(values)).numpy()


def probability(values: FloatArray, encoder: Encoder, target: str) -> np.ndarray:
    aim = aim_at(target, encoder)
    return aim.probability(torch.tensor(score(values, encoder, target))).numpy()


def probe_of(encoder: Encoder, target: str, fingerprint: str) -> Probe:
    """A probe that is a label of the encoder, turned round."""
    aim = aim_at(target, encoder)
    auroc = Estimate(0.9, 0.8, 1.0)
    return Probe(Label("Mine", "mean"), -aim.weights.numpy(), -float(aim.bias), 1.0, auroc, 10, 10, fingerprint)


def test_integrated_gradients_add_up_to_what_the_references_lack(demo: Encoder):
    asked = windows()
    made, rng = explain(asked, demo, AF, method="integrated_gradients", seed=4), np.random.default_rng(4)
    references = np.stack([shuffled(asked.values[0], rng) for _ in range(REFERENCES)])
    change = score(asked.values, demo, AF)[0] - score(references, demo, AF).mean()
    assert made.values.sum() == pytest.approx(change, rel=0.01)
    assert made.gap is not None
    assert made.gap[0] == pytest.approx(abs(made.values.sum() - change) / abs(change), abs=2e-3)


def test_a_reference_keeps_amplitudes_and_leads_and_has_no_wave():
    (values,) = windows().values
    reference = shuffled(values, np.random.default_rng(0))
    spectra = [np.abs(np.fft.rfft(one, axis=1)) for one in (values, reference)]
    np.testing.assert_allclose(*spectra, atol=1e-2)
    np.testing.assert_allclose(np.corrcoef(values), np.corrcoef(reference), atol=1e-3)  # leads go together as before
    peaks = [np.abs(one).max(axis=1) / one.std(axis=1) for one in (values, reference)]
    assert peaks[1].mean() < 0.75 * peaks[0].mean()


def test_what_a_gradient_times_its_input_says_is_the_slope(demo: Encoder):
    """Along the input itself the values add up to how the score grows with the voltage of a part of the window."""
    asked, step = windows(), 1e-3
    part = np.zeros((12, 2500), np.float32)
    part[6:9, 500:1500] = 1
    ends = [score(asked.values * (1 + sign * step * part), demo, AF)[0] for sign in (-1, 1)]
    made = explain(asked, demo, AF, method="gradient_x_input").values[0]
    assert (made * part).sum() == pytest.approx((ends[1] - ends[0]) / (2 * step), rel=0.05, abs=0.02)


def test_smoothgrad_is_the_mean_slope_of_noisy_copies_times_the_input(demo: Encoder):
    """The noise goes with each lead's deviation, so that a lost lead stays lost."""
    values = windows().values.copy()
    values[:, 3] = 0
    noise = np.random.default_rng(4).standard_normal((COPIES, 12, 2500), np.float32)
    copies = torch.tensor(values + NOISE * values.std(axis=2, keepdims=True) * noise, requires_grad=True)
    (slopes,) = torch.autograd.grad(aim_at(AF, demo).score(demo, copies).sum(), copies)
    made = explain(Windows(values, np.zeros(1), "one lost"), demo, AF, method="smoothgrad", seed=4)
    np.testing.assert_allclose(made.values[0], slopes.mean(dim=0).numpy() * values[0], atol=2e-5)


def test_another_draw_of_noise_makes_nearly_the_same_map(demo: Encoder):
    first, again, other = (explain(windows(), demo, AF, method="smoothgrad", seed=seed).values[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert 0.9 < np.corrcoef(first.ravel(), other.ravel())[0, 1] < 1


def test_a_contrast_is_the_difference_of_two_labels(demo: Encoder):
    of = {
        target: explain(windows(), demo, target, method="gradient_x_input")
        for target in (AF, SINUS, Contrast(AF, SINUS))
    }
    both = of[Contrast(AF, SINUS)]
    np.testing.assert_allclose(both.values, of[AF].values - of[SINUS].values, atol=1e-5)
    assert both.target == "Atrial fibrillation rather than Sinus rhythm"


def test_a_probe_is_explained_as_a_label_is(demo: Encoder):
    mine = explain(windows(), demo, probe_of(demo, AF, demo.fingerprint), method="gradient_x_input")
    label = explain(windows(), demo, AF, method="gradient_x_input")
    np.testing.assert_allclose(mine.values, -label.values, atol=1e-6)
    assert mine.target == "Mine"


def test_a_probe_of_another_encoder_is_refused(demo: Encoder):
    with pytest.raises(EncoderMismatch, match="the probe Mine belongs to the encoder 12345678"):
        explain(windows(), demo, probe_of(demo, AF, "1234567890"))


def test_a_label_that_the_encoder_does_not_know_is_refused_with_those_it_does(demo: Encoder):
    with pytest.raises(NoLabels, match=r"Torsades: the encoder .* has no such label. It was trained for: Poor data"):
        explain(windows(), demo, "Torsades")
    with pytest.raises(NoLabels, match="no such label"):
        explain(windows(), demo, Contrast(AF, "Torsades"))


def test_a_label_that_was_not_trained_is_refused(demo: Encoder):
    untrained = tuple(replace(label, trained=label.name != AF) for label in demo.labels)
    with pytest.raises(NoLabels, match="Atrial fibrillation"):
        explain(windows(), replace(demo, config=replace(demo.config, labels=untrained)), AF)


def test_windows_of_another_length_are_refused(demo: Encoder):
    short = Windows(np.zeros((1, 12, 1000), np.float32), np.zeros(1), "short")
    with pytest.raises(EncoderMismatch, match="takes windows of 12 leads by 2500 samples"):
        explain(short, demo, AF)


def left(net: nn.Module) -> list[object]:
    """All that a method could leave behind."""
    hooks = [
        (len(module._forward_hooks), len(module._forward_pre_hooks), len(module._backward_hooks), module.training)
        for module in net.modules()
    ]
    return [hooks, [(one.requires_grad, one.grad is None, one.sum().item()) for one in net.parameters()]]


def after(calls: int, end: Callable[[], bool]) -> Callable[[], bool]:
    """False a few times, then what `end` says."""
    waiting = iter(range(calls))
    return lambda: end() if next(waiting, None) is None else False


def fails() -> bool:
    raise RuntimeError("the tab was closed")


@pytest.mark.parametrize("method", METHODS)
def test_a_cancel_or_an_error_leaves_the_encoder_as_it_was(tiny: Encoder, method: ExplainMethod):
    nine = Windows(np.repeat(windows().values, 9, axis=0), np.arange(9) * 5.0, "nine")
    before, graded = left(tiny.net), torch.is_grad_enabled()
    with pytest.raises(Canceled):
        explain(nine, tiny, AF, method=method, cancel=after(1, lambda: True))
    with pytest.raises(RuntimeError, match="the tab was closed"):
        explain(nine, tiny, AF, method=method, cancel=after(1, fails))
    explain(Windows(nine.values[:1], nine.starts_s[:1], "one"), tiny, AF, method=method)
    assert left(tiny.net) == before
    assert torch.is_grad_enabled() == graded
    assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize("method", METHODS)
def test_progress_rises_to_its_end(tiny: Encoder, method: ExplainMethod):
    told: list[tuple[int, int]] = []
    explain(windows(2), tiny, AF, method=method, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert len({total for _, total in told}) == 1
    assert told[-1][0] == told[-1][1]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("flat", [(3,), tuple(range(12))])
def test_flat_leads_and_no_beats_still_have_a_map(tiny: Encoder, method: ExplainMethod, flat: tuple[int, ...]):
    values = windows().values.copy()
    values[:, list(flat)] = 0
    made = explain(Windows(values, np.zeros(1), "flat"), tiny, AF, method=method)
    assert made.values.shape == values.shape
    assert np.isfinite(made.values).all()
    assert made.gap is None or np.isfinite(made.gap).all()
    if made.per_lead:
        assert np.abs(made.values[:, list(flat)]).max() < 1e-6


@pytest.mark.parametrize("method", METHODS)
def test_a_map_says_what_it_is(tiny: Encoder, method: ExplainMethod):
    asked = windows()
    made, says = explain(asked, tiny, AF, method=method), METHODS[method]
    assert (made.method, made.unit, made.per_lead, made.class_specific) == (
        method, says.unit, says.per_lead, says.class_specific,
    )  # fmt: skip
    assert (made.source, made.encoder, made.target) == (asked.source, tiny.fingerprint, AF)
    assert (made.values == made.values[:, :1]).all() == (not made.per_lead)
    assert not made.values.flags.writeable


@pytest.mark.parametrize("method", QUICK)
def test_windows_are_explained_as_if_alone(demo: Encoder, method: ExplainMethod):
    """The second of two: what comes first could change it, by numbers drawn or by sharing a batch."""
    asked = windows(2)
    together = explain(asked, demo, AF, method=method).values
    alone = explain(Windows(asked.values[1:], np.zeros(1), "one"), demo, AF, method=method)
    np.testing.assert_allclose(alone.values[0], together[1], atol=2e-5)


def test_attention_is_what_encode_gives(demo: Encoder):
    asked = windows(2)
    received = ecg.attention_per_frame(ecg.encode(asked, demo, attention=True))
    made = explain(asked, demo, AF, method="attention").values
    np.testing.assert_allclose(made, over_samples(received, demo, made.shape), atol=1e-7)


def test_frames_lie_over_the_samples_that_they_are_made_of(tiny: Encoder, demo: Encoder):
    """ECG-FM's frame f is made of samples 16 f to 16 f + 15; one of the demo of 14 more than the 32 of a step."""
    assert (frame_s(tiny), frame_s(demo)) == (0.032, 0.064)
    for encoder, stride, reach in ((tiny, 16, 16), (demo, 32, 36)):
        frames = np.arange(encoder.config.architecture.frames(2500), dtype=np.float32)
        at = over_samples(frames[None], encoder, (1, 12, 2500))[0, 5]
        for frame in (0, 1, 40, len(frames) - 1):
            middle = frame * stride + (reach - 1) / 2
            assert at[int(middle)] == at[int(np.ceil(middle))] == frame
        assert np.unique(np.diff(at)).tolist() == [0, 1]


def test_a_frame_is_made_of_the_samples_that_are_said(demo: Encoder):
    """By the gradient of one frame of the stem, with the norm over the whole window left out."""
    stem = demo.net.stem
    x = torch.zeros(1, 12, 2500, requires_grad=True)
    y = x
    for conv in stem.convs:
        y = conv(y)
    (slope,) = torch.autograd.grad(y[0, :, 40].sum(), x)
    touched = np.flatnonzero(slope[0].abs().sum(dim=0).numpy())
    assert (touched[0], touched[-1]) == (40 * 32, 40 * 32 + 35)
