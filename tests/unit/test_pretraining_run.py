"""Pretraining runs: they learn, go on after a kill, agree over processes, and refuse what cannot be."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from places import ROOT
from safetensors.torch import load_file
from unit.learning import QUICK, SMALL, hearts, losses

from ecgfm_core.errors import NothingToLearn, RunMismatch, TrainingDiverged, TrainingError, WeightsInvalid
from ecgfm_core.model.checkpoint import load_folder
from ecgfm_core.model.config import Dropout
from ecgfm_core.model.convert import read_published
from ecgfm_core.training.examples import Parts
from ecgfm_core.training.pretraining import pretrain

SCRIPT = """
import sys, torch
from pathlib import Path
from dataclasses import replace
from unit.learning import QUICK, hearts
from ecgfm_core.training.examples import Parts
from ecgfm_core.training.pretraining import pretrain
torch.set_num_threads(1)
def show(state): print(state.step, flush=True)
recipe = replace(QUICK, **eval(sys.argv[2]))
pretrain(Parts(hearts(), hearts(4)), Path(sys.argv[1]), recipe, device="cpu", progress=show)
"""


def run(folder: Path, changes: str = "{}", *, processes: int = 1) -> tuple[int, str]:
    """Pretrain in processes of its own, to the end: exit code and output."""
    with start(folder, changes, processes=processes) as running:
        output, _ = running.communicate()
        return running.returncode, output


def start(folder: Path, changes: str = "{}", *, processes: int = 1) -> subprocess.Popen[str]:
    """Pretrain in processes of its own."""
    script = folder.parent / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable]
    if processes > 1:
        command += ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*command, str(script), str(folder), changes],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "run"
    pretrain(Parts(hearts(), hearts(4)), folder, QUICK, device="cpu")
    return folder


def test_a_run_leaves_an_encoder_its_curves_and_a_checkpoint(uninterrupted: Path):
    encoder = load_folder(uninterrupted / "encoder", device="cpu")
    assert encoder.config.architecture == SMALL
    assert encoder.labels == ()
    assert "12 recordings" in encoder.config.origin
    assert [row.split(",")[0] for row in losses(uninterrupted)] == ["1", "2", "3", "4", "5", "6"]
    assert [row.split(",")[0] for row in losses(uninterrupted, "valid")] == ["2", "4", "6"]
    assert not list(uninterrupted.glob(".*"))


def test_the_published_names_lead_back_to_the_same_encoder(uninterrupted: Path):
    back = read_published(uninterrupted / "published.pt")
    assert back.architecture == SMALL
    ours = load_file(uninterrupted / "encoder" / "model.safetensors")
    assert set(back.state) == set(ours)
    for name, tensor in ours.items():
        torch.testing.assert_close(back.state[name], tensor, rtol=0, atol=0)


def test_killed_at_any_moment_it_goes_on_to_the_same_result(uninterrupted: Path, tmp_path: Path):
    folder = tmp_path / "run"
    for kills in (3, 5):  # once after the first checkpoint and once after the second, between two of them
        with start(folder) as running:
            assert running.stdout is not None
            for line in running.stdout:
                if line.strip() == str(kills):
                    running.send_signal(signal.SIGKILL)
                    break
        assert (folder / "checkpoint.safetensors").exists()
        assert not (folder / "encoder").exists()
    assert run(folder)[0] == 0
    assert losses(folder) == losses(uninterrupted)
    assert losses(folder, "valid") == losses(uninterrupted, "valid")
    ours, theirs = (load_file(path / "encoder" / "model.safetensors") for path in (folder, uninterrupted))
    for name, tensor in theirs.items():
        torch.testing.assert_close(ours[name], tensor, rtol=0, atol=0)


def test_two_processes_equal_one_at_the_same_global_batch(uninterrupted: Path, tmp_path: Path):
    folder = tmp_path / "run"
    code, output = run(folder, processes=2)
    assert code == 0, output
    alone, together = (
        np.array([row.split(",")[2:] for row in losses(path)], float) for path in (uninterrupted, folder)
    )
    np.testing.assert_allclose(together, alone, rtol=1e-4)


def test_another_training_is_not_continued_by_mistake(uninterrupted: Path):
    with pytest.raises(RunMismatch, match=r"holds a training with other settings; first lr: there 0.001, now 0.01"):
        pretrain(Parts(hearts()), uninterrupted, replace(QUICK, lr=0.01), device="cpu")


def test_micro_batches_that_processes_cannot_share_are_refused(tmp_path: Path):
    code, output = run(tmp_path / "run", "{'micro_batches': 3}", processes=2)
    assert code != 0
    assert "micro-batches: 3 cannot be shared by 2 processes" in output
    assert not (tmp_path / "run" / "checkpoint.safetensors").exists()


def test_a_loss_that_is_no_number_stops_and_keeps_the_last_checkpoint(tmp_path: Path):
    with pytest.raises(
        TrainingDiverged, match=r"the loss is \S+ and the gradient \S+ at update \d+\. Train anew"
    ) as stop:
        pretrain(Parts(hearts()), tmp_path / "run", replace(QUICK, lr=1e18, save_every=1), device="cpu")
    kept = load_file(tmp_path / "run" / "checkpoint.safetensors")
    assert all(torch.isfinite(tensor).all() for tensor in kept.values())
    assert stop.value.step > 1
    assert {row.split(",")[0] for row in losses(tmp_path / "run")} == {str(i) for i in range(1, stop.value.step)}
    assert set(kept) >= {"net.mask", "optimizer.exp_avg.mask"}
    assert not (tmp_path / "run" / "encoder").exists()


def test_a_cancelled_run_goes_on_where_it_stopped(uninterrupted: Path, tmp_path: Path):
    asked = iter([False, False, False, True])
    data = Parts(hearts(), hearts(4))
    with pytest.raises(TrainingError, match="cancelled after 3 of 6 updates"):
        pretrain(data, tmp_path / "run", QUICK, device="cpu", cancel=lambda: next(asked))
    pretrain(data, tmp_path / "run", QUICK, device="cpu")
    assert losses(tmp_path / "run") == losses(uninterrupted)


def test_a_damaged_checkpoint_is_named(tmp_path: Path):
    folder = tmp_path / "run"
    pretrain(Parts(hearts()), folder, replace(QUICK, steps=2), device="cpu")
    (folder / "checkpoint.safetensors").write_bytes(b"not a checkpoint")
    with pytest.raises(WeightsInvalid, match=r"checkpoint\.safetensors cannot be read"):
        pretrain(Parts(hearts()), folder, replace(QUICK, steps=2), device="cpu")


def test_a_kill_between_opening_and_writing_the_metrics_is_gone_on_from(uninterrupted: Path, tmp_path: Path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "metrics.csv").touch()
    pretrain(Parts(hearts(), hearts(4)), folder, QUICK, device="cpu")
    assert losses(folder) == losses(uninterrupted)


def test_a_folder_in_which_another_process_trains_is_left_alone(tmp_path: Path):
    folder = tmp_path / "run"
    with start(folder, "{'steps': 10_000}") as running:
        assert running.stdout is not None
        running.stdout.readline()
        with pytest.raises(RunMismatch, match="run: another process is training there"):
            pretrain(Parts(hearts(), hearts(4)), folder, replace(QUICK, steps=10_000), device="cpu")
        running.kill()


def test_other_recordings_of_the_same_names_are_another_training(uninterrupted: Path):
    others = replace(hearts(), digests=tuple(f"other {i}" for i in range(12)))
    with pytest.raises(RunMismatch, match="first data"):
        pretrain(Parts(others), uninterrupted, QUICK, device="cpu")


def test_too_few_recordings_are_refused(tmp_path: Path):
    with pytest.raises(NothingToLearn, match=r"at least two recordings of 10 s or more. Found 1 among 1"):
        pretrain(Parts(hearts().take([0])), tmp_path / "run", QUICK, device="cpu")
    assert not (tmp_path / "run").exists()


def test_dropout_differs_from_one_micro_batch_to_the_next_and_not_between_runs(tmp_path: Path):
    recipe = replace(QUICK, dropout=Dropout(hidden=0.5), steps=2)
    for name in ("first", "second"):
        pretrain(Parts(hearts()), tmp_path / name, recipe, device="cpu")
    pretrain(Parts(hearts()), tmp_path / "without", replace(recipe, dropout=Dropout()), device="cpu")
    assert losses(tmp_path / "first") == losses(tmp_path / "second") != losses(tmp_path / "without")


def test_progress_says_how_far_how_fast_and_how_long(tmp_path: Path):
    seen = []
    began = time.monotonic()
    pretrain(Parts(hearts()), tmp_path / "run", QUICK, device="cpu", progress=seen.append)
    took = time.monotonic() - began
    assert [state.step for state in seen] == [1, 2, 3, 4, 5, 6]
    assert seen[-1].left_s == 0
    assert seen[-1].windows_per_s > 6 * 2 * 6 / took * 0.9  # six updates of two micro-batches of six windows
    assert seen[0].left_s > 0
