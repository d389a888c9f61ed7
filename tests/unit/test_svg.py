"""SVG: its own coordinates say what it draws."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from places import SAMPLES
from unit.drawn import STAMP, SVG, sheet, shown, steps, svg_lines

import ecgfm_core as ecg
from app.figures.sheet import trace
from app.figures.svg import to_svg
from app.figures.theme import DARK, LIGHT
from ecgfm_core.leads import LEADS

HOSTILE = ["<script>alert(1)</script>&\"'", "a\0b\x1b[31m\u202ec\ud800\ufffe", "]]>--><!--", "Ω" * 5000, ""]


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_the_svg_keeps_millimetres_and_its_grid(colors: object):
    made = sheet()
    root = ET.fromstring(to_svg(made, shown(), colors))
    assert root.attrib["viewBox"] == f"0 0 {made.width:g} {made.height:g}"
    assert root.attrib["width"] == f"{made.width:g}mm"
    grids = [path for path in root.iter(f"{SVG}path") if path.attrib.get("vector-effect") == "non-scaling-stroke"]
    lines = [len(re.findall("M", path.attrib["d"])) for path in grids]
    assert lines == [int(made.width) + int(made.height) + 2, int(made.width) // 5 + int(made.height) // 5 + 2]


def test_the_svg_draws_every_sample_to_a_hundredth_of_a_millimetre():
    what = shown(ecg.read_record(SAMPLES / "pvc.hea").signal)
    made = sheet(what)
    drawn = [(name, points) for name, points in svg_lines(to_svg(made, what, LIGHT)) if name in LEADS]
    assert [name for name, _ in drawn] == [cell.lead for cell in made.cells]
    for (_, points), cell in zip(drawn, made.cells, strict=True):
        np.testing.assert_allclose(points, trace(cell, what, 25.0), atol=0.0051)


@pytest.mark.parametrize(("speed", "gain"), [(25, 10), (50, 10), (25, 5), (25, 20)])
def test_the_svg_is_true_to_a_tenth_of_a_millimetre(speed: float, gain: float):
    what = shown(steps())
    text = to_svg(sheet(what, mm_per_s=speed, mm_per_mv=gain), what, LIGHT, stamp=STAMP)
    for name, (x, y) in svg_lines(text):
        assert np.ptp(y) == pytest.approx(gain, abs=0.1)
        if name in LEADS:
            np.testing.assert_allclose(np.diff(x[np.flatnonzero(np.diff(y))]), speed, atol=0.1)


def test_a_short_recording_is_a_valid_picture():
    what = shown(np.zeros((12, 1), np.float32))
    assert not [name for name, _ in svg_lines(to_svg(sheet(what), what, LIGHT)) if name in LEADS]


def test_an_artefact_of_20_mv_is_cut_off_below_the_title_and_above_the_footer():
    what = shown(40 * (steps() - 0.5))
    made = sheet(what)
    (window,) = ET.fromstring(to_svg(made, what, LIGHT)).findall(f"{SVG}svg")
    top, height = float(window.attrib["y"]), float(window.attrib["height"])
    assert window.attrib["viewBox"] == f"0 {top:g} {made.width:g} {height:g}"
    assert 2.2 + 0.95 * made.type_mm < top
    assert top + height < made.height - 2.6 - 0.72 * 0.8 * made.type_mm
    assert len([path for path in window.iter(f"{SVG}path") if path.attrib.get("data-lead") in LEADS]) == 13


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_name_cannot_put_anything_into_the_svg(name: str):
    what = shown(name=name)
    text = to_svg(sheet(what), what, LIGHT, stamp=STAMP)
    text.encode()
    root = ET.fromstring(text)
    assert "<script" not in text
    title = root.find(f"{SVG}title").text or ""
    assert title == "".join(letter if letter.isprintable() else " " for letter in name)
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {"svg", "title", "rect", "path", "text"}


def test_an_exported_svg_says_when_with_what_and_how():
    what = shown(filters="mains 50 Hz")
    words = [one.text or "" for one in ET.fromstring(to_svg(sheet(what), what, LIGHT, stamp=STAMP)).iter(f"{SVG}text")]
    for said in ("test", "2026-01-02 03:04 UTC", "encoder 01234567", "25 mm/s", "10 mm/mV", "mains 50 Hz",
                 "research and teaching only"):  # fmt: skip
        assert any(said in text for text in words), said
