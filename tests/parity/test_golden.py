"""The network equals the original: every stored intermediate of the tiny classifier, and the full size."""

import numpy as np
import pytest
import torch
from parity.rule import rule_input, rule_state
from places import GOLDEN

import ecgfm_core as ecg
from ecgfm_core import Encoder
from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.model.checkpoint import build
from ecgfm_core.model.config import EncoderConfig
from ecgfm_core.model.manifest import InputSpec, Manifest
from ecgfm_core.model.rename import our_name
from ecgfm_core.types import Windows

TINY, FULL = 1e-5, 1e-4


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(GOLDEN / "golden_tiny_classifier.npz") as file:
        return dict(file)


@pytest.fixture(scope="module")
def source(golden: dict[str, np.ndarray]) -> torch.Tensor:
    return torch.from_numpy(golden["source_f16"].astype(np.float32))


def close(ours: torch.Tensor, theirs: np.ndarray, tolerance: float = TINY) -> None:
    np.testing.assert_allclose(ours.detach().numpy(), theirs, rtol=0, atol=tolerance)


@torch.inference_mode()
def test_every_intermediate_equals_the_original(tiny: Encoder, golden: dict[str, np.ndarray], source: torch.Tensor):
    net, x = tiny.net, source[:2]
    first = torch.nn.functional.gelu(net.stem.norm(net.stem.convs[0](x)))
    close(first[:1, :, :200], golden["conv0_s01"])
    features = net.stem(x)
    close(features, golden["conv_features"])
    normed = net.stem_norm(features.transpose(1, 2))
    close(normed, golden["features_ln"])
    projected = net.project(normed)
    close(projected, golden["post_extract_proj"])
    position = net.position(projected)
    close(position, golden["conv_pos_out"])
    hidden = net.norm(projected + position)
    close(hidden, golden["encoder_in_ln"])
    for number, layer in enumerate(net.layers):
        hidden, _ = layer(hidden, None, False)
        close(hidden, golden[f"layer{number}"])


@torch.inference_mode()
def test_outputs_equal_the_original(tiny: Encoder, golden: dict[str, np.ndarray], source: torch.Tensor):
    output = tiny.net(source)
    close(output.pooled, golden["embedding"])
    close(output.logits, golden["logits"])
    close(output.logits.sigmoid(), golden["prob"])
    close(output.frames.abs().mean(dim=(1, 2)), golden["encoder_out_mean_abs"])


@torch.inference_mode()
def test_attention_equals_the_original(tiny: Encoder, golden: dict[str, np.ndarray], source: torch.Tensor):
    output = tiny.net(source, attention=True)
    maps = torch.stack(output.attention, dim=1)
    close(output.logits, golden["logits_need_weights"])
    close(maps[0], golden["saliency_s0"])
    close(maps.mean(dim=2), golden["saliency_colmean"])
    close(maps[:, -1].amax(dim=2), golden["attn_max_last"])


def test_the_attention_a_frame_receives_equals_the_original(tiny: Encoder, golden: dict[str, np.ndarray]):
    windows = Windows(golden["source_f16"], np.arange(5) * 5.0, "golden")
    received = ecg.attention_per_frame(ecg.encode(windows, tiny, attention=True))
    np.testing.assert_allclose(received, golden["saliency_colmean"][:, -1], rtol=0, atol=TINY)


@torch.inference_mode()
def test_padding_equals_the_original(tiny: Encoder, golden: dict[str, np.ndarray], source: torch.Tensor):
    x, padded = source[:3].clone(), torch.zeros(3, 2500, dtype=torch.bool)
    for row, length in enumerate(golden["pad_lengths"].tolist()):
        x[row, :, length:] = 0
        padded[row, length:] = True
    output = tiny.net(x, padded, attention=True)
    maps = torch.stack(output.attention, dim=1)
    assert output.padded is not None
    np.testing.assert_array_equal(output.padded.numpy(), golden["pad_mask_out"])
    close(output.logits, golden["pad_logits"])
    close(output.frames.mean(dim=2), golden["pad_encoder_out_colmean"])
    close(maps.sum(dim=3), golden["pad_saliency_rowsum"])
    close(maps[:, -1].amax(dim=2), golden["pad_attn_max_last"])


@torch.inference_mode()
def test_full_size_equals_the_original():
    with np.load(GOLDEN / "golden_rule_full.npz") as file:
        golden = dict(file)
    state = {str(our_name(key, classifier=True)): tensor for key, tensor in rule_state().items()}
    assert sum(tensor.numel() for tensor in state.values()) == 90_386_321
    net = build(Manifest("rule", EncoderConfig(), InputSpec(), MIMIC_IV_ECG, "none", "a rule"), state)
    x = torch.from_numpy(rule_input())
    plain, explained = net(x), net(x, attention=True)
    close(plain.logits, golden["logits"], FULL)
    close(plain.pooled, golden["embedding"], FULL)
    close(explained.attention[-1].amax(dim=2), golden["attention_last_max"], FULL)
    columns = torch.stack([explained.attention[layer].mean(dim=1) for layer in (0, 3, 6, 9)], dim=1)
    close(columns, golden["attention_colmean"], FULL)
    one_by_one = torch.cat([net(x[:1]).logits, net(x[1:]).logits])
    close(plain.logits, one_by_one.numpy(), FULL)


def test_gradients_reach_the_input(tiny: Encoder, source: torch.Tensor):
    x = source[:1].clone().requires_grad_()
    tiny.net(x).logits[0, 6].backward()
    assert x.grad is not None
    assert bool((x.grad.abs().sum(dim=2) > 0).all())


def test_attention_is_an_argument_and_leaves_nothing_behind(tiny: Encoder, source: torch.Tensor):
    with torch.inference_mode():
        before = tiny.net(source[:1]).logits
        assert len(tiny.net(source[:1], attention=True).attention) == 2
        after = tiny.net(source[:1])
    assert after.attention == ()
    assert torch.equal(before, after.logits)
