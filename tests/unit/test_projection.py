"""Maps of embeddings: what they keep, that they can be made again, and where new recordings land on them."""

import subprocess
import sys
import threading
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mixtures import GROUPS, mixture
from places import ROOT
from publishers import simulated

import ecgfm_core as ecg
from ecgfm_core.analysis.cohort import Cohort, Description, EncoderFacts, Entry, create_cohort, open_cohort
from ecgfm_core.analysis.nearest import Nearest
from ecgfm_core.analysis.projection.layout import Recipe, lay_out, shortened
from ecgfm_core.analysis.projection.lines import Lines
from ecgfm_core.analysis.projection.placing import K, map_width, place_among
from ecgfm_core.errors import Canceled, EncoderMismatch, VectorsInvalid
from ecgfm_core.types import Encoding

FACTS = EncoderFacts("tiny", "ab" * 32, ())


def groups_kept(xy: np.ndarray) -> float:
    """Share of points whose nearest point on the map is of their own group."""
    apart = ((xy[:, None] - xy[None]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    return float(np.mean(apart.argmin(axis=1) % GROUPS == np.arange(len(xy)) % GROUPS))


def apart(vector: np.ndarray) -> np.ndarray:
    """Two windows that differ, and whose mean is the vector."""
    return np.stack([vector - 0.1, vector + 0.1])


def made(folder: Path, x: np.ndarray, *, windows: int = 2) -> Cohort:
    """A recording of one or two windows for each vector."""
    with create_cohort(folder, Description((), "made", encoders=(FACTS,))) as writer:
        row = writer.pack(Entry("r", "made", "p", "train", None, None, "", {}, simulated(0)))
        writer.add([row | {"id": f"r{number}", "digest": f"{number:064x}"} for number in range(len(x))], [])
        pooled = [apart(vector) if windows == 2 else vector[None] for vector in x]
        writer.add_embeddings(FACTS.fingerprint, [f"r{number}" for number in range(len(x))], pooled, None)
    return open_cohort(folder)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """A hundred recordings of two windows."""
    return made(tmp_path_factory.mktemp("cohort"), mixture(100))


@pytest.mark.parametrize("method", ["umap", "pca", "tsne"])
def test_groups_stay_together_and_a_seed_gives_the_same_map(method: str):
    recipe = Recipe(method, seed=3)  # type: ignore[arg-type]
    x = mixture()
    xy = lay_out(x, recipe)
    assert xy.shape == (240, 2)
    assert groups_kept(xy) > (0.7 if method == "pca" else 0.97)
    assert np.array_equal(lay_out(x, recipe), xy)


def test_the_length_of_embeddings_does_not_matter():
    x = mixture()
    assert np.allclose(lay_out(5 * x, Recipe("pca")), lay_out(x, Recipe("pca")), atol=1e-4)


@pytest.mark.parametrize("method", ["umap", "pca", "tsne"])
@pytest.mark.parametrize("count", [5, 7, 16])
def test_small_cohorts_have_a_map(method: str, count: int):
    xy = lay_out(mixture(count), Recipe(method))  # type: ignore[arg-type]
    assert xy.shape == (count, 2)
    assert np.isfinite(xy).all()


def test_too_few_recordings_are_refused():
    with pytest.raises(VectorsInvalid, match=r"a map needs at least 5 recordings\. Got 4"):
        lay_out(mixture(4), Recipe())


@pytest.mark.parametrize("method", ["umap", "tsne"])
def test_a_map_tells_how_far_it_is_and_prints_nothing(method: str, capfd: pytest.CaptureFixture[str]):
    steps: list[tuple[int, int]] = []
    lay_out(mixture(), Recipe(method), progress=lambda done, total: steps.append((done, total)))  # type: ignore[arg-type]
    done, totals = zip(*steps, strict=True)
    assert len(set(totals)) == 1
    assert sorted(done) == list(done)
    assert done[-1] == totals[0]
    assert len(set(done)) > (3 if method == "tsne" else 1)  # the bar of UMAP speaks every fifth of a second
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("method", ["umap", "tsne"])
def test_a_canceled_map_ends_and_leaves_everything_as_it_was(method: str):
    np.random.seed(1)
    before, out, threads = np.random.get_state()[1].copy(), sys.stdout, threading.active_count()  # type: ignore[index, union-attr]
    whole = lay_out(mixture(), Recipe(method))  # type: ignore[arg-type]
    steps: list[int] = []
    with pytest.raises(Canceled):
        lay_out(
            mixture(), Recipe(method),  # type: ignore[arg-type]
            progress=lambda done, total: steps.append(done), cancel=lambda: len(steps) > 1,
        )  # fmt: skip
    assert len(steps) == 2
    assert sys.stdout is out
    assert threading.active_count() <= threads + 1  # the monitor of tqdm stays
    assert np.array_equal(np.random.get_state()[1], before)  # type: ignore[index]
    assert np.array_equal(lay_out(mixture(), Recipe(method)), whole)  # type: ignore[arg-type]


def test_what_another_thread_prints_meanwhile_is_neither_lost_nor_canceled(capsys: pytest.CaptureFixture[str]):
    lines = Lines(r"(\d+)/(\d+)", lambda done, total: None, lambda: True)
    with redirect_stdout(lines):  # type: ignore[type-var]
        other = threading.Thread(target=print, args=("1/2 of another",))
        other.start()
        other.join()
    assert capsys.readouterr().out == "1/2 of another\n"
    with pytest.raises(Canceled):
        lines.write("1/2")


def test_shorter_vectors_keep_the_distances():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 12)) @ rng.normal(size=(12, 200))
    unit = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    short = shortened(unit)
    assert short.shape == (300, 64)
    np.testing.assert_allclose(short @ short.T, unit @ unit.T, atol=1e-4)


def test_new_recordings_land_in_their_group():
    x, new = mixture(), mixture(100, seed=7)
    xy = lay_out(x, Recipe())
    placed = place_among(Nearest(x).search(new, 15), xy)
    nearest = ((placed.xy[:, None] - xy[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert np.mean(nearest % GROUPS == np.arange(100) % GROUPS) > 0.97


def test_between_two_groups_a_recording_goes_to_one_of_them():
    x = np.array([[1, 0]] * 8 + [[0, 1]] * 7, np.float32) + 0.01 * np.random.default_rng(0).normal(size=(15, 2))
    xy = np.array([[0, 0]] * 8 + [[100, 0]] * 7, np.float32) + np.random.default_rng(1).normal(size=(15, 2))
    placed = place_among(Nearest(x).search([[1.0, 1.0]], 15), xy.astype(np.float32))
    assert min(abs(placed.xy[0, 0]), abs(placed.xy[0, 0] - 100)) < 5
    assert placed.spread[0] < 1


def test_a_recording_of_the_cohort_lies_on_its_own_point(cohort: Cohort):
    drawn = ecg.project(cohort, Recipe("pca"))
    for row in (0, 42):
        found = ecg.place(cohort.vectors[row], cohort, drawn)
        assert found.xy == pytest.approx(tuple(drawn.xy[row]), abs=1e-6)
        assert found.neighbors.ids[0] == f"r{row}"
        assert ecg.place(cohort.vectors[row], cohort, drawn) == found


def test_a_recording_of_the_cohort_is_not_its_own_neighbor_when_compared_with_the_others(cohort: Cohort):
    drawn = ecg.project(cohort, Recipe("pca"))
    own = cohort.nearest.graph(K).distances[:, -1]
    for row in (3, 50, int(own.argmax())):
        told = ecg.place(cohort.vectors[row], cohort, drawn).percentile
        assert told == pytest.approx(100 * np.mean(own < own[row] - 1e-6), abs=1.01)


def test_a_recording_is_placed_by_those_that_are_on_the_map(cohort: Cohort):
    whole = ecg.project(cohort, Recipe("umap"))
    part = replace(whole, xy=whole.xy[::2], ids=whole.ids[::2])
    asked = cohort.vectors[33]
    found = ecg.place(asked, cohort, part)
    near = cohort.nearest.search(asked, len(cohort)).rows[0]
    assert found.neighbors.ids == tuple(f"r{row}" for row in near if row % 2 == 0)[:K]
    assert found.percentile == ecg.place(asked, cohort, whole).percentile


def pca_axes(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean [D] and the two axes [D, 2] of the largest variance, by another way than the code's."""
    middle = unit.mean(axis=0)
    axes = np.linalg.svd(unit - middle, full_matrices=False)[2][:2].T
    return middle, axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])


@pytest.mark.parametrize("width", [24, 200])
def test_a_new_recording_lies_on_a_pca_map_where_its_axes_put_it(tmp_path: Path, width: int):
    x, new = mixture(300, width), mixture(40, width, seed=7)
    cohort = made(tmp_path, x, windows=1)
    drawn = ecg.project(cohort, Recipe("pca"))
    unit, asked = (one / np.linalg.norm(one, axis=1, keepdims=True).astype(np.float64) for one in (x, new))
    middle, axes = pca_axes(unit)
    places = [ecg.place(one, cohort, drawn).xy for one in new]
    np.testing.assert_allclose(places, (asked - middle) @ axes, atol=1e-4 * map_width(drawn.xy))


def test_a_pca_map_of_windows_places_a_recording_amid_where_its_windows_would_lie(tmp_path: Path):
    x, new = mixture(300, 200), mixture(40, 200, seed=7)
    cohort = made(tmp_path, x)
    drawn = ecg.project(cohort, Recipe("pca"), of="windows")
    windows = np.concatenate([part.pooled for part in cohort.window_values(range(300))]).astype(np.float64)
    middle, axes = pca_axes(windows / np.linalg.norm(windows, axis=1, keepdims=True))
    for one in new:
        own = apart(one).astype(np.float64)
        expected = ((own / np.linalg.norm(own, axis=1, keepdims=True) - middle) @ axes).mean(axis=0)
        found = ecg.place(one, cohort, drawn).xy
        assert np.linalg.norm(found - expected) < 0.005 * map_width(drawn.xy)


def test_a_recording_like_no_other_is_not_sure_of_its_place(cohort: Cohort):
    drawn = ecg.project(cohort, Recipe("umap"))
    inside = ecg.place(mixture(1, seed=5)[0], cohort, drawn)
    outside = ecg.place(-mixture(GROUPS, seed=5).sum(axis=0), cohort, drawn)
    assert inside.sure
    assert inside.percentile < 95
    assert not outside.sure
    assert outside.percentile == 100
    assert "farther from the cohort than 100 %" in outside.why


def test_a_map_of_windows_has_a_point_for_each_and_places_recordings_amid_theirs(cohort: Cohort):
    drawn = ecg.project(cohort, Recipe("pca"), of="windows")
    assert drawn.xy.shape == (200, 2)
    assert drawn.ids[:4] == ("r0", "r0", "r1", "r1")
    assert drawn.windows is not None
    assert drawn.windows[:4] == (0, 1, 0, 1)
    found = ecg.place(cohort.vectors[3], cohort, drawn)
    assert found.xy == pytest.approx(tuple(drawn.xy[6:8].mean(axis=0)), abs=1e-5)


def test_vectors_of_two_encoders_never_meet(cohort: Cohort):
    drawn = ecg.project(cohort, Recipe("pca"))
    other = Encoding(np.ones((1, 24), np.float32), None, None, np.zeros(1, np.float32), (), "", "cd" * 32)
    for ask in (lambda: ecg.place(other, cohort, drawn), lambda: ecg.neighbors(other, cohort)):
        with pytest.raises(EncoderMismatch, match=r"encoded by cdcdcdcd and the cohort by abababab; distances"):
            ask()


def test_neighbors_are_told_by_id_nearest_first(cohort: Cohort):
    found = ecg.neighbors(cohort.vectors[7], cohort, k=4)
    assert found.ids[0] == "r7"
    assert found.distances[0] == pytest.approx(0, abs=1e-6)
    assert list(found.distances) == sorted(found.distances)
    assert {int(id[1:]) % GROUPS for id in found.ids} == {7 % GROUPS}


def test_the_width_of_a_map_does_not_hang_on_one_point():
    xy = np.random.default_rng(0).uniform(0, 1, (1000, 2)).astype(np.float32)
    xy[0] = 1e6
    assert 0.9 < map_width(xy) < 1.1


def test_a_map_made_in_another_process_is_the_same(tmp_path: Path, cohort: Cohort):
    code = (
        "import sys, numpy as np, ecgfm_core as ecg; np.save(sys.argv[2], ecg.project(ecg.open_cohort(sys.argv[1])).xy)"
    )
    subprocess.run([sys.executable, "-c", code, str(cohort.folder), str(tmp_path / "xy.npy")], cwd=ROOT, check=True)
    assert np.array_equal(np.load(tmp_path / "xy.npy"), ecg.project(cohort).xy)
