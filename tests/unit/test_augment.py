"""Windows for training: changed a little, spoiled, or with leads hidden; and which recordings are drawn."""

import numpy as np
import pytest

from ecgfm_core.leads import LEADS
from ecgfm_core.training.augment import _through_leads, augmented_window, hidden_leads, spoiled
from ecgfm_core.training.batches import LabelledWindows, sampling_chances
from ecgfm_core.training.examples import Recordings
from ecgfm_core.training.loop import Place

SEEDS = range(40)


def beat_train(seed: int = 0) -> np.ndarray:
    """[12, 5000]: a bump every 400 samples, of another height in each lead, in standard deviations."""
    signal = np.random.default_rng(seed).normal(0, 0.02, (12, 5000)).astype(np.float32)
    bumps = np.arange(5000) % 400 < 20
    signal[:, bumps] += np.linspace(1, 2, 12, dtype=np.float32)[:, None]
    return (signal - signal.mean(axis=1, keepdims=True)) / signal.std(axis=1, keepdims=True)


def test_the_same_generator_gives_the_same_window():
    once, again = (augmented_window(beat_train(), np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert once.shape == (12, 2500)
    assert once.dtype == np.float32


def test_time_changes_by_no_more_than_a_twentieth():
    for seed in SEEDS:
        window = augmented_window(beat_train(), np.random.default_rng(seed))
        gaps = np.diff(np.flatnonzero(window[11] > 0.5 * window[11].max()))
        pauses = gaps[gaps > 50]
        assert len(pauses) >= 4
        assert 359 <= np.median(pauses) <= 402  # 380 samples, a twentieth shorter or longer


def test_hiding_leaves_some_lead_and_touches_no_other():
    window = augmented_window(beat_train(), np.random.default_rng(0))
    counts = set()
    for seed in SEEDS:
        hidden = hidden_leads(window, np.random.default_rng(seed))
        gone = (hidden == 0).all(axis=1)
        counts.add(int(gone.sum()))
        np.testing.assert_array_equal(hidden[~gone], window[~gone])
    assert max(counts) < 12
    assert min(counts) < 4 < max(counts)


def test_a_spoiled_window_is_standardized_anew():
    window = augmented_window(beat_train(), np.random.default_rng(0))
    for seed in SEEDS:
        poor = spoiled(window, np.random.default_rng(seed))
        spread = poor.std(axis=1)
        assert np.isfinite(poor).all()
        assert ((spread == 0) | (np.abs(spread - 1) < 1e-3)).all()
        assert np.abs(poor - window).max() > 0.5


def test_what_an_electrode_does_shows_in_every_lead_it_makes():
    right_arm = np.zeros((9, 2500), np.float32)
    right_arm[0] = np.random.default_rng(0).normal(size=2500)
    leads = _through_leads(right_arm)
    moved = {lead for lead, row in zip(LEADS, leads, strict=True) if row.std() > 0.01}
    assert moved == set(LEADS) - {"III"}
    np.testing.assert_allclose(leads[LEADS.index("I")], -right_arm[0], atol=1e-6)


def labelled(quality: list[float], fibrillation: list[float]) -> Recordings:
    targets = np.array([quality, fibrillation], np.float32).T
    count = len(targets)
    names = tuple(str(i) for i in range(count))
    return Recordings(
        lambda rows: [beat_train(row) for row in rows], (2,) * count, names, names, names,
        ("Poor data quality", "Atrial fibrillation"), targets, (~np.isnan(targets)).astype(np.float32), ("made up",),
    )  # fmt: skip


def test_quality_is_not_judged_where_leads_are_hidden():
    windows = LabelledWindows(labelled([0.0] * 30, [0, 1] * 15), 30, 1, varied=True, spoil=0.2)
    for update in range(4):
        batch = windows.load(Place(update, 0))
        hidden = (batch.windows == 0).all(dim=2).any(dim=1)
        poor = batch.targets[:, 0] == 1
        assert poor.any()
        assert batch.weights[poor].tolist() == [[0.5, 0.0]] * int(poor.sum())
        assert hidden[~poor].any()
        assert not batch.weights[hidden & ~poor, 0].any()
        assert batch.weights[~hidden & ~poor].min() == 1


def test_the_absence_of_what_few_sources_state_is_drawn_as_often_as_its_presence():
    blank = float("nan")
    targets = np.array([[1, 0], [0, 0]] + [[blank, 0]] * 30, np.float32)
    chances = sampling_chances(targets, (~np.isnan(targets)).astype(np.float32))
    assert chances.sum() == pytest.approx(1)
    assert chances[0] == chances[1] == pytest.approx(4 * chances[2])


def test_a_weak_guess_does_not_decide_what_is_drawn():
    targets = np.array([[1.0], *[[0.0]] * 30], np.float32)
    weights = np.full_like(targets, 0.5)
    assert set(sampling_chances(targets, weights)) == {1 / 31}
