"""Training: the loss, the batches, and a few steps that lower it."""

import lzma
from pathlib import Path

import numpy as np
import pytest
import torch

import ecgfm_core as ecg
from ecgfm_core import Heart
from ecgfm_core.model.config import ConvLayer, EncoderConfig
from ecgfm_core.signal.windows import resample, standardize
from ecgfm_core.training.augment import augmented_window, corrupted
from ecgfm_core.training.card import Score, macro_auroc
from ecgfm_core.training.demo import score as score_labels
from ecgfm_core.training.demo import split_by_patient, trained_labels
from ecgfm_core.training.development import LABELS, Labelled, load_development
from ecgfm_core.training.supervised import POOR_QUALITY, Recipe, make_batch, masked_bce, sampling_weights, train

SMALL = EncoderConfig(conv_layers=(ConvLayer(16, 4, 4),) * 2, embed_dim=32, layers=1, heads=2, ffn_dim=32)
AF = LABELS.index("Atrial fibrillation")


def cohort(count: int = 16) -> Labelled:
    """Half of the hearts fibrillate; quality is stated for none."""
    hearts = [Heart(rhythm="atrial fibrillation" if i % 2 else "sinus") for i in range(count)]
    signals = [ecg.preprocess(ecg.simulate(heart, seed=i).record).standardized for i, heart in enumerate(hearts)]
    targets = np.full((count, len(LABELS)), np.nan, np.float32)
    targets[:, AF] = [heart.rhythm != "sinus" for heart in hearts]
    ids = tuple(str(i) for i in range(count))
    patients = tuple(str(i // 2) for i in range(count))
    return Labelled(ids, ("simulated",) * count, patients, targets, [s.astype(np.float16) for s in signals])


def test_a_blank_label_does_not_count():
    logits, targets = torch.tensor([[0.0, 50.0]]), torch.tensor([[1.0, 0.0]])
    known, blank = torch.tensor([[1.0, 1.0]]), torch.tensor([[1.0, 0.0]])
    assert masked_bce(logits, targets, blank).item() == pytest.approx(np.log(2))
    assert masked_bce(logits, targets, known).item() > 20


def test_a_batch_masks_what_is_not_stated():
    recipe = Recipe(steps=1, batch=64, corrupted=0.5)
    data = cohort()
    windows, targets, weights = make_batch(data, sampling_weights(data.targets), recipe, np.random.default_rng(0))
    assert windows.shape == (64, 12, 2500)
    others = [c for c in range(len(LABELS)) if c not in (AF, POOR_QUALITY)]
    assert not weights[:, others].any()
    spoiled = targets[:, POOR_QUALITY] == 1
    assert 20 < int(spoiled.sum()) < 44
    assert weights[spoiled][:, [AF, POOR_QUALITY]].unique().tolist() == [0.0, 0.5]
    assert set(weights[~spoiled][:, AF].tolist()) == {1.0}


def test_no_patient_is_on_both_sides():
    training, validation = split_by_patient(cohort(40))
    assert len(training) + len(validation) == 40
    assert len(validation) > 0
    assert not set(training.patients) & set(validation.patients)


def test_a_label_without_positives_is_not_trained():
    labels = {label.name: label for label in trained_labels(cohort())}
    assert labels["Atrial fibrillation"].trained
    assert labels["Atrial fibrillation"].prevalence == 0.5
    assert not labels["Infarction"].trained
    assert labels["Infarction"].prevalence is None


def test_augmentation_is_seeded_and_keeps_the_shape():
    signal = cohort(1).signals[0]
    once, again = (augmented_window(signal, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    spoiled = corrupted(once, np.random.default_rng(7))
    assert spoiled.shape == (12, 2500)
    assert np.isfinite(spoiled).all()
    assert np.abs(spoiled - once).max() > 0.5


def test_training_lowers_the_loss_and_is_repeatable():
    def losses() -> list[float]:
        seen: list[float] = []
        train(cohort(), SMALL, Recipe(steps=80, batch=8, corrupted=0.0), lambda step, loss: seen.append(loss))
        return seen

    first = losses()
    assert np.mean(first[-5:]) < 0.9 * np.mean(first[:5])
    assert losses() == first


def test_a_loss_that_is_not_finite_stops_the_training():
    data = cohort(4)
    data.signals[0][:] = np.inf
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        train(data, SMALL, Recipe(steps=5, batch=8), lambda step, loss: None)


def test_the_mean_leaves_out_labels_with_few_positives():
    scores = [Score("a", 10, 5, 0.9, 0.5), Score("b", 9, 5, 0.1, 0.5), Score("c", 0, 5, None, None)]
    assert macro_auroc(scores) == 0.9


def test_a_packed_array_is_unpacked_to_its_samples(tmp_path: Path):
    samples = np.random.default_rng(0).integers(-3000, 3000, (2, 12, 2600)).astype(np.int16)
    steps = np.diff(samples, axis=-1, prepend=np.int16(0)).astype(np.int16).view(np.uint16)
    packed = (steps >> 8).astype(np.uint8).tobytes() + (steps & 255).astype(np.uint8).tobytes()
    (tmp_path / "a.xz").write_bytes(lzma.compress(b'{"shape": [2, 12, 2600]}\n' + packed))
    header = ["record_id", "source", "path", "fs_hz", "patient_id", *LABELS]
    rows = [[f"r{i}", "s", f"a.xz#{i}", "250", "p", *["1"] * len(LABELS)] for i in range(2)]
    (tmp_path / "records.csv").write_text("\n".join(",".join(row) for row in [header, *rows]))
    data = load_development(tmp_path)
    for row, signal in zip(samples, data.signals, strict=True):
        expected = standardize(resample(row.astype(np.float32), 250.0))[0]
        np.testing.assert_allclose(signal.astype(np.float32), expected, atol=2e-3)


def test_scores_are_high_for_a_good_encoder(demo: ecg.Encoder):
    scores = {score.label: score for score in score_labels(demo.net, cohort(20), demo.labels)}
    found = scores["Atrial fibrillation"]
    assert (found.positives, found.negatives) == (10, 10)
    assert found.auroc is not None
    assert found.auroc > 0.95
    assert scores["Infarction"].auroc is None


def test_half_of_the_windows_have_masked_leads():
    signal = cohort(1).signals[0]
    masked = [(augmented_window(signal, np.random.default_rng(i)).std(axis=1) == 0).any() for i in range(100)]
    assert 30 < sum(masked) < 70


def test_real_recordings_of_every_source_are_read(recordings: Path, tmp_path: Path):
    import pandas as pd

    folder = recordings / "ecg12"
    table = pd.read_csv(folder / "records.csv", dtype=str)
    few = table.groupby("source").head(1)
    few.to_csv(tmp_path / "records.csv", index=False)
    for entry in folder.iterdir():
        if entry.name != "records.csv":
            (tmp_path / entry.name).symlink_to(entry)
    data = load_development(tmp_path)
    assert len(data) == 9
    assert all(signal.shape[0] == 12 and signal.shape[1] >= 5000 for signal in data.signals)
    spreads = np.array([signal.astype(np.float32).std(axis=1) for signal in data.signals])
    assert (np.isclose(spreads, 1, atol=0.01) | (spreads == 0)).all()
