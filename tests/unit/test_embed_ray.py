"""Embedding on Ray: the cohort that the local engine makes, failures kept, going on, and one sentence without it."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from unit.embedding import hearts
from unit.test_cli import run

import ecgfm_core as ecg
from ecgfm_core import Encoder
from ecgfm_core.analysis import Cohort
from ecgfm_core.analysis.building.ray_engine import require_ray
from ecgfm_core.errors import EngineFailed

COUNT = 60
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """Two workers on this machine."""
    ray = pytest.importorskip("ray", reason="the extra ray is not installed")
    require_ray()
    ray.init(num_cpus=2, num_gpus=0, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty recordings, the last one again in another folder, and one that cannot be read."""
    made = hearts(tmp_path_factory.mktemp("plain") / "hearts", COUNT)
    (made / "again").mkdir()
    for path in list(made.glob(f"sim7-{COUNT - 1:06d}.*")):
        shutil.copy(path, made / "again")
    (made / "notes.csv").write_text("this,is\nno,recording\n")
    return made


@pytest.fixture(scope="module")
def both(cluster: None, folder: Path, tiny: Encoder) -> tuple[Cohort, Cohort]:
    """The cohort of each engine."""
    local = ecg.embed_cohort(folder, folder.parent / "local", tiny)
    by_ray = ecg.embed_cohort(folder, folder.parent / "ray", tiny, engine="ray")
    assert (local.added, local.present) == (by_ray.added, by_ray.present) == (COUNT, 1)
    assert local.failures == by_ray.failures
    assert [failure.id for failure in by_ray.failures] == ["notes"]
    return ecg.open_cohort(folder.parent / "local"), ecg.open_cohort(folder.parent / "ray")


def test_ray_makes_the_cohort_that_the_local_engine_makes(both: tuple[Cohort, Cohort]):
    local, by_ray = both
    assert by_ray.ids == local.ids
    assert by_ray.digests == local.digests
    np.testing.assert_allclose(by_ray.vectors, local.vectors, atol=1e-5)
    np.testing.assert_allclose(by_ray.probabilities, local.probabilities, atol=1e-5)
    facts = [name for name in local.table if not name.startswith("p:")]
    pd.testing.assert_frame_equal(by_ray.table[facts], local.table[facts])


def test_each_engine_goes_on_where_the_other_was_stopped(cluster: None, folder: Path, tiny: Encoder, tmp_path: Path):
    local: list[object] = []
    begun = ecg.embed_cohort(folder, tmp_path / "c", tiny, progress=local.append, cancel=lambda: len(local) >= 20)
    by_ray: list[object] = []
    more = ecg.embed_cohort(
        folder, tmp_path / "c", tiny, engine="ray", progress=by_ray.append, cancel=lambda: len(by_ray) >= 40
    )
    rest = ecg.embed_cohort(folder, tmp_path / "c", tiny)
    assert begun.added > 0
    assert more.added > 0
    assert not more.finished
    assert rest.finished
    assert begun.added + more.added + rest.added == len(ecg.open_cohort(tmp_path / "c").ids) == COUNT


def test_without_ray_one_sentence_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folder: Path,
    tiny: Encoder,
    tiny_folder: Path,
    tmp_path: Path,
):
    for name in ("ray", "ray.data"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(EngineFailed, match=r"Ray is not installed. Install it by pip install 'ecgfm\[ray\]'"):
        ecg.embed_cohort(folder, tmp_path / "c", tiny, engine="ray")
    command = ["embed", str(folder), "-o", str(tmp_path / "d"), "--encoder", str(tiny_folder), "--engine", "ray"]
    code, _, err = run(capsys, *command)
    assert code == 1
    assert "Ray is not installed" in err
