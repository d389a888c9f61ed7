"""Taking away: the line that takes a wave's place, the cells, and what leads are worth together."""

import numpy as np
import pytest
import torch

import ecgfm_core as ecg
from ecgfm_core import Encoder, Heart
from ecgfm_core.analysis.explain.aim import aim_at
from ecgfm_core.analysis.explain.explain import explain
from ecgfm_core.analysis.explain.occlusion import bridged
from ecgfm_core.analysis.explain.segments import segments
from ecgfm_core.types import FloatArray, Record, Windows

AF = "Atrial fibrillation"


def probability(values: FloatArray, encoder: Encoder) -> np.ndarray:
    aim = aim_at(AF, encoder)
    with torch.inference_mode():
        return aim.probability(aim.score(encoder, torch.tensor(values))).numpy()


def heart(rhythm: str = "sinus") -> tuple[Record, Windows]:
    record = ecg.simulate(Heart(rhythm=rhythm), seed=5).record
    made = ecg.to_windows(record)
    return record, Windows(made.values[:1], made.starts_s[:1], made.source)


def test_a_line_takes_the_place_without_a_step_and_leaves_the_rest():
    window = np.random.default_rng(0).standard_normal((12, 100)).astype(np.float32)
    altered = bridged(window, 3, 40, 60)
    outside = np.ones_like(window, bool)
    outside[3, 40:60] = False
    np.testing.assert_array_equal(altered[outside], window[outside])
    np.testing.assert_allclose(np.diff(altered[3, 39:61], n=2), 0, atol=1e-6)


@pytest.mark.parametrize(("start", "end", "level"), [(0, 30, 30), (70, 100, 69)])
def test_at_an_end_of_the_window_the_line_is_level(start: int, end: int, level: int):
    window = np.random.default_rng(0).standard_normal((12, 100)).astype(np.float32)
    np.testing.assert_allclose(bridged(window, 3, start, end)[3, start:end], window[3, level], atol=1e-6)


def test_a_whole_lead_becomes_a_line_at_zero():
    window = np.random.default_rng(0).standard_normal((12, 100)).astype(np.float32)
    np.testing.assert_array_equal(bridged(window, 3, 0, 100)[3], 0)


def test_a_line_over_a_slope_changes_nothing():
    window = np.tile(np.linspace(-1, 2, 100, dtype=np.float32), (12, 1))
    np.testing.assert_allclose(bridged(window, 3, 40, 60), window, atol=1e-6)


def test_a_line_makes_no_finding_where_zeros_do(demo: Encoder):
    """Between T and P there is no wave, and taking that away must not matter to any label; zeros there have steps."""
    lined, zeroed = [], []
    for seed in range(12):
        record = ecg.simulate(Heart(rate=(55, 70, 85)[seed % 3]), seed=seed).record
        window = ecg.to_windows(record).values[0]
        lines, zeros = window, window.copy()
        for part in segments(ecg.measure(record).beats, 0, 5):
            within = part.samples(0, 500)
            if part.name == "TP" and within.stop - within.start > 20:
                lines = bridged(lines, slice(None), within.start + 5, within.stop - 5)
                zeros[:, within] = 0
        with torch.inference_mode():
            told = torch.sigmoid(demo.net(torch.tensor(np.stack([window, lines, zeros]))).logits).numpy()
        lined.append(np.abs(told[1] - told[0]).max())
        zeroed.append(np.abs(told[2] - told[0]).max())
    assert np.median(lined) < 0.01
    assert np.mean(zeroed) > 3 * np.mean(lined)


def test_a_cell_carries_what_the_probability_loses_without_it(demo: Encoder):
    record, asked = heart("atrial fibrillation")
    beats = ecg.measure(record).beats
    made = explain(asked, demo, AF, method="occlusion", beats=beats).values[0]
    beat = next(beat for beat in beats if beat.qrs[0] > 1)
    start, end = (round(at * 500) for at in beat.qrs)
    told = probability(np.stack([asked.values[0], bridged(asked.values[0], 6, start, end)]), demo)
    np.testing.assert_allclose(made[6, start:end], told[0] - told[1], atol=1e-5)


def test_without_beats_the_cells_last_100_ms(tiny: Encoder):
    made = explain(heart()[1], tiny, AF, method="occlusion").values[0]
    cells = made.reshape(12, 50, 50)
    assert (cells == cells[:, :, :1]).all()
    assert len(np.unique(cells[:, :, 0])) > 300  # of 600


def test_beats_count_from_the_recording_and_not_from_the_window(tiny: Encoder):
    record = ecg.simulate(Heart(), seed=5).record
    both, beats = ecg.to_windows(record), ecg.measure(record).beats
    second = Windows(both.values[1:2], both.starts_s[1:2], "second")
    made = explain(second, tiny, AF, method="occlusion", beats=beats).values[0]
    beat = next(beat for beat in beats if beat.qrs[0] > 6)
    start, end = (round((at - 5) * 500) for at in beat.qrs)
    assert (made[0, start:end] == made[0, start]).all()
    assert made[0, start - 1] != made[0, start]
    assert made[0, end] != made[0, start]


def test_lead_values_add_up_from_no_lead_to_all(demo: Encoder):
    _, asked = heart("atrial fibrillation")
    made = explain(asked, demo, AF, method="lead_importance")
    none, every = probability(np.stack([np.zeros((12, 2500), np.float32), asked.values[0]]), demo)
    assert made.values[0, :, 0].sum() == pytest.approx(every - none, abs=1e-4)
    assert (made.values == made.values[:, :, :1]).all()


def test_the_standard_error_says_how_far_other_draws_lie(tiny: Encoder):
    _, asked = heart("atrial fibrillation")
    drawn = [explain(asked, tiny, AF, method="lead_importance", seed=seed) for seed in range(6)]
    apart = np.std([one.values[0, :, 0] for one in drawn], axis=0, ddof=1).max()
    told = [one.standard_error[0] for one in drawn if one.standard_error is not None]
    assert 0.5 < apart / np.mean(told) < 2


def test_a_removed_lead_is_as_the_preprocessing_gives_a_lost_one(demo: Encoder):
    _, asked = heart("atrial fibrillation")
    made = explain(asked, demo, AF, method="lead_removal").values[0]
    lost = asked.values[0].copy()
    lost[6] = 0
    told = probability(np.stack([asked.values[0], lost]), demo)
    np.testing.assert_allclose(made[6], told[0] - told[1], atol=1e-5)
