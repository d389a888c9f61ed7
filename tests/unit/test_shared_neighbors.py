"""What two maps agree on: counted by hand, blind to rotation, and only over the points that both have."""

from collections.abc import Sequence

import numpy as np

from ecgfm_core.analysis import shared_neighbors
from ecgfm_core.types import Map, MapTrust

RNG = np.random.default_rng(0)


def drawn(xy: np.ndarray, ids: Sequence[str], windows: Sequence[int] | None = None) -> Map:
    each = np.ones(len(xy), np.float32)
    trust = MapTrust(5, 1.0, 1.0, 1.0, each, each, each)
    return Map(np.asarray(xy, np.float32), tuple(ids), None if windows is None else tuple(windows), "pca", {}, 0, "e",
               trust)  # fmt: skip


def test_it_is_the_share_counted_by_hand():
    one, two = RNG.normal(size=(2, 40, 2))
    ids = [f"r{number}" for number in range(40)]
    found = shared_neighbors(drawn(one, ids), drawn(two, ids), k=5)
    for point in range(40):
        near = [
            set(np.argsort(np.where(np.arange(40) == point, np.inf, np.linalg.norm(xy - xy[point], axis=1)))[:5])
            for xy in (one, two)
        ]
        assert np.isclose(found[point], len(near[0] & near[1]) / 5)


def test_a_turned_and_shuffled_map_agrees_in_full():
    xy, order = RNG.normal(size=(60, 2)), RNG.permutation(60)
    ids = np.array([f"r{number}" for number in range(60)])
    turned = drawn(-3 * xy[order][:, ::-1] + 7, ids[order].tolist())
    assert (shared_neighbors(drawn(xy, ids.tolist()), turned) == 1).all()


def test_points_that_one_map_lacks_are_unknown_and_count_for_nothing():
    xy = RNG.normal(size=(30, 2))
    ids = [f"r{number}" for number in range(30)]
    found = shared_neighbors(drawn(xy, ids), drawn(xy[:20], ids[:20]), k=4)
    assert (found[:20] == 1).all()
    assert np.isnan(found[20:]).all()
    assert np.isnan(shared_neighbors(drawn(xy, ids), drawn(xy, ids, range(30)))).all()


def test_copies_on_one_spot_have_as_many_neighbors_as_others():
    xy = np.zeros((25, 2))
    ids = [f"r{number}" for number in range(25)]
    assert (shared_neighbors(drawn(xy, ids), drawn(xy, ids), k=5) == 1).all()
