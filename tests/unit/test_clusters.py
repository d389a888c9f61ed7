"""Clusters find what was planted, whatever the order, the length of the vectors or the method."""

import numpy as np
import pytest

from ecgfm_core.analysis import clusters
from ecgfm_core.analysis.clusters import cluster
from ecgfm_core.errors import SelectionInvalid

SIZES = (150, 100, 60, 40)


def planted(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Four bundles of directions in 64 dimensions, of falling size, and vectors of any length along them."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(4), SIZES)
    vectors = np.eye(64)[truth] + 0.05 * rng.standard_normal((len(truth), 64))
    return vectors * rng.uniform(0.1, 10, (len(truth), 1)), truth


@pytest.mark.parametrize("settings", [{"method": "kmeans", "count": 4}, {"method": "hdbscan", "min_size": 20}])
def test_planted_clusters_are_found_and_numbered_by_size(settings: dict):
    vectors, truth = planted()
    order = np.random.default_rng(1).permutation(len(truth))
    found = cluster(vectors[order], **settings)
    clustered = found.members >= 0
    np.testing.assert_array_equal(found.members[clustered], truth[order][clustered])
    assert clustered.mean() > 0.9
    assert len(found.medoids) == 4
    assert (found.method, found.seed) == (settings["method"], 0)
    with pytest.raises(ValueError, match="read-only"):
        found.members[0] = 1


def test_a_medoid_is_the_member_of_least_mean_cosine_distance():
    vectors, _ = planted()
    found = cluster(vectors, count=3)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for number, medoid in enumerate(found.medoids):
        rows = np.flatnonzero(found.members == number)
        distances = (1 - unit[rows] @ unit[rows].T).mean(axis=1)
        assert medoid == rows[distances.argmin()]


def test_hdbscan_leaves_out_what_lies_in_no_dense_region():
    vectors, truth = planted()
    stray = np.random.default_rng(2).standard_normal((30, 64))
    found = cluster(np.concatenate([vectors, stray]), method="hdbscan", min_size=20)
    assert (found.members[len(truth) :] == -1).mean() > 0.8


def test_where_nothing_is_dense_there_is_no_cluster():
    found = cluster(np.random.default_rng(3).standard_normal((100, 64)), method="hdbscan", min_size=30)
    assert set(found.members.tolist()) == {-1}
    assert found.medoids == ()


def test_recordings_beyond_the_sample_join_the_cluster_of_their_nearest(monkeypatch: pytest.MonkeyPatch):
    vectors, truth = planted()
    monkeypatch.setattr(clusters, "SAMPLE", 200)
    found = cluster(vectors, method="hdbscan", min_size=20)
    clustered = found.members >= 0
    assert clustered.mean() > 0.8
    np.testing.assert_array_equal(found.members[clustered], truth[clustered])


def test_the_same_seed_gives_the_same_clusters():
    vectors, _ = planted()
    first, second = cluster(vectors, count=7, seed=3), cluster(vectors, count=7, seed=3)
    np.testing.assert_array_equal(first.members, second.members)
    assert first.medoids == second.medoids


@pytest.mark.parametrize(
    ("vectors", "settings", "message"),
    [
        (np.ones((5, 2)), {"count": 6}, r"number of clusters must be between 2 and the 5 recordings\. Got 6"),
        (np.ones((5, 2)), {"method": "hdbscan", "min_size": 1}, r"smallest size of a cluster .* Got 1"),
        (np.full((5, 2), np.nan), {"count": 2}, r"finite vectors \[N, D\]"),
        (np.ones(5), {"count": 2}, r"Got shape \(5,\)"),
    ],
)
def test_what_cannot_be_clustered_is_refused(vectors: np.ndarray, settings: dict, message: str):
    with pytest.raises(SelectionInvalid, match=message):
        cluster(vectors, **settings)
