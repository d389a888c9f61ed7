"""The command line: exit codes, JSON as fixed, the same numbers as Python."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from places import GOLDEN, SAMPLES

import ecgfm_core as ecg
from app.cli import main

AF = str(SAMPLES / "af.hea")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


def test_inspect_gives_the_documented_json(capsys: pytest.CaptureFixture[str]):
    code, out, _ = run(capsys, "inspect", AF, "--json")
    (entry,) = json.loads(out)
    assert code == 0
    assert list(entry) == [
        "file", "format", "leads", "derived_leads", "fs", "duration_s", "unit", "windows", "dropped_s", "digest",
        "stated", "warnings", "quality",
    ]  # fmt: skip
    assert (entry["file"], entry["format"], entry["fs"], entry["unit"], entry["windows"]) == (AF, "wfdb", 500, "mV", 2)
    assert entry["stated"] == {
        "age": None, "sex": None, "measurements": {},
        "statements": ["Simulated; not a recording of a person", "Labels: Atrial fibrillation"],
    }  # fmt: skip
    assert entry["quality"] == {"score": 1.0, "verdict": None, "flags": []}


def test_predict_gives_the_documented_json_and_pythons_numbers(capsys: pytest.CaptureFixture[str], demo: ecg.Encoder):
    code, out, _ = run(capsys, "predict", AF, "--json", "--logits", "--embedding", "--device", "cpu")
    (entry,) = json.loads(out)
    assert code == 0
    assert list(entry) == ["file", "digest", "encoder", "windows", "probabilities"]
    assert entry["encoder"] == {"name": "demo", "fingerprint": demo.fingerprint}
    encoding = ecg.encode(ecg.to_windows(ecg.read_record(AF)), demo)
    prediction = ecg.predict(encoding)
    assert entry["probabilities"] == prediction.by_name()
    for number, window in enumerate(entry["windows"]):
        assert window["start_s"] == 5.0 * number
        assert window["probabilities"] == prediction.by_name(number)
        np.testing.assert_array_equal(np.float32(window["embedding"]), encoding.pooled[number])
        assert window["logits"]["Sinus rhythm"] == pytest.approx(float(encoding.logits[number, 1]))


def test_logits_and_embedding_come_only_when_asked_for(capsys: pytest.CaptureFixture[str]):
    _, out, _ = run(capsys, "predict", AF, "--json")
    assert all(set(window) == {"start_s", "probabilities"} for window in json.loads(out)[0]["windows"])


def test_a_failing_file_is_one_entry_and_exit_code_1(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7")
    code, out, _ = run(capsys, "predict", str(tmp_path / "scan.pdf"), AF, str(tmp_path / "no.hea"), "--json")
    entries = {Path(entry["file"]).name: entry for entry in json.loads(out)}
    assert code == 1
    assert entries["scan.pdf"]["error"] == "UnknownFormat"
    assert entries["no.hea"]["error"] == "MalformedFile"
    assert "probabilities" in entries["af.hea"]
    assert str(tmp_path) not in entries["no.hea"]["message"]


def test_facts_can_be_given_and_text_is_for_people(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    record = ecg.read_record(AF)
    np.savetxt(tmp_path / "a.csv", record.signal.T, delimiter=",")
    code, _, _ = run(capsys, "inspect", str(tmp_path / "a.csv"))
    assert code == 1
    leads = ",".join(record.leads)
    code, out, _ = run(capsys, "predict", str(tmp_path / "a.csv"), "--fs", "500", "--unit", "mV", "--leads", leads)
    assert code == 0
    assert re.search(r"0\.[89]\d\d  Atrial fibrillation", out)


def test_what_was_not_trained_has_no_number(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    folder = shutil.copytree(SAMPLES / "encoder", tmp_path / "encoder")
    config = json.loads((folder / "config.json").read_text())
    next(label for label in config["labels"] if label["name"] == "Ventricular tachycardia")["trained"] = False
    (folder / "config.json").write_text(json.dumps(config))
    code, out, _ = run(capsys, "predict", AF, "--encoder", str(folder))
    assert code == 0
    assert "Ventricular tachycardia: not trained" in out
    code, out, _ = run(capsys, "predict", AF, "--encoder", str(folder), "--json", "--logits")
    (entry,) = json.loads(out)
    assert entry["probabilities"]["Ventricular tachycardia"] is None
    assert entry["windows"][0]["logits"]["Ventricular tachycardia"] is None


def test_convert_then_predict_on_real_recordings(capsys: pytest.CaptureFixture[str], tmp_path: Path, recordings: Path):
    folder = tmp_path / "tiny"
    published = str(GOLDEN / "tiny_classifier.pt")
    assert run(capsys, "convert", published, "-o", str(folder), "--labels", "mimic-iv-ecg")[0] == 0
    files = sorted((recordings / "code15" / "org").glob("*.mat"))
    code, out, _ = run(capsys, "predict", *map(str, files), "--encoder", str(folder), "--json", "--device", "cpu")
    assert (code, len(files)) == (0, 10)
    encoder = ecg.load_encoder(folder, device="cpu")
    for path, entry in zip(files, json.loads(out), strict=True):
        encoding = ecg.encode(ecg.to_windows(ecg.read_record(path)), encoder)
        assert entry["probabilities"] == ecg.predict(encoding).by_name()


def test_labels_come_from_a_file_with_or_without_a_header(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    names = [f"label {i}" for i in range(17)]
    (tmp_path / "plain.txt").write_text("\n".join(names))
    (tmp_path / "table.csv").write_text("id,name\n" + "\n".join(f"{i},{name}" for i, name in enumerate(names)))
    for file in ("plain.txt", "table.csv"):
        out = tmp_path / f"out {file}"
        arguments = ["convert", str(GOLDEN / "tiny_classifier.pt"), "-o", str(out)]
        assert run(capsys, *arguments, "--labels", str(tmp_path / file))[0] == 0
        assert [label.name for label in ecg.load_encoder(out).labels] == names
        code, _, err = run(capsys, *arguments, "--labels", str(tmp_path / file))
        assert (code, "holds an encoder already" in err) == (1, True)


def test_a_checkpoint_at_fault_is_1_and_an_installation_at_fault_3(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (tmp_path / "bad.pt").write_bytes(b"no")
    code, _, err = run(capsys, "convert", str(tmp_path / "bad.pt"), "-o", str(tmp_path / "out"))
    assert (code, err.startswith("ecgfm: bad.pt: ")) == (1, True)
    code, _, err = run(capsys, "predict", AF, "--encoder", str(tmp_path / "nothing"))
    assert (code, "no such encoder" in err) == (3, True)
    assert run(capsys, "predict")[0] == 2


def test_a_backbone_says_that_it_has_no_labels(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    run(capsys, "convert", str(GOLDEN / "tiny_pretrain.pt"), "-o", str(tmp_path / "b"))
    code, _, err = run(capsys, "predict", AF, "--encoder", str(tmp_path / "b"))
    assert (code, "a backbone that gives embeddings only" in err) == (3, True)


def test_one_entry_for_a_pair_and_one_for_each_recording_of_a_zip(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (tmp_path / "in").mkdir()
    for name in ("af.hea", "af.dat", "pvc.hea", "pvc.dat"):
        shutil.copy(SAMPLES / name, tmp_path / "in")
    _, out, _ = run(capsys, "inspect", str(tmp_path / "in" / "af.hea"), str(tmp_path / "in" / "af.dat"), "--json")
    assert len(json.loads(out)) == 1
    archive = shutil.make_archive(str(tmp_path / "both"), "zip", tmp_path / "in")
    _, out, _ = run(capsys, "inspect", archive, "--json")
    assert [Path(entry["file"]).name for entry in json.loads(out)] == ["af.hea", "pvc.hea"]
