"""What a paper is told, what it tells, and the one script that its modules become."""

import json
import re
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from places import ROOT

from app.figures.marks import LETTERS
from app.figures.overlay import Overlay
from app.figures.sheet import Setup, Shown, lay_out
from app.figures.theme import DARK, LIGHT
from app.paper.scene import scene
from app.paper.touched import Caliper, Interval, Touched, touched
from app.script import script, style
from ecgfm_core.types import Beat, Kind

STATIC = ROOT / "app" / "paper" / "static"
MODULES = [ROOT / "app" / "dom.js", *sorted(STATIC.glob("*.js"))]
rng = np.random.default_rng(7)


def shown(signal: np.ndarray, unit: str | None = "mV", fs: float = 500.0) -> Shown:
    return Shown(signal, fs, unit, "made up")


def told(picture: Shown, **more: object) -> dict:
    start_s = float(more.pop("start_s", 0.0))  # type: ignore[arg-type]
    return scene(picture, lay_out(picture, start_s=start_s), colors=LIGHT, **more)  # type: ignore[arg-type]


def decoded(sent: dict) -> tuple[np.ndarray, dict]:
    facts = json.loads(sent["scene"])["signal"]
    return sent["samples"].reshape(12, facts["samples"]) * facts["count"], facts


def test_samples_travel_in_microvolts():
    signal = rng.normal(size=(12, 5000)).astype(np.float32)
    values, facts = decoded(told(shown(signal)))
    assert facts == {"fs": 500.0, "first": 0, "samples": 5000, "count": 0.001}
    assert np.abs(values - signal).max() <= 0.0005 + 1e-6


def test_only_the_samples_of_the_sheet_travel():
    signal = np.tile(np.arange(20_000) / 1000, (12, 1))
    values, facts = decoded(told(shown(signal), start_s=20.0))
    assert (facts["first"], facts["samples"]) == (10_000, 5001)
    assert values[3] == pytest.approx(signal[3, 10_000:15_001])


@pytest.mark.parametrize(("unit", "size"), [("mV", 100.0), (None, 0.01), (None, 1e6)])
def test_counts_are_coarser_or_finer_where_microvolts_do_not_fit(unit: str | None, size: float):
    signal = size * rng.uniform(-1, 1, size=(12, 5000))
    values, facts = decoded(told(shown(signal, unit)))
    assert facts["count"] == pytest.approx(np.abs(signal).max() / 32767)
    assert np.abs(values - signal).max() <= facts["count"]


def test_a_flat_recording_travels():
    values, _ = decoded(told(shown(np.zeros((12, 100)), None)))
    assert not values.any()


def test_equal_papers_are_equal_texts_and_any_change_is_seen():
    signal = rng.normal(size=(12, 5000))
    first, again = told(shown(signal)), told(shown(signal.copy()))
    assert first["scene"] == again["scene"]
    moved = signal.copy()
    moved[4, 700] += 0.01
    beat = Beat(0.5, "normal", None, (0.45, 0.55), None)
    overlay = Overlay(np.ones((12, 1), np.float32), np.zeros(1, np.float32), 1.0, False, "band", "a", "b", "c")
    other = Overlay(np.zeros((12, 1), np.float32), np.zeros(1, np.float32), 1.0, False, "band", "a", "b", "c")
    texts = {
        first["scene"], told(shown(moved))["scene"], told(shown(signal), beats=[beat])["scene"],
        told(shown(signal), overlay=overlay)["scene"], told(shown(signal), overlay=other)["scene"],
        scene(shown(signal), lay_out(shown(signal), Setup(layout="6x2")), colors=LIGHT)["scene"],
        scene(shown(signal), lay_out(shown(signal)), colors=DARK)["scene"],
    }  # fmt: skip
    assert len(texts) == 7


def test_an_overlay_travels_as_counts_with_gaps_and_only_what_is_on_the_sheet():
    starts = np.arange(0, 30, 1, dtype=np.float32)
    values = np.zeros((12, 30), np.float32)
    values[2, 11:14] = [1.0, -0.5, np.nan]
    overlay = Overlay(values, starts, 1.0, True, "line", "title", "low", "high")
    sent = told(shown(np.zeros((12, 15_000))), overlay=overlay, start_s=10.0)
    counts = sent["overlay"].reshape(12, -1)
    assert sent["starts"].tolist() == list(range(10, 20))
    assert counts.dtype == np.int8
    assert counts[2, :5].tolist() == [0, 127, -64, -128, 0]


def test_only_the_beats_of_the_sheet_travel_with_their_number_among_all():
    beats = [Beat(r, "normal", None, (r - 0.05, r + 0.05), (r + 0.2, r + 0.4)) for r in np.arange(0.5, 1800).tolist()]
    sent = told(shown(np.zeros((12, 900_000), np.float32)), beats=beats, start_s=600.0)
    assert [beat["number"] for beat in json.loads(sent["scene"])["beats"]] == list(range(600, 610))


def test_what_the_browser_tells_is_read():
    calipers = [
        {"kind": "time", "lead": "V2", "from": 1, "to": 1.4},
        {"kind": "voltage", "lead": "aVR", "from": 0.2, "to": -0.8},
    ]
    said = {"digest": "d", "calipers": calipers, "interval": {"lead": "I", "from": 2.0, "to": 3.5}, "beat": 2}
    assert touched(said, "d", 3) == Touched(
        (Caliper("time", "V2", 1.0, 1.4), Caliper("voltage", "aVR", 0.2, -0.8)), Interval("I", 2.0, 3.5), 2
    )


@pytest.mark.parametrize(
    "said",
    [
        None, "text", [], {}, {"digest": "d", "calipers": 3, "interval": "x", "beat": "1"},
        {"digest": "d", "calipers": [None, {"kind": "odd", "lead": "I", "from": 1, "to": 2}, {"lead": "X"}]},
        {"digest": "d", "calipers": [{"kind": "time", "lead": "I", "from": float("nan"), "to": 2}], "beat": 3},
        {"digest": "another recording", "calipers": [{"kind": "time", "lead": "I", "from": 1, "to": 2}], "beat": 1},
    ],
)  # fmt: skip
def test_what_makes_no_sense_or_is_of_another_recording_is_left_out(said: object):
    assert touched(said, "d", 3) == Touched()


def test_a_failed_canvas_is_known_whatever_the_recording():
    assert touched({"digest": "another", "canvas_failed": True}, "d", 0) == Touched(canvas_failed=True)


def test_the_script_is_one_module_of_all():
    text = script("paper")
    assert "import {" not in text
    assert re.findall(r"^export .*", text, re.MULTILINE) == [
        "export default function render({ parentElement, data, setStateValue }) {"
    ]
    assert len(MODULES) > 10
    for path in MODULES:
        assert re.sub(r"^(import|export) .*\n", "", path.read_text(), flags=re.MULTILINE).splitlines()[-1] in text


def test_no_two_modules_use_one_name_at_their_top():
    names = re.findall(r"^(?:function|const|let) (\w+)|^const \[([^\]]+)\]", script("paper"), re.MULTILINE)
    flat = [name.strip() for one, several in names for name in (one or several).split(",")]
    assert len(flat) == len(set(flat))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_modules_and_their_functions_are_short(path: Path):
    lines = path.read_text().splitlines()
    assert len(lines) <= 300
    assert max(map(len, lines)) <= 120
    starts = [number for number, line in enumerate(lines) if re.match(r"(export )?(default )?function ", line)]
    assert all(lines.index("}", start) - start < 40 for start in starts)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_of_beat_has_a_letter_and_a_shape(kind: str):
    assert len(re.findall(rf"\b{kind}: ", (STATIC / "marks.js").read_text())) == 1
    assert len({letter for letter, _ in LETTERS.values()}) == len(LETTERS)
    assert LETTERS[kind]


def test_no_text_becomes_html():
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script("paper"))
    assert "@import" not in style("paper")
    assert "url(" not in style("paper")


def test_a_huge_number_from_the_browser_is_left_out():
    told = {"digest": "d", "interval": {"lead": "II", "from": 10**400, "to": 1.0}, "calipers": []}
    assert touched(told, "d", 3).interval is None
