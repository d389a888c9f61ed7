"""`prepare` goes on after a kill at any moment, and ends with what an uninterrupted run gives."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from places import ROOT
from publishers import write_folder

from ecgfm_core.analysis.cohort import access, layout, open_cohort
from ecgfm_core.errors import CohortMismatch
from ecgfm_core.training.sources import prepare

RECORDS = 22
CHILD = """
import sys
from pathlib import Path
from ecgfm_core.training.sources import preparation
preparation.BATCH = 4
raw, store = map(Path, sys.argv[1:])
preparation.prepare("folder", raw, store, progress=lambda done, total: print(done, flush=True))
"""


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 22 recordings, two of which cannot be read."""
    rows = [
        {"record_id": f"r{i}", "path": f"r{i}", "patient_id": f"p{i // 2}", "age": 40 + i, "AF": i % 2}
        for i in range(RECORDS)
    ]
    folder = write_folder(tmp_path_factory.mktemp("plain") / "raw", rows)
    (folder / "r2.hea").unlink()
    (folder / "r17.dat").write_bytes(b"")
    return folder


def killed_after(line: int, raw: Path, store: Path) -> int:
    """Run `prepare` in a process of its own, kill it when it reports its line-th recording; what it had stored."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(raw), str(store)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    for _ in range(line):
        assert child.stdout.readline()
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    return len(open_cohort(store))


def content(store: Path) -> pa.Table:
    """Every column of every row, packed signals among them."""
    table = access.open_table(store, layout.TABLE)
    assert table is not None
    return access.read_columns(store, table, table.schema.names)


def test_a_run_killed_several_times_ends_like_an_uninterrupted_one(raw: Path, tmp_path: Path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert prepare("folder", raw, whole).finished
    stored = [killed_after(line, raw, broken) for line in (3, 11, 20)]
    assert stored == sorted(stored)
    assert 0 < stored[-1] < RECORDS - 2
    rest = prepare("folder", raw, broken)
    assert (rest.present, rest.added, rest.failed) == (stored[-1], RECORDS - 2 - stored[-1], 2)
    assert content(broken).equals(content(whole))
    assert open_cohort(broken).errors == open_cohort(whole).errors
    assert [failure.id for failure in open_cohort(broken).errors] == ["r2", "r17"]


def test_a_finished_run_is_repeated_without_effect(raw: Path, tmp_path: Path):
    prepare("folder", raw, tmp_path / "store")
    before = content(tmp_path / "store")
    again = prepare("folder", raw, tmp_path / "store")
    assert (again.present, again.added, again.failed) == (RECORDS - 2, 0, 2)
    assert content(tmp_path / "store").equals(before)
    assert len(open_cohort(tmp_path / "store").errors) == 2


def test_no_patient_is_in_two_splits(raw: Path, tmp_path: Path):
    prepare("folder", raw, tmp_path / "store", seed=3)
    assert (open_cohort(tmp_path / "store").table.groupby("patient_id")["split"].nunique() == 1).all()


def test_another_seed_does_not_mix_with_a_store_that_was_begun(raw: Path, tmp_path: Path):
    prepare("folder", raw, tmp_path / "store")
    with pytest.raises(CohortMismatch, match="prepared with seed 0; 1 was asked for"):
        prepare("folder", raw, tmp_path / "store", seed=1)


def test_a_line_of_the_error_table_that_a_kill_cut_short_is_passed_over(raw: Path, tmp_path: Path):
    prepare("folder", raw, tmp_path / "store")
    with (tmp_path / "store" / "errors.csv").open("a") as file:
        file.write("r99,Malf")
    assert [failure.id for failure in open_cohort(tmp_path / "store").errors] == ["r2", "r17"]


def test_rows_stay_in_the_order_of_the_table(raw: Path, tmp_path: Path):
    prepare("folder", raw, tmp_path / "store")
    kept = [i for i in range(RECORDS) if i not in (2, 17)]
    cohort = open_cohort(tmp_path / "store")
    assert cohort.ids == tuple(f"r{i}" for i in kept)
    assert np.array_equal(cohort.targets[:, 0], [i % 2 for i in kept])
