"""ecgfm paper: one page a recording, true to its flags, whole files only, and a sentence for what cannot be."""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from places import SAMPLES
from unit.drawn import SVG, pdf_pages, svg_lines
from unit.test_cli import AF, run

from ecgfm_core.leads import LEADS

PVC = str(SAMPLES / "pvc.hea")


def test_a_pdf_has_a_page_for_each_recording(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    code, out, err = run(capsys, "paper", AF, PVC, "-o", str(tmp_path / "both.pdf"))
    assert (code, out) == (0, "")
    assert "both.pdf: written, 2 pages" in err
    pages = pdf_pages((tmp_path / "both.pdf").read_bytes())
    assert ["af" in pages[0][2], "pvc" in pages[1][2]] == [True, True]
    assert [path.name for path in tmp_path.iterdir()] == ["both.pdf"]


def test_the_flags_reach_the_paper(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    flags = "--layout 6x2 --cabrera --simultaneous --speed 50 --gain 20 --half limb --start 2.5 --filter baseline"
    target = tmp_path / "a.svg"
    code, _, _ = run(capsys, "paper", AF, "-o", str(target), *flags.split(), "--filter", "mains50")
    assert code == 0
    text = target.read_text(encoding="utf-8")
    words = [one.text or "" for one in ET.fromstring(text).iter(f"{SVG}text")]
    assert "-aVR" in words
    (footer,) = [word for word in words if "mm/s" in word]
    assert footer == (
        "50 mm/s   20 mm/mV (limb leads at half)   simultaneous   from 2.5 s   baseline 0.5 Hz, mains 50 Hz   "
        "research and teaching only"
    )
    assert len([name for name, _ in svg_lines(text) if name in LEADS]) == 12


def test_the_rhythm_lead_can_be_chosen(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    run(capsys, "paper", AF, "-o", str(tmp_path / "a.svg"), "--layout", "3x4+3", "--rhythm", "V5")
    names = [name for name, _ in svg_lines((tmp_path / "a.svg").read_text(encoding="utf-8")) if name in LEADS]
    assert names[12:] == ["V5", "V1", "II"]


def test_a_png_is_a_picture_of_one_recording(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    code, _, _ = run(capsys, "paper", AF, "-o", str(tmp_path / "a.PNG"))
    assert code == 0
    assert (tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG")
    code, _, err = run(capsys, "paper", AF, PVC, "-o", str(tmp_path / "b.png"))
    assert code == 2
    assert "2 recordings do not fit into one .png picture. Write a .pdf." in err
    assert not (tmp_path / "b.png").exists()


def test_a_failing_file_stops_no_other(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (tmp_path / "scan.txt").write_bytes(b"%PDF-1.7")
    code, _, err = run(capsys, "paper", str(tmp_path / "scan.txt"), AF, "-o", str(tmp_path / "a.pdf"))
    assert code == 1
    assert "scan.txt" in err
    assert len(pdf_pages((tmp_path / "a.pdf").read_bytes())) == 1


def test_what_cannot_be_drawn_is_one_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    code, _, err = run(capsys, "paper", AF, "-o", str(tmp_path / "a.pdf"), "--start", "10")
    assert code == 1
    assert err == (
        "ecgfm: af.hea: the sheet is to begin at 10 s and the recording lasts 10.00 s. Choose a start from 0 to its "
        "end.\n"
    )
    np.savetxt(tmp_path / "a.csv", np.random.default_rng(0).normal(0, 0.1, (1000, 12)), delimiter=",")
    facts = ["--fs", "100", "--unit", "mV", "--leads", ",".join(LEADS)]
    for start in ("-1", "nan"):
        assert run(capsys, "paper", AF, "-o", str(tmp_path / "a.pdf"), "--start", start)[0] == 1
    code, _, err = run(
        capsys, "paper", str(tmp_path / "a.csv"), "-o", str(tmp_path / "a.pdf"), *facts, "--filter", "mains50"
    )
    assert code == 1
    assert "needs a rate above 103 Hz; the recording has 100 Hz. Leave this filter off." in err
    assert not (tmp_path / "a.pdf").exists()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["-o", "a.txt"], "a.txt: this is written as .pdf, .svg, .png"),
        (["-o", "nowhere/a.pdf"], "a.pdf: its folder nowhere does not exist"),
        (["-o", "a.pdf", "--filter", "mains50", "--filter", "mains60"], "exclude each other"),
        (["-o", "a.pdf", "--speed", "30"], "invalid choice"),
        (["-o", "a.pdf", "--rhythm", "V9"], "invalid choice"),
    ],
)
def test_wrong_usage_is_code_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: list[str], said: str
):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "paper", AF, *flags)
    assert code == 2
    assert said in err
    assert not list(tmp_path.iterdir())
