"""Fine-tuning: what learns and what stays, which labels, which windows, and what is refused."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from unit.learning import LABELS, SMALL, hearts, losses

from ecgfm_core import Encoder
from ecgfm_core.errors import NothingToLearn, RecipeInvalid, RunMismatch, WeightsInvalid, WeightsMismatch
from ecgfm_core.model.config import Dropout
from ecgfm_core.model.encoder import EcgFm
from ecgfm_core.model.manifest import InputSpec, Manifest
from ecgfm_core.training.batches import MOST_OFTEN, Labelled, LabelledWindows, sampling_chances
from ecgfm_core.training.examples import Parts, joined, learnable
from ecgfm_core.training.finetuning import (
    FinetuneRecipe,
    Start,
    _groups,
    finetune,
    learning_rate,
    masked_bce,
)
from ecgfm_core.training.heads import calibrated, save_tuned
from ecgfm_core.training.loop import Place, State

QUICK = FinetuneRecipe(steps=4, batch=8, lr=1e-3, trained="all", save_every=2)


def start() -> Start:
    torch.manual_seed(7)
    return Start(SMALL, EcgFm(SMALL, 3).state_dict())


def moved(recipe: FinetuneRecipe, folder: Path) -> set[str]:
    """First parts of the names of the tensors that fine-tuning changed."""
    begun = start()
    tuned = finetune(Parts(hearts()), begun, folder, recipe, device="cpu")
    return {
        name.split(".")[0]
        for name, tensor in tuned.state.items()
        if name not in begun.state or tensor.shape != begun.state[name].shape or not tensor.equal(begun.state[name])
    }


def test_all_learns_as_published_the_stem_stays_and_a_head_alone_learns_alone(tmp_path: Path):
    everything = {"stem", "stem_norm", "project", "position", "norm", "layers", "head"}
    assert moved(QUICK, tmp_path / "all") == everything
    assert moved(replace(QUICK, trained="transformer"), tmp_path / "transformer") == everything - {"stem"}
    assert moved(replace(QUICK, trained="head"), tmp_path / "head") == {"head"}


def test_the_paper_leaves_the_stem_and_drops_activations():
    assert FinetuneRecipe().trained == "transformer"
    assert (FinetuneRecipe().lr, FinetuneRecipe().batch, FinetuneRecipe().epochs) == (1e-6, 256, 140)
    assert FinetuneRecipe().dropout.activation == 0.1


def test_a_seed_may_be_zero_and_not_below():
    assert FinetuneRecipe(seed=0).seed == 0
    with pytest.raises(RecipeInvalid, match=r"seed must be 0 or more\. Got -1"):
        FinetuneRecipe(seed=-1)


def test_it_tells_fibrillation_after_a_few_updates(tmp_path: Path):
    recipe = replace(QUICK, steps=120, batch=12, lr=3e-3, varied=True, average=0.9, schedule="cosine", clip=1.0)
    data = Parts(hearts(32), hearts(24, first=100))
    tuned = finetune(data, Start(SMALL, {}), tmp_path / "run", recipe, device="cpu")
    kept_apart = [float(row.split(",")[2]) for row in losses(tmp_path / "run", "valid")]
    assert kept_apart[-1] < 0.8 * np.log(2)
    manifest = Manifest("test", SMALL, InputSpec(), tuned.labels, "MIT", "a test")
    written = save_tuned(tmp_path / "encoder", tuned.state, manifest, data.valid)
    fibrillation, quality = written.labels
    assert (fibrillation.trained, fibrillation.prevalence) == (True, 0.5)
    assert fibrillation.temperature != 1
    assert fibrillation.threshold is not None
    assert "the validation split (12 positives of 24 recordings)" in fibrillation.threshold.provenance
    assert (quality.trained, quality.temperature, quality.threshold) == (False, 1, None)


def test_another_start_is_another_training(tmp_path: Path):
    finetune(Parts(hearts()), start(), tmp_path / "run", QUICK, device="cpu")
    with pytest.raises(RunMismatch, match="first start"):
        finetune(Parts(hearts()), Start(SMALL, {}), tmp_path / "run", QUICK, device="cpu")


def test_an_ended_run_is_not_trained_again(tmp_path: Path):
    first = finetune(Parts(hearts()), start(), tmp_path / "run", QUICK, device="cpu")
    again = finetune(Parts(hearts()), start(), tmp_path / "run", QUICK, device="cpu")
    assert all(again.state[name].equal(tensor) for name, tensor in first.state.items())
    assert len(losses(tmp_path / "run")) == 4


def test_stopped_at_any_update_it_goes_on_to_the_same_result(tmp_path: Path):
    recipe = replace(QUICK, steps=6, varied=True, average=0.9, schedule="cosine", dropout=Dropout(hidden=0.2))
    whole = finetune(Parts(hearts()), start(), tmp_path / "whole", recipe, device="cpu")

    def stop(state: State) -> None:
        if state.step == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finetune(Parts(hearts()), start(), tmp_path / "run", recipe, device="cpu", progress=stop)
    resumed = finetune(Parts(hearts()), start(), tmp_path / "run", recipe, device="cpu")
    assert losses(tmp_path / "run") == losses(tmp_path / "whole")
    assert all(resumed.state[name].equal(tensor) for name, tensor in whole.state.items())


def test_an_encoder_that_lacks_tensors_or_holds_nan_is_refused(tmp_path: Path):
    begun = start().state
    lacking = {name: tensor for name, tensor in begun.items() if not name.startswith("layers.0.expand")}
    with pytest.raises(WeightsMismatch, match=r"2 missing, first layers\.0\.expand\.weight"):
        finetune(Parts(hearts()), Start(SMALL, lacking), tmp_path / "run", QUICK, device="cpu")
    broken = {**begun, "norm.bias": torch.full((32,), torch.nan)}
    with pytest.raises(WeightsInvalid, match=r"norm\.bias holds values that are not finite"):
        finetune(Parts(hearts()), Start(SMALL, broken), tmp_path / "run", QUICK, device="cpu")
    assert not (tmp_path / "run").exists()


def test_recordings_that_state_nothing_are_not_learnt_from(tmp_path: Path):
    data = hearts()
    targets = data.targets.copy()
    targets[4:] = np.nan
    few = replace(data, targets=targets, weights=(~np.isnan(targets)).astype(np.float32))
    assert finetune(Parts(few), start(), tmp_path / "run", QUICK, device="cpu").recordings == 4


def test_a_named_label_needs_both_classes():
    with pytest.raises(NothingToLearn, match=r"Poor data quality: both classes are needed.*0 positive and 0 negative"):
        learnable(hearts(), ["Poor data quality"])
    fibrillating = hearts().take([1, 3, 5])
    with pytest.raises(NothingToLearn, match=r"Atrial fibrillation: both classes.*3 positive and 0 negative"):
        learnable(fibrillating, ["Atrial fibrillation"])
    with pytest.raises(NothingToLearn, match="none of the 2 labels has both classes among 3 recordings"):
        learnable(fibrillating)


def test_labels_take_their_rule_from_the_published_ones_and_others_the_mean():
    fibrillation, quality = learnable(hearts())
    assert (fibrillation.rule, quality.rule) == ("mean", "max")
    own = replace(hearts(), labels=("LVEF <= 40 %", "Poor data quality"))
    assert learnable(own)[0].rule == "mean"


def test_a_layer_learns_slower_than_the_one_above():
    net = EcgFm(replace(SMALL, layers=2), 2)
    rates = [group["lr"] for group in _groups(net, replace(QUICK, lr=1.0, layer_decay=0.5))]
    assert rates == [0.125, 0.25, 0.5, 1.0]
    counts = [sum(p.numel() for p in group["params"]) for group in _groups(net, QUICK)]  # type: ignore[attr-defined]
    assert sum(counts) == sum(p.numel() for p in net.parameters())
    assert counts[-1] == 2 * 32 + 2


def test_the_rate_rises_then_falls_to_zero():
    rates = [learning_rate("cosine", step, 100) for step in range(100)]
    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert all(a >= b for a, b in pairwise(rates[5:]))
    assert rates[-1] < 0.001
    assert learning_rate("constant", 7, 100) == 1


def test_a_blank_label_does_not_count_and_a_weight_does():
    logits, targets = torch.tensor([[0.0, 50.0]]), torch.tensor([[1.0, 0.0]])

    def loss(weights: list[float], positive: torch.Tensor | None = None) -> float:
        total, divisor = masked_bce(logits, Labelled(torch.empty(0), targets, torch.tensor([weights])), positive)
        return (total / divisor).item()

    assert loss([1.0, 0.0]) == pytest.approx(np.log(2))
    assert loss([1.0, 1.0]) > 20
    assert loss([1.0, 0.0], torch.tensor([3.0, 1.0])) == pytest.approx(3 * np.log(2))


def test_plain_windows_come_once_an_epoch_and_are_the_recordings_own():
    data = hearts(6)
    windows = LabelledWindows(data, 4, 0, varied=False, spoil=0.0)
    assert windows.per_epoch == 3
    seen = torch.cat([windows.load(Place(update, 0)).windows for update in range(3)])
    expected = {data.signals([row])[0][:, k * 2500 : (k + 1) * 2500].tobytes() for row in range(6) for k in (0, 1)}
    assert {window.numpy().tobytes() for window in seen} == expected


def test_rare_labels_are_drawn_more_often():
    targets = np.zeros((100, 2), np.float32)
    targets[0, 0] = targets[50:, 1] = 1
    chances = sampling_chances(targets, np.ones_like(targets))
    assert chances[0] / chances[60] == pytest.approx(MOST_OFTEN / 2**0.5)  # one of a hundred; one of two
    assert chances.sum() == pytest.approx(1)


def test_spoiled_windows_count_for_quality_alone():
    data = hearts()
    labelled = LabelledWindows(data, 12, 0, varied=True, spoil=0.5).load(Place(0, 0))
    spoiled = labelled.targets[:, LABELS.index("Poor data quality")] == 1
    assert 1 < int(spoiled.sum()) < 11
    assert labelled.weights[spoiled].unique(dim=0).tolist() == [[0.0, 0.5]]
    assert set(labelled.weights[~spoiled][:, 0].tolist()) == {1.0}


def test_a_batch_is_a_function_of_its_place():
    windows = LabelledWindows(hearts(), 4, 3, varied=True, spoil=0.2)
    once, again, other = (windows.load(Place(update, 0)) for update in (5, 5, 6))
    assert once.windows.equal(again.windows)
    assert not once.windows.equal(other.windows)


def test_sets_of_recordings_are_joined_row_by_row():
    first, second = hearts(4), hearts(6).take([5, 2])
    both = joined([first, second])
    assert both.ids == ("heart 0", "heart 1", "heart 2", "heart 3", "heart 5", "heart 2")
    for signal, expected in zip(both.signals([4, 0, 5]), (hearts(6).signals([r])[0] for r in (5, 0, 2)), strict=True):
        np.testing.assert_array_equal(signal, expected)
    assert both.digest != first.digest
    assert joined([hearts(4)]).digest == first.digest


def test_temperature_mends_what_is_too_sure(demo: Encoder):
    """Logits twice as large need twice the temperature; what is told, and in which order, stays."""
    state = demo.net.state_dict()
    loud = EcgFm(demo.config.architecture, len(demo.labels))
    loud.load_state_dict({k: 2 * v if k.startswith("head.") else v for k, v in state.items()})
    hard = hearts(24).targets.copy()
    hard[:4, 0] = 1 - hard[:4, 0]  # else every heart is told, and the coolest temperature is the best
    data = replace(hearts(24), targets=hard)
    plain = calibrated(demo, data, "a test")[6]
    doubled = calibrated(Encoder(loud.eval(), demo.config, "", demo.device, ""), data, "a test")[6]
    assert plain.name == "Atrial fibrillation"
    assert doubled.temperature == pytest.approx(2 * plain.temperature, rel=0.05)
