"""Embedding goes on after a kill at any moment, and after a recording that ends the process that reads it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from places import ROOT
from unit.embedding import Deadly, counted, hearts

import ecgfm_core as ecg
from ecgfm_core import Encoder
from ecgfm_core.analysis.building.listing import Item, Said
from ecgfm_core.analysis.building.preparing import Plan
from ecgfm_core.analysis.building.reading import FEW, read_ahead
from ecgfm_core.analysis.cohort import Failure

COUNT = FEW + 8
"""As many as are read in processes of their own."""
CHILD = """
import sys
from pathlib import Path
import torch
import ecgfm_core as ecg
from ecgfm_core.analysis.building import run
if __name__ == "__main__":
    torch.set_num_threads(1)
    run.BATCH = 6
    source, cohort, encoder = map(Path, sys.argv[1:])
    tell = lambda now: print(now.done, flush=True)
    ecg.embed_cohort(source, cohort, ecg.load_encoder(encoder, device="cpu"), progress=tell)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hearts(tmp_path_factory.mktemp("killed") / "hearts", COUNT)


def killed_at(done: int, script: Path, *arguments: Path) -> None:
    """Embed in a process of its own, and kill it when it reports so many recordings."""
    child = subprocess.Popen(
        [sys.executable, str(script), *map(str, arguments)],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert any(int(line) >= done for line in child.stdout)
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=20)  # workers that outlived it would keep the pipe open
    assert child.returncode == -signal.SIGKILL


def test_a_run_killed_three_times_ends_like_an_uninterrupted_one(
    folder: Path, tiny: Encoder, tiny_folder: Path, tmp_path: Path
):
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    for done in (7, 25, 44):
        killed_at(done, script, folder, tmp_path / "broken", tiny_folder)
    kept = len(ecg.open_cohort(tmp_path / "broken"))
    with counted(tiny) as passes:
        rest = ecg.embed_cohort(folder, tmp_path / "broken", tiny)
    ecg.embed_cohort(folder, tmp_path / "whole", tiny)
    broken, whole = ecg.open_cohort(tmp_path / "broken"), ecg.open_cohort(tmp_path / "whole")
    assert 0 < kept < COUNT
    assert (rest.present, rest.added, rest.finished) == (kept, COUNT - kept, True)
    assert sum(passes) == 2 * rest.added  # nothing complete is encoded again
    assert broken.ids == whole.ids
    assert broken.digests == whole.digests
    np.testing.assert_allclose(broken.vectors, whole.vectors, atol=1e-6)


def test_a_script_without_a_guard_embeds_as_well(folder: Path, tiny_folder: Path, tmp_path: Path):
    script = tmp_path / "plain.py"
    body = CHILD.partition('if __name__ == "__main__":\n')
    script.write_text(body[0] + "\n".join(line.strip() for line in body[2].splitlines()))
    done = subprocess.run(
        [sys.executable, str(script), str(folder), str(tmp_path / "c"), str(tiny_folder)],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(ecg.open_cohort(tmp_path / "c")) == COUNT


def test_a_recording_that_ends_its_process_is_a_failure_and_no_more():
    plan = Plan("made", (), {}, frozenset())
    tasks = [Item(f"r{i}", None, Said(), held=Failure(f"r{i}", "RecordTooShort", "short")) for i in range(COUNT)]
    for place in (30, 31):
        tasks[place] = Deadly(f"r{place}", None, Said())
    results = list(read_ahead(tasks, COUNT, plan, processor_free=False))
    failures = [result for result in results if isinstance(result, Failure)]
    assert [failure.id for failure in failures] == [f"r{i}" for i in range(COUNT)]
    crashed = [failure for failure in failures if failure.error == "ReadingCrashed"]
    assert [failure.id for failure in crashed] == ["r30", "r31"]
    assert crashed[0].message == "r30: reading it ended the process that read it. Leave the file out."


def test_no_more_is_read_ahead_than_a_few_errands():
    taken = 0

    def tasks() -> Iterator[Item]:
        nonlocal taken
        for i in range(10 * COUNT):
            taken += 1
            yield Item(f"r{i}", None, Said(), held=Failure(f"r{i}", "RecordTooShort", "short"))

    results = read_ahead(tasks(), 10 * COUNT, Plan("made", (), {}, frozenset()), processor_free=False)
    assert len(list(islice(results, 40))) == 40
    assert taken <= 40 + 4 * 3 * 4 + 4
    results.close()  # type: ignore[attr-defined]
