"""What a map keeps of the neighborhoods: ranks by the literature, by sorting, and of a sample."""

import numpy as np
import pytest
from mixtures import mixture
from sklearn.manifold import trustworthiness

from ecgfm_core.analysis.nearest import unit_vectors
from ecgfm_core.analysis.projection import trust as trusting
from ecgfm_core.analysis.projection.layout import Recipe, lay_out
from ecgfm_core.analysis.projection.trust import trust


def test_trustworthiness_is_that_of_the_literature():
    x = mixture(150)
    xy = lay_out(x, Recipe("pca"))
    kept = trust(x, xy, k=9)
    expected = trustworthiness(x, xy, n_neighbors=9, metric="cosine")
    assert kept.trustworthiness == pytest.approx(expected, abs=1e-6)
    assert kept.continuity == pytest.approx(trustworthiness(xy, xy, n_neighbors=9), abs=0.2)
    assert kept.trustworthiness_each.mean() == pytest.approx(kept.trustworthiness, abs=1e-6)
    assert kept.overlap_each.mean() == pytest.approx(kept.overlap, abs=1e-6)


def test_trust_counts_ranks_as_sorting_does_where_many_are_equal():
    x = mixture(150)
    x[20:60], x[7::11] = x[3], x[5]
    xy = np.round(lay_out(x, Recipe("pca")), 1)
    ranks = []
    for far in (-(unit_vectors(x) @ unit_vectors(x).T), ((xy[:, None] - xy[None]) ** 2).sum(axis=2)):
        np.fill_diagonal(far, np.inf)
        ranks.append(np.argsort(np.argsort(far, axis=1, kind="stable"), axis=1, kind="stable"))
    high, low = ranks
    most = 9 * (2 * 150 - 3 * 9 - 1) / 2
    kept = trust(x, xy, k=9)
    np.testing.assert_allclose(kept.trustworthiness_each, 1 - ((high - 8) * (low < 9)).clip(0).sum(1) / most, atol=1e-6)
    np.testing.assert_allclose(kept.continuity_each, 1 - ((low - 8) * (high < 9)).clip(0).sum(1) / most, atol=1e-6)
    np.testing.assert_allclose(kept.overlap_each, ((high < 9) & (low < 9)).sum(1) / 9, atol=1e-6)


def test_a_map_that_is_the_embedding_keeps_everything_and_a_shuffled_one_nothing():
    angles = np.random.default_rng(0).uniform(0.1, 1.4, 120)
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    whole = trust(x, x, k=8)
    assert (whole.trustworthiness, whole.continuity, whole.overlap) == (1, 1, 1)
    shuffled = trust(x, np.random.default_rng(1).permutation(x), k=8)
    assert shuffled.overlap < 0.2
    assert 0.3 < shuffled.trustworthiness < 0.7


def test_a_sample_of_a_large_map_tells_about_the_same(monkeypatch: pytest.MonkeyPatch):
    x = mixture(400)
    xy = lay_out(x, Recipe("pca"))
    whole = trust(x, xy)
    monkeypatch.setattr(trusting, "MOST", 150)
    sampled = trust(x, xy)
    assert sampled.trustworthiness == pytest.approx(whole.trustworthiness, abs=0.03)
    assert sampled.overlap_each.shape == (400,)
    assert np.isfinite(sampled.overlap_each).all()
