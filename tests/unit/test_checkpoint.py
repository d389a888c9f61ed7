"""Our weights folder: strict, fingerprinted, refused in words."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import ecgfm_core as ecg
from ecgfm_core import Encoder
from ecgfm_core.errors import DeviceUnavailable, WeightsInvalid, WeightsMismatch
from ecgfm_core.labels import Label, Threshold
from ecgfm_core.model.manifest import parse_manifest


@pytest.fixture
def copy(tiny_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_folder, tmp_path / "copy"))


def edit(folder: Path, **fields: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_a_manifest_survives_a_round_trip(tiny: Encoder):
    labels = (Label("a", "max", 0.1, True, Threshold(0.3, "F1 on validation"), 1.5), Label("b", trained=False))
    manifest = replace(tiny.config, labels=labels)
    assert parse_manifest(manifest.to_json()) == manifest


def test_the_fingerprint_is_of_weights_and_config_together(copy: Path, tiny: Encoder):
    assert ecg.load_encoder(copy, device="cpu").fingerprint == tiny.fingerprint
    edit(copy, name="other")
    renamed = ecg.load_encoder(copy, device="cpu").fingerprint
    state = load_file(copy / "model.safetensors")
    state["head.bias"][0] += 1
    save_file(state, copy / "model.safetensors")
    assert len({tiny.fingerprint, renamed, ecg.load_encoder(copy, device="cpu").fingerprint}) == 3


def test_the_layout_of_the_json_does_not_matter(copy: Path, tiny: Encoder):
    edit(copy)  # other white space and order
    assert ecg.load_encoder(copy, device="cpu").fingerprint == tiny.fingerprint


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"format": "other"}, "format ecgfm-encoder, version 1 is needed"),
        ({"version": 2}, "version 1 is needed"),
        ({"labels": [{"name": "a"}]}, r"labels\[0\]: rule must be of type str"),
        ({"labels": "x"}, "labels must be of type list"),
        ({"architecture": None}, "architecture must be a JSON object"),
        ({"name": 3}, "name must be of type str"),
        ({"input": {"leads": ["I"] * 12, "fs": 500, "window_s": 5}}, "only the twelve leads in standard order"),
        ({"labels": [{"name": "a", "rule": "mean", "trained": True, "temperature": 1e-300}]}, "temperature between"),
        ({"labels": [{"name": " ", "rule": "mean", "trained": True, "temperature": 1}]}, "printable text"),
        (
            {"labels": [{"name": "a", "rule": "mean", "trained": True, "temperature": 1, "prevalence": 5}]},
            "prevalence must be between 0 and 1",
        ),
        ({"version": 10**400}, "version 1 is needed"),
    ],
)
def test_a_bad_config_is_refused_by_field(copy: Path, fields: dict[str, object], message: str):
    edit(copy, **fields)
    with pytest.raises(WeightsInvalid, match=message):
        ecg.load_encoder(copy, device="cpu")


def test_labels_that_do_not_fit_the_head_are_refused(copy: Path):
    config = json.loads((copy / "config.json").read_text())
    edit(copy, labels=config["labels"][:5])
    with pytest.raises(
        WeightsMismatch, match=r"2 tensors do not match .*head\.weight: model \(5, 48\), file \(17, 48\)"
    ):
        ecg.load_encoder(copy, device="cpu")


def test_a_label_twice_is_refused(copy: Path):
    config = json.loads((copy / "config.json").read_text())
    edit(copy, labels=[config["labels"][0]] * 17)
    with pytest.raises(WeightsInvalid, match="Poor data quality occurs twice"):
        ecg.load_encoder(copy, device="cpu")


def test_broken_and_absent_files_are_refused(copy: Path, tmp_path: Path):
    (copy / "model.safetensors").write_bytes(b"\xff" * 100)
    with pytest.raises(WeightsInvalid, match="cannot be read as safetensors"):
        ecg.load_encoder(copy, device="cpu")
    (copy / "config.json").write_text("{")
    with pytest.raises(WeightsInvalid):
        ecg.load_encoder(copy, device="cpu")
    (copy / "config.json").unlink()
    with pytest.raises(WeightsInvalid, match=r"config\.json is missing"):
        ecg.load_encoder(copy, device="cpu")
    with pytest.raises(WeightsInvalid, match=r"no such encoder\. Use demo, ecg-fm, or a folder"):
        ecg.load_encoder(tmp_path / "nowhere", device="cpu")


def test_weights_are_frozen_and_in_evaluation_mode(tiny: Encoder):
    assert not tiny.net.training
    assert not any(parameter.requires_grad for parameter in tiny.net.parameters())


@pytest.mark.parametrize("device", ["quantum", "cuda:99"])
def test_a_device_that_is_not_there_is_refused(tiny_folder: Path, device: str):
    with pytest.raises(DeviceUnavailable, match="Available: "):
        ecg.load_encoder(tiny_folder, device=device)


def test_the_best_device_is_chosen_by_itself(tiny_folder: Path):
    expected = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert ecg.load_encoder(tiny_folder).device.type == expected


def test_the_demo_is_small_honest_and_complete(demo: Encoder):
    folder = Path(__file__).parents[2] / "data_samples" / "encoder"
    assert (folder / "model.safetensors").stat().st_size <= 12_000_000
    assert len(demo.labels) == 17
    assert all(label.trained for label in demo.labels)
    unseen = {label.name for label in demo.labels if label.prevalence is None}
    assert unseen == {"Ventricular tachycardia", "Supraventricular tachycardia with aberrancy"}
    card = (folder / "README.md").read_text()
    assert all(f"| {label.name} |" in card for label in demo.labels)
    assert "no real positive at all" in card


def test_a_huge_architecture_is_refused_at_once(copy: Path):
    config = json.loads((copy / "config.json").read_text())
    edit(copy, architecture={**config["architecture"], "layers": 60_000})
    with pytest.raises(WeightsInvalid, match="layers must be between 1 and 128"):
        ecg.load_encoder(copy, device="cpu")


def test_weights_that_are_no_numbers_are_refused(copy: Path):
    state = load_file(copy / "model.safetensors")
    state["head.bias"][0] = float("nan")
    save_file(state, copy / "model.safetensors")
    with pytest.raises(WeightsInvalid, match=r"head\.bias holds values that are not finite"):
        ecg.load_encoder(copy, device="cpu")


def test_a_name_that_is_no_path_is_refused():
    with pytest.raises(WeightsInvalid, match="no such encoder"):
        ecg.load_encoder("x" * 5000)
