"""`ecgfm measure`: JSON as fixed, Python's numbers, and a table for people."""

import json
from pathlib import Path

import pytest
from places import SAMPLES

import ecgfm_core as ecg
from app.cli import main

PVC = str(SAMPLES / "pvc.hea")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        main(["measure", *arguments])
    return int(left.value.code or 0), capsys.readouterr().out


def test_the_json_is_the_documented_one_with_pythons_numbers(capsys: pytest.CaptureFixture[str]):
    code, out = run(capsys, PVC, str(SAMPLES / "af.hea"), "--json")
    entry, fibrillating = json.loads(out)
    found = ecg.measure(ecg.read_record(PVC))
    assert code == 0
    assert list(entry) == ["file", "measurements", "beats"]
    assert list(entry["measurements"]) == list(found.values)
    rate = found["HR"]
    assert entry["measurements"]["HR"] == {"value": rate.value, "unit": "1/min", "method": rate.method}
    assert fibrillating["measurements"]["PR"] == {
        "value": None, "why": "no P wave found; the RR intervals vary as in atrial fibrillation",
    }  # fmt: skip
    beat, own = entry["beats"][1], found.beats[1]
    assert own.p is not None
    assert list(beat) == ["r_s", "kind", "p", "qrs", "t"]
    assert (beat["r_s"], beat["kind"], beat["p"], beat["qrs"]) == (own.r_s, own.kind, list(own.p), list(own.qrs))


def test_the_text_is_a_table_with_reasons(capsys: pytest.CaptureFixture[str]):
    code, out = run(capsys, str(SAMPLES / "lost_v3.hea"))
    lines = out.splitlines()
    assert code == 0
    assert "13 beats (13 normal)" in lines[0]
    assert any(line.split()[:3] == ["HR", "78", "1/min"] for line in lines)
    assert any(line.split()[0] == "V3" and line.endswith("not measured: lead V3 never changes") for line in lines)
    assert any(line.split()[0] == "Cornell" and "not measured" in line for line in lines)


def test_what_the_file_states_stands_beside_it(capsys: pytest.CaptureFixture[str], recordings: Path):
    files = sorted((recordings / "formats").rglob("*.dcm"))
    stated = [file for file in files if ecg.read_record(file).meta.measurements]
    assert stated
    name, value = next(iter(ecg.read_record(stated[0]).meta.measurements.items()))
    _, out = run(capsys, str(stated[0]))
    assert f"the file states {name}: {value:g}" in out


def test_a_file_at_fault_is_an_entry_and_exit_code_1(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7")
    code, out = run(capsys, str(tmp_path / "scan.pdf"), PVC, "--json")
    assert code == 1
    assert [entry.get("error") for entry in json.loads(out)] == ["UnknownFormat", None]
    assert "scan.pdf" in run(capsys, str(tmp_path / "scan.pdf"))[1]
