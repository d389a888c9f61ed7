"""Exact neighbors by cosine distance."""

import numpy as np
import pytest

from ecgfm_core.analysis import nearest
from ecgfm_core.analysis.nearest import Nearest
from ecgfm_core.errors import Canceled, VectorsInvalid


def vectors(count: int = 200, width: int = 8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


def brute(x: np.ndarray, queries: np.ndarray) -> np.ndarray:
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    asked = queries / np.linalg.norm(queries, axis=1, keepdims=True)
    return 1 - asked @ unit.T


def test_neighbors_are_those_of_the_definition():
    x, queries = vectors(), vectors(20, seed=1)
    found = Nearest(x).search(queries, 5)
    distances = brute(x, queries)
    assert np.array_equal(found.rows, np.argsort(distances, axis=1, kind="stable")[:, :5])
    np.testing.assert_allclose(found.distances, np.sort(distances, axis=1)[:, :5], atol=1e-5)


def test_length_does_not_matter():
    x = vectors()
    scaled = x * np.random.default_rng(1).uniform(0.01, 100, (len(x), 1)).astype(np.float32)
    assert np.array_equal(Nearest(x).search(x[:5], 9).rows, Nearest(scaled).search(3 * x[:5], 9).rows)


def test_a_graph_leaves_each_row_itself_out(monkeypatch: pytest.MonkeyPatch):
    x = vectors()
    whole = Nearest(x).graph(7)
    distances = brute(x, x)
    np.fill_diagonal(distances, np.inf)
    assert np.array_equal(whole.rows, np.argsort(distances, axis=1, kind="stable")[:, :7])
    monkeypatch.setattr(nearest, "_CELLS", 1000)  # five rows a block
    assert np.array_equal(Nearest(x).graph(7).rows, whole.rows)


def test_copies_are_neighbors_and_ties_go_by_row():
    x = np.repeat(vectors(3), 4, axis=0)
    graph = Nearest(x).graph(3)
    assert graph.rows[5].tolist() == [4, 6, 7]
    assert np.allclose(graph.distances, 0, atol=1e-6)
    assert all(row not in graph.rows[row] for row in range(12))


@pytest.mark.parametrize("seed", range(5))
def test_more_copies_than_are_asked_for_go_by_row_too(seed: int):
    rng = np.random.default_rng(seed)
    x = vectors(400, seed=seed)
    copies = np.sort(rng.choice(400, 120, replace=False))
    x[copies] = x[copies[0]]
    assert Nearest(x).search(x[copies[0]], 10).rows[0].tolist() == copies[:10].tolist()
    graph = Nearest(x).graph(10).rows
    assert graph[copies[3]].tolist() == [*copies[:3], *copies[4:11]]
    assert graph[copies[-1]].tolist() == copies[:10].tolist()


def test_a_tie_for_the_last_place_leaves_the_nearer_ones_in_front():
    x = np.array([[0, 1], [1, 1], [1, 0.5], [1, 1], [1, 0]], np.float32)
    assert Nearest(x).search([[1.0, 0.0]], 3).rows.tolist() == [[4, 2, 1]]


def test_copies_do_not_push_a_row_into_its_own_neighbors():
    x = np.repeat(vectors(2), 40, axis=0)
    graph = Nearest(x).graph(5).rows
    assert not (graph == np.arange(80)[:, None]).any()
    assert (graph // 40 == np.arange(80)[:, None] // 40).all()


def test_a_search_among_some_rows_is_a_search_of_those():
    x, some = vectors(), np.arange(1, 200, 3)
    found = Nearest(x).search(vectors(4, seed=1), 6, among=some)
    alone = Nearest(x[some]).search(vectors(4, seed=1), 6)
    assert np.array_equal(found.rows, some[alone.rows])
    np.testing.assert_allclose(found.distances, alone.distances, atol=1e-6)
    assert Nearest(x).search(x[0], 10, among=some[:3]).rows.shape == (1, 3)


def test_more_neighbors_than_there_are_gives_all():
    assert Nearest(vectors(4)).search(vectors(1, seed=1), 10).rows.shape == (1, 4)
    assert Nearest(vectors(4)).graph(10).rows.shape == (4, 3)


def test_own_distances_rise_and_belong_to_the_graph():
    x = vectors()
    own = Nearest(x).own_distances(4)
    np.testing.assert_allclose(own, np.sort(Nearest(x).graph(4).distances[:, -1]), atol=1e-5)


def test_own_distances_of_many_rows_are_those_of_a_sample(monkeypatch: pytest.MonkeyPatch):
    x = vectors(3000)
    whole = Nearest(x).own_distances(4)
    monkeypatch.setattr(nearest, "_SAMPLE", 900)
    sampled = Nearest(x).own_distances(4)
    assert sampled.shape == (900,)
    np.testing.assert_allclose(np.quantile(sampled, [0.5, 0.95]), np.quantile(whole, [0.5, 0.95]), rtol=0.05)
    monkeypatch.setattr(nearest, "_COMPARED", 1)
    assert Nearest(x).own_distances(4).shape == (500,)


def test_own_distances_of_one_row_are_none():
    assert Nearest(vectors(1)).own_distances(4).tolist() == [0]


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_an_embedding_without_a_direction_is_refused(value: float):
    x = vectors()
    x[3] = value
    with pytest.raises(VectorsInvalid, match="row 3 is not finite or all zero"):
        Nearest(x)


def test_an_embedding_of_another_length_is_refused():
    with pytest.raises(VectorsInvalid, match=r"must have 8 numbers, as those of the cohort. Got 5"):
        Nearest(vectors()).search(np.ones(5), 3)


def test_a_canceled_graph_ends():
    with pytest.raises(Canceled):
        Nearest(vectors()).graph(3, cancel=lambda: True)
