"""Converting published checkpoints: safe, strict, and equal however weight norm is spelled."""

import argparse
from pathlib import Path

import numpy as np
import pytest
import torch
from places import GOLDEN

import ecgfm_core as ecg
from ecgfm_core import Encoder
from ecgfm_core.errors import UnsafeCheckpoint, WeightsInvalid, WeightsMismatch
from ecgfm_core.labels import MIMIC_IV_ECG, Label

TINY = GOLDEN / "tiny_classifier.pt"


def convert(published: Path, folder: Path, labels: tuple[Label, ...] = MIMIC_IV_ECG) -> Encoder:
    ecg.convert(published, folder, name="x", labels=labels, licence="MIT", origin="a test")
    return ecg.load_encoder(folder, device="cpu")


def changed(tmp_path: Path, **parts: object) -> Path:
    content = torch.load(TINY, weights_only=True)
    path = tmp_path / "changed.pt"
    torch.save({**content, **parts}, path)
    return path


def state() -> dict[str, torch.Tensor]:
    return dict(torch.load(TINY, weights_only=True)["model"])


def same(a: Encoder, b: Encoder) -> bool:
    theirs = b.net.state_dict()
    return all(torch.equal(tensor, theirs[name]) for name, tensor in a.net.state_dict().items())


def test_a_file_with_numpy_meters_loads_through_the_allow_list(tmp_path: Path, tiny: Encoder):
    path = GOLDEN / "tiny_classifier_with_numpy_meters.pt"
    with pytest.raises(Exception, match="numpy"):
        torch.load(path, weights_only=True)
    assert same(convert(path, tmp_path), tiny)


def test_a_file_with_any_other_global_is_refused_by_name(tmp_path: Path):
    path = changed(tmp_path, args=argparse.Namespace(a=1))
    with pytest.raises(
        UnsafeCheckpoint, match=r"asks for argparse\.Namespace, which is not on the allow-list"
    ) as caught:
        convert(path, tmp_path / "out")
    assert caught.value.names == ("argparse.Namespace",)
    assert not (tmp_path / "out").exists()


def test_both_spellings_of_weight_norm_give_the_same_encoder(tmp_path: Path, tiny: Encoder):
    old = {
        key.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        ): tensor
        for key, tensor in state().items()
    }
    assert set(old) != set(state())
    assert same(convert(changed(tmp_path, model=old), tmp_path / "out"), tiny)


def test_a_pretrained_file_becomes_a_backbone_without_a_head(tmp_path: Path):
    encoder = convert(GOLDEN / "tiny_pretrain.pt", tmp_path, ())
    assert encoder.labels == ()
    windows = ecg.to_windows(ecg.simulate(ecg.Heart()).record)
    encoding = ecg.encode(windows, encoder)
    assert encoding.logits is None
    assert encoding.pooled.shape == (2, 48)


def test_unknown_and_missing_tensors_are_named(tmp_path: Path):
    wrong = state()
    wrong["encoder.surprise"] = torch.zeros(1)
    del wrong["encoder.layer_norm.bias"]
    with pytest.raises(WeightsMismatch, match=r"1 missing, first stem_norm\.bias; 1 unknown, first encoder\.surprise"):
        convert(changed(tmp_path, model=wrong), tmp_path / "out")


def test_a_tensor_of_another_shape_is_named(tmp_path: Path):
    wrong = state()
    wrong["encoder.post_extract_proj.bias"] = torch.zeros(5)
    with pytest.raises(WeightsMismatch, match=r"project\.bias: model \(48,\), file \(5,\)"):
        convert(changed(tmp_path, model=wrong), tmp_path / "out")


def test_a_head_of_another_width_than_the_labels_is_refused(tmp_path: Path):
    with pytest.raises(WeightsMismatch, match="the head has 17 outputs and the label list 3 names"):
        convert(TINY, tmp_path, MIMIC_IV_ECG[:3])


def test_weights_that_are_not_finite_are_refused(tmp_path: Path):
    wrong = state()
    wrong["proj.bias"] = torch.full_like(wrong["proj.bias"], float("nan"))
    with pytest.raises(WeightsInvalid, match=r"head\.bias holds values that are not finite"):
        convert(changed(tmp_path, model=wrong), tmp_path / "out")


@pytest.mark.parametrize("text", ["[(256, 2, 2)] * 4", "[(256,2,2)]*2 + [(256, 2, 2), (256, 2, 2)]"])
def test_the_stem_is_read_without_evaluating_it(text: str):
    from ecgfm_core.model.config import ConvLayer
    from ecgfm_core.model.convert import _conv_layers

    assert _conv_layers("x", text) == (ConvLayer(256, 2, 2),) * 4


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("layer_norm_first", True, "layer_norm_first is True; only False is implemented"),
        ("conv_feature_layers", "__import__('os')", "must read like"),
        ("encoder_layers", "12", "encoder_layers must be a whole number"),
        ("encoder_attention_heads", 5, "must be a multiple of heads 5"),
    ],
)
def test_an_architecture_that_is_not_implemented_is_refused(tmp_path: Path, setting: str, value: object, message: str):
    config = torch.load(TINY, weights_only=True)["cfg"]
    config["model"][setting] = value
    with pytest.raises(WeightsInvalid, match=message):
        convert(changed(tmp_path, cfg=config), tmp_path / "out")


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04broken", TINY.read_bytes()[:5000]])
def test_a_broken_file_is_refused_in_words(tmp_path: Path, content: bytes):
    path = tmp_path / "broken.pt"
    path.write_bytes(content)
    with pytest.raises(WeightsInvalid, match=r"broken\.pt"):
        convert(path, tmp_path / "out")


def test_a_checkpoint_without_config_is_refused(tmp_path: Path):
    torch.save({"model": {}}, tmp_path / "a.pt")
    with pytest.raises(WeightsInvalid, match="with 'model' and 'cfg' is needed"):
        convert(tmp_path / "a.pt", tmp_path / "out")


def test_converting_twice_gives_the_same_fingerprint(tmp_path: Path):
    assert convert(TINY, tmp_path / "a").fingerprint == convert(TINY, tmp_path / "b").fingerprint
    assert np.isfinite(convert(TINY, tmp_path / "c").net.head.weight.numpy()).all()


def test_two_tensors_of_one_name_are_refused(tmp_path: Path):
    double = state()
    double["encoder.conv_pos.pos_conv.0.weight_g"] = torch.ones(1, 1, 128)
    with pytest.raises(WeightsMismatch, match=r"two tensors stand for position\.gain"):
        convert(changed(tmp_path, model=double), tmp_path / "out")


def test_tensors_that_share_their_memory_are_written(tmp_path: Path):
    shared = state()
    shared["encoder.layer_norm.bias"] = shared["encoder.feature_extractor.conv_layers.0.2.bias"]
    convert(changed(tmp_path, model=shared), tmp_path / "out")
