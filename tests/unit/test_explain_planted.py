"""Planted truth: where it is known what a score rests on, each method finds it."""

import numpy as np
import pytest
import torch
from unit.planted import LEAD, OTHER, PLANT, WIDE, planted, plants, windows_of

import ecgfm_core.analysis.explain.explain as explaining
from ecgfm_core import Encoder
from ecgfm_core.types import ExplainMethod, FloatArray, Saliency

pytestmark = pytest.mark.xdist_group("planted")  # the encoder is trained once
COUNT = 12
NEAR_S = 0.02
"""What a reader takes for one place: maps with a value a sample are averaged over it before a peak is looked for."""
EXPECTED: dict[ExplainMethod, float] = {
    "occlusion": 0.9, "relevance": 0.7, "integrated_gradients": 0.7, "smoothgrad": 0.7, "gradient_x_input": 0.7,
    "lead_importance": 0.9, "lead_removal": 0.9,
}  # fmt: skip


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return planted()


@pytest.fixture(scope="module")
def present() -> tuple[FloatArray, np.ndarray]:
    """Windows with the shape, and where it begins."""
    values, _, at = plants(2 * COUNT, seed=5)
    return values[at >= 0], at[at >= 0]


def maps(encoder: Encoder, values: FloatArray, method: ExplainMethod, target: str = PLANT) -> Saliency:
    return explaining.explain(windows_of(values), encoder, target, method=method)


def peak(values: FloatArray, near: int) -> tuple[int, float]:
    """Lead and sample of the highest value [L, S]; the middle where it is a level."""
    kernel = np.ones(near) / near
    smooth = np.stack([np.convolve(row, kernel, "same") for row in values])
    lead = int(smooth.max(axis=1).argmax())
    return lead, float(np.flatnonzero(np.isclose(smooth[lead], smooth.max(), rtol=1e-4)).mean())


def test_the_planted_classifier_knows_both_labels(encoder: Encoder):
    values, held, _ = plants(100, seed=9)
    with torch.inference_mode():
        told = torch.sigmoid(encoder.net(torch.tensor(values)).logits).numpy()
    assert ((told > 0.5) == held).mean(axis=0).min() > 0.97


def test_every_class_specific_method_is_tested():
    assert set(EXPECTED) == {name for name, method in explaining.METHODS.items() if method.class_specific}


@pytest.mark.parametrize("method", EXPECTED)
def test_the_peak_lies_on_the_plant(encoder: Encoder, present: tuple[FloatArray, np.ndarray], method: ExplainMethod):
    """In time where the method knows times, within its resolution; in lead where it knows leads."""
    values, at = present
    made = maps(encoder, values, method)
    hits = []
    for one, start in zip(made.values, at, strict=True):
        lead, sample = peak(one, round(NEAR_S * 500) + 1 if made.resolution_s < NEAR_S else 1)
        slack = 0 if np.isinf(made.resolution_s) else made.resolution_s * 500 / 2
        in_time = np.isinf(made.resolution_s) or start - slack <= sample < start + WIDE + slack
        hits.append(in_time and (lead == LEAD or not made.per_lead))
    assert np.mean(hits) >= EXPECTED[method]


@pytest.mark.parametrize("method", EXPECTED)
def test_another_target_has_another_map(encoder: Encoder, method: ExplainMethod):
    """Where both hold: relevance has no other place to go where the second label does not."""
    values, held, _ = plants(20, seed=5)
    both = values[held.all(axis=1)][:2]
    one, other = (maps(encoder, both, method, target).values for target in (PLANT, OTHER))
    for row in range(2):
        assert np.corrcoef(one[row].ravel(), other[row].ravel())[0, 1] < 0.7


def test_attention_is_the_same_for_every_target(encoder: Encoder, present: tuple[FloatArray, np.ndarray]):
    one, other = (maps(encoder, present[0][:2], "attention", target).values for target in (PLANT, OTHER))
    np.testing.assert_array_equal(one, other)
