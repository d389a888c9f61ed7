"""The cells of a map and what fills their place, and the curves, on a score of which everything is known."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from ecgfm_core import Encoder
from ecgfm_core.analysis.checking.curves import DRAWS, Bench, Curves, curves
from ecgfm_core.analysis.checking.grid import Grid, fill, grid_of, make_grid
from ecgfm_core.analysis.checking.watch import Watch
from ecgfm_core.analysis.explain.aim import Aim
from ecgfm_core.types import (
    Chance,
    ExplainMethod,
    FloatArray,
    Saliency,
)

QUIET = Watch(lambda done, total: None, lambda: False)
LEAD, SPAN = 3, slice(1000, 1250)


@dataclass(frozen=True, eq=False)
class Power(Aim):
    """The score is the power of half a second of one lead: everything about it is known."""

    def score(self, encoder: Encoder, batch: Tensor) -> Tensor:
        return batch[:, LEAD, SPAN].square().mean(dim=-1)


def noise(seed: int = 0, windows: int = 1) -> FloatArray:
    return np.random.default_rng(seed).normal(size=(windows, 12, 2500)).astype(np.float32)


def truth(windows: int = 1) -> FloatArray:
    values = np.zeros((windows, 12, 2500), np.float32)
    values[:, LEAD, SPAN] = 1
    return values


def tried(tiny: Encoder, values: FloatArray, grid: Grid | None = None, seed: int = 0, draws: int = DRAWS) -> Curves:
    aim = Power("power", torch.zeros(1), torch.zeros(1))
    grid = grid or make_grid(True, 0.1, 2500, 500)
    windows = 2 * noise(99, len(values)) * np.sin(np.arange(2500, dtype=np.float32) * np.pi / 50)  # 0 at cells' ends
    return curves(Bench(tiny, aim, windows, grid), grid.pool(values), seed, QUIET, draws=draws)


def low(chance: Chance | None) -> float:
    assert chance is not None and chance.gain.low is not None
    return chance.gain.low


def a_map(
    values: FloatArray, method: ExplainMethod = "occlusion", resolution_s: float = 0.1, *, leads: bool = True
) -> Saliency:
    return Saliency(values, "", method, "logit", resolution_s, leads, True, None, np.zeros(len(values)), "", "")


# the fill


def test_a_line_takes_the_place_of_what_is_removed():
    window = noise()[0]
    removed = np.zeros((12, 2500), bool)
    removed[2, 100:200] = True
    filled = fill(window, removed)
    assert np.array_equal(filled[~removed], window[~removed])
    np.testing.assert_allclose(filled[2, 99:201], np.linspace(window[2, 99], window[2, 200], 102), atol=1e-5)


def test_at_the_border_the_last_value_stays_and_an_empty_lead_is_zero():
    window = noise()[0]
    removed = np.zeros((12, 2500), bool)
    removed[0, :50], removed[1, 2400:], removed[2] = True, True, True
    filled = fill(window, removed)
    assert (filled[0, :50] == window[0, 50]).all() and (filled[1, 2400:] == window[1, 2399]).all()
    assert (filled[2] == 0).all()


def test_a_line_stays_a_line():
    window = np.broadcast_to(np.linspace(-1, 2, 2500, dtype=np.float32), (12, 2500))
    removed = np.zeros((12, 2500), bool)
    removed[:, 300:900] = True
    np.testing.assert_allclose(fill(window, removed), window, atol=1e-5)


# cells


def test_cells_follow_what_a_map_knows():
    assert grid_of(a_map(truth(), resolution_s=0.002), 500).shape == (12, 100)
    assert grid_of(a_map(truth(), resolution_s=0.064, leads=False), 500).shape == (1, 78)
    assert grid_of(a_map(truth(), resolution_s=0.7), 500).shape == (12, 50)
    assert grid_of(a_map(truth(), resolution_s=np.inf), 500).shape == (12, 1)


@pytest.mark.parametrize("leads", [True, False])
def test_a_cell_is_the_mean_of_its_samples_and_spreads_over_them(leads: bool):
    grid = make_grid(leads, 0.064, 2500, 500)
    values, cells = noise(), np.zeros(grid.shape, bool)
    cells[0, 5] = True
    chosen = grid.spread(cells)
    assert grid.pool(values)[0][0, 5] == pytest.approx(values[0][chosen].mean(), abs=1e-6)
    assert chosen.sum() == (1 if leads else 12) * (grid.edges[6] - grid.edges[5])


# curves


def test_the_true_map_falls_at_once_and_comes_back_at_once(tiny: Encoder):
    found = tried(tiny, truth())
    whole = found.deletion.scores[0]
    assert found.insertion.scores[0] == found.deletion.scores[-1] == 0
    assert found.insertion.scores[-1] == whole > 0.5
    assert found.deletion.scores[1] < 0.05 * whole and found.insertion.scores[1] > 0.7 * whole
    assert low(found.random) > 0 and low(found.shuffled) > 0


def test_the_opposite_map_does_worse_than_chance(tiny: Encoder):
    found = tried(tiny, -truth())
    assert found.random.gain.high is not None and found.random.gain.high < 0


def test_an_area_is_that_under_its_curve(tiny: Encoder):
    found = tried(tiny, truth())
    for curve in (found.deletion, found.insertion):
        assert curve.area == pytest.approx(np.trapezoid(curve.scores, curve.shares))
    random = found.random
    assert random.deletion.value is not None and random.insertion.value is not None
    gain = ((random.deletion.value - found.deletion.area) + (found.insertion.area - random.insertion.value)) / 2
    assert random.gain.value == pytest.approx(gain)


@pytest.mark.parametrize("leads", [True, False])
def test_hardly_any_smooth_map_of_random_numbers_passes(tiny: Encoder, leads: bool):
    """With few draws, whose wider interval lets as few pass."""
    grid = make_grid(leads, 0.1, 2500, 500)
    passed = 0
    for seed in range(20):
        values = noise(seed) if leads else np.broadcast_to(noise(seed)[:, :1], (1, 12, 2500))
        found = tried(tiny, gaussian_filter1d(values, 75, axis=2), grid, seed, draws=8)
        passed += low(found.random) > 0 and low(found.shuffled) > 0
    assert passed <= 2  # half a map is expected; more than two have a chance of 1 %


def test_a_flat_map_is_a_random_order(tiny: Encoder):
    found = [tried(tiny, 0 * truth(), seed=seed) for seed in range(6)]
    assert len({one.deletion.area for one in found}) == 6  # ties in the order of time would be one order
    assert sum(low(one.random) > 0 for one in found) <= 1


def test_a_map_of_leads_has_no_shuffle_of_its_own(tiny: Encoder):
    found = tried(tiny, truth(3), make_grid(True, np.inf, 2500, 500))
    assert found.shuffled is None
    assert found.deletion.shares == tuple(count / 12 for count in (0, 1, 2, 4, 6, 9, 12))
    assert low(found.random) > 0
