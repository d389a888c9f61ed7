"""`ecgfm embed`: exit codes, what is said, and where the failures are."""

from pathlib import Path

import pytest
from unit.embedding import hearts
from unit.test_cli import run

import ecgfm_core as ecg


def test_a_folder_becomes_a_cohort_and_failures_end_with_1(
    capsys: pytest.CaptureFixture[str], tiny_folder: Path, tmp_path: Path
):
    folder, cohort = hearts(tmp_path / "hearts", 3), tmp_path / "cohort"
    command = ["embed", str(folder), "-o", str(cohort), "--encoder", str(tiny_folder), "--title", "Three hearts"]
    code, out, err = run(capsys, *command, "--labels", str(tmp_path / "hearts.csv"), "--device", "cpu")
    assert (code, out) == (0, "")
    assert "3 recordings embedded by tiny, 0 were there, 0 failed" in err
    assert ecg.open_cohort(cohort).title == "Three hearts"
    assert len(ecg.open_cohort(cohort).labels) == 17
    (folder / "broken.csv").write_text("no,recording\n")
    code, _, err = run(capsys, *command, "--labels", str(tmp_path / "hearts.csv"), "--device", "cpu")
    assert code == 1
    assert "broken.csv: " in err
    assert "errors.csv says which failed, and why" in err
    assert "0 recordings embedded by tiny, 3 were there, 1 failed" in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("embed {tmp}/nowhere -o {tmp}/c", "nowhere: there is no such file or folder"),
        ("embed {tmp} -o {tmp}/c", "no file there could be a recording"),
        ("embed {tmp} -o {tmp}/c --labels {tmp}/bad.txt", "bad.txt: the table cannot be read as CSV"),
    ],
)
def test_bad_input_gets_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, tiny_folder: Path, arguments: str, sentence: str
):
    (tmp_path / "bad.txt").write_bytes(b'a,b\n"\xff')
    code, _, err = run(capsys, *arguments.format(tmp=tmp_path).split(), "--encoder", str(tiny_folder))
    assert code == 1
    assert sentence in err
    assert "Traceback" not in err
    assert not (tmp_path / "c").exists()
