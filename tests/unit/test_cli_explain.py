"""ecgfm explain: the numbers, the paper, the check card, and a sentence for what cannot be explained."""

import json
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from places import SAMPLES
from unit.test_cli import run

import ecgfm_core as ecg
from ecgfm_core import Encoder
from ecgfm_core.leads import LEADS

LBBB = str(SAMPLES / "lbbb.hea")
LABEL = "Left bundle branch block"


def test_the_numbers_are_those_of_python(capsys: pytest.CaptureFixture[str], tmp_path: Path, demo: Encoder):
    for name in ("why.npz", "why.json"):
        code, out, err = run(capsys, "explain", LBBB, "--label", LABEL, "-o", str(tmp_path / name))
        assert (code, out) == (0, "")
        assert "positive evidence" in err
    record = ecg.read_record(LBBB)
    found = ecg.explain(ecg.to_windows(record), demo, LABEL, beats=ecg.measure(record).beats)
    packed, listed = np.load(tmp_path / "why.npz"), json.loads((tmp_path / "why.json").read_text())
    np.testing.assert_allclose(packed["values"], found.values, atol=1e-6)
    np.testing.assert_allclose(listed["values"], found.values, atol=1e-6)
    assert packed["values"].dtype == np.float32
    assert list(packed["leads"]) == listed["leads"] == list(LEADS)
    assert packed["starts_s"].tolist() == listed["starts_s"] == [0.0, 5.0]
    for name in ("target", "method", "unit", "resolution_s", "per_lead", "class_specific", "source", "encoder"):
        assert packed[name].item() == listed[name] == getattr(found, name)
    assert listed["gap"] is listed["check"] is None


def test_the_check_card_comes_with_the_numbers(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    target = tmp_path / "why.json"
    code, _, err = run(
        capsys, "explain", LBBB, "--label", LABEL, "--vs", "Right bundle branch block", "--check", "-o", str(target)
    )
    card = json.loads(target.read_text())["check"]
    assert code == 0
    assert card["verdict"] in err
    assert isinstance(card["better_than_random"], bool)
    assert -1 <= card["randomization_correlation"] <= 1
    assert 0.99 < sum(part["share"] for part in card["energy"]["segments"]) < 1.01
    assert card["agreement"]["methods"] == ["relevance", "gradient_x_input", "attention"]
    assert {"deletion", "insertion", "random", "shuffled", "agreement", "stability", "randomization"} < set(card)


def test_the_map_is_drawn_on_the_paper(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    plain, drawn = tmp_path / "plain.pdf", tmp_path / "why.pdf"
    run(capsys, "paper", LBBB, "-o", str(plain))
    assert run(capsys, "explain", LBBB, "--label", LABEL, "-o", str(drawn))[0] == 0
    text = pypdfium2.PdfDocument(drawn)[0].get_textpage().get_text_range()
    assert LABEL in text
    assert "the same for all leads" in text
    pictures = [np.asarray(pypdfium2.PdfDocument(path)[0].render().to_pil()) for path in (plain, drawn)]
    assert (pictures[0] != pictures[1]).mean() > 0.01


def test_a_map_that_its_check_does_not_believe_is_drawn_gray_and_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    drawn = tmp_path / "why.pdf"
    asked = ("--label", LABEL, "--method", "gradient_x_input", "--check", "-o", str(drawn))
    _, _, err = run(capsys, "explain", LBBB, *asked)
    assert "Not better than random" in err
    page = pypdfium2.PdfDocument(drawn)[0]
    assert "NOT BETTER THAN RANDOM" in page.get_textpage().get_text_range()
    red, green, blue = np.moveaxis(np.asarray(page.render(scale=2).to_pil().convert("RGB")).astype(int), 2, 0)
    assert not ((green - blue > 25) & (red > green)).any()  # the color of what speaks for a label


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (["--label", "Gout", "-o", "a.json"], "Gout: the encoder demo has no such label. It was trained for: "),
        (["--label", LABEL, "-o", "a.txt"], "a.txt: this is written as .json, .npz, .pdf"),
        (["--label", LABEL, "-o", "nowhere/a.npz"], "a.npz: its folder nowhere does not exist"),
    ],
)
def test_what_cannot_be_done_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[str], sentence: str
):
    monkeypatch.chdir(tmp_path)
    try:
        code, _, err = run(capsys, "explain", LBBB, *asked)
    except SystemExit as error:
        code, err = error.code, capsys.readouterr().err
    assert code == 2
    assert sentence in err
    assert list(tmp_path.iterdir()) == []
