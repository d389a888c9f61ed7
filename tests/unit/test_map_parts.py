"""What a map is told, what it tells, and the one script that its modules become."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from browser.scattered import points, state
from places import ROOT

from app.figures.theme import DARK, LIGHT, palette
from app.map.coloring import MOST_NAMES, by_name, by_number
from app.map.scene import FINEST, MISSING, OTHER, Card, Points, Star
from app.map.touched import Cleared, Lassoed, Picked, Seen, Touched, touched
from app.map.wire import CELLS, box_of, marks_sent, paint_sent, points_sent
from app.script import script, style

STATIC = ROOT / "app" / "map" / "static"
MODULES = sorted(STATIC.glob("*.js"))
COUNT = 1000
POINTS, STATE = points(COUNT), state(COUNT)
SQUARE = [[0.0, 0.0], [2, 0], [2, 2], [0, 2]]


def text(sent: dict) -> dict:
    return json.loads(sent["text"])


def test_places_travel_within_a_65535th_of_the_box():
    sent = points_sent(POINTS)
    x, y, width, height = text(sent)["box"]
    back = sent["xy"].reshape(-1, 2) / 65535 * (width, height) + (x, y)
    assert sent["xy"].dtype == np.uint16
    assert (np.abs(back - POINTS.xy).max(axis=0) <= np.array([width, height]) / 65535).all()


@pytest.mark.parametrize("xy", [np.zeros((0, 2)), np.zeros((1, 2)), np.array([[3.0, 1], [3, 2]])])
def test_maps_without_extent_travel(xy: np.ndarray):
    assert len(points_sent(Points("d", xy, "few"))["xy"]) == xy.size
    assert min(box_of(xy)[2:]) > 0


def test_of_many_points_counts_travel_and_none_is_lost():
    many = points(150_000)
    sent = points_sent(many)
    wide, high = text(sent)["grid"]
    assert max(wide, high) == CELLS
    assert sent["counts"].nbytes == wide * high <= 1_000_000
    counts = np.rint(np.expm1(sent["counts"] / 255 * np.log1p(text(sent)["most"])))
    assert counts.sum() == pytest.approx(150_000, rel=0.02)
    looks = replace(state(150_000), selected=np.arange(150_000) == 7)
    cells = np.unpackbits(paint_sent(many, looks, LIGHT, 500, False)["selected"], bitorder="little")
    [cell] = np.flatnonzero(cells)
    share = (many.xy[7].astype(float) - box_of(many.xy)[:2]) / box_of(many.xy)[2:]
    assert np.abs(np.array([cell % wide, cell // wide]) - share * (wide, high)).max() <= 1


def test_flags_travel_in_bits_and_colors_in_bytes():
    looks = replace(STATE, selected=np.arange(COUNT) % 3 == 0)
    sent = paint_sent(POINTS, looks, LIGHT, 500, False)
    assert sum(array.nbytes for name, array in sent.items() if name != "text") == COUNT + 2 * COUNT / 8
    assert np.unpackbits(sent["selected"], bitorder="little").astype(bool).tolist() == looks.selected.tolist()
    assert text(sent)["picked"] == 334


def test_equal_looks_are_equal_texts_and_any_change_is_seen():
    def told(colors: object = LIGHT, **change: object) -> str:
        return str(paint_sent(POINTS, replace(STATE, **change), colors, 500, False)["text"])  # type: ignore[arg-type]

    assert told() == told(colors=LIGHT, selected=STATE.selected.copy())
    one = np.arange(COUNT) == 4
    texts = {
        told(), told(DARK), told(selected=one), told(shown=~one), told(colors=LIGHT, legend=by_name("other", [])[1])
    }  # fmt: skip
    assert len(texts) == 5


def test_marks_travel_with_their_places_and_without_any_array():
    looks = replace(STATE, highlight=3, stars=(Star(1, 2, "1", (5,)),), card=Card(3, ("a",), (1, -2)), done=9)
    sent = marks_sent(POINTS, looks)
    told = text(sent)
    assert list(sent) == ["text"]
    assert told["highlight"] == pytest.approx([3, *POINTS.xy[3].tolist()], abs=1e-5)
    assert told["stars"][0]["lines"] == [pytest.approx(POINTS.xy[5].tolist(), abs=1e-5)]
    assert (told["done"], told["card"]["trace"]) == (9, [1, -2])


def test_frequent_names_have_colors_of_their_own_and_the_rest_share_one():
    values = [None, *(f"name {i}" for i in range(12) for _ in range(20 - i))]
    colors, legend = by_name("Labels", values)
    assert colors[0] == MISSING
    assert sorted(set(colors)) == [*range(MOST_NAMES), OTHER, MISSING]
    assert legend.entries[0] == "name 0 (20)"
    assert (legend.other, legend.missing) == ("4 others (42)", "not known (1)")


def test_numbers_rise_along_the_ramp_and_missing_ones_stay_apart():
    colors, legend = by_number("Age", np.array([np.nan, *np.linspace(0, 100, 101)]))
    assert colors[0] == MISSING
    assert (np.diff(colors[1:].astype(int)) >= 0).all()
    assert (colors[1], colors[-1]) == (0, FINEST)
    assert (legend.entries, legend.missing) == (("1", "99"), "not known (1)")
    assert (by_number("Age", np.full(3, np.nan))[0] == MISSING).all()


@pytest.mark.parametrize("colors", [LIGHT, DARK])
def test_every_color_of_points_stands_out_from_the_ground(colors: object):
    own = palette(colors)  # type: ignore[arg-type]
    for color in (*own.categories, *own.ramp, own.other):
        assert _contrast(color, own.ground) >= 1.6, color


def _contrast(one: str, other: str) -> float:
    def light(color: str) -> float:
        linear = [(value / 255) ** 2.2 for value in bytes.fromhex(color[1:])]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_what_the_browser_tells_is_read():
    acts = [
        {"number": 3, "kind": "lasso", "mode": "add", "polygon": SQUARE},
        {"number": 2, "kind": "pick", "point": 7},
        {"number": 4, "kind": "clear"},
    ]
    said = {"digest": "d", "acts": acts, "hover": 5, "view": {"x": 1, "y": 2.5, "scale": 30}}
    found = touched(said, "d", 10)
    lasso = Lassoed(3, "lasso", "add", ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)))
    assert found == Touched((Picked(2, 7), lasso, Cleared(4)), 5, Seen(1.0, 2.5, 30.0))
    assert found.since(2) == (lasso, Cleared(4))


@pytest.mark.parametrize(
    "act",
    [
        None, 3, {}, {"number": -1, "kind": "clear"}, {"number": True, "kind": "clear"},
        {"number": 2**40, "kind": "clear"},
        {"number": 1, "kind": "pick", "point": 10}, {"number": 1, "kind": "pick", "point": "3"},
        {"number": 1, "kind": "pick", "point": 1.5}, {"number": 1, "kind": "pick", "point": float("inf")},
        {"number": 1, "kind": "lasso", "mode": "add", "polygon": SQUARE[:2]},
        {"number": 1, "kind": "lasso", "mode": "add", "polygon": SQUARE * 51},
        {"number": 1, "kind": "lasso", "mode": "xor", "polygon": SQUARE},
        {"number": 1, "kind": ["lasso"], "mode": {}, "polygon": SQUARE},
        {"number": 1, "kind": "box", "mode": "new", "polygon": [[0, 0], [1, float("nan")], [1, 1]]},
        {"number": 1, "kind": "box", "mode": "new", "polygon": [[0, 0], [1, 10**400], [1, 1]]},
        {"number": 1, "kind": "box", "mode": "new", "polygon": [[0, 0], [1, "1"], [1, 1]]},
        {"number": 1, "kind": "box", "mode": "new", "polygon": [[0, 0], [1, 2, 3], None]},
    ],
)  # fmt: skip
def test_an_act_that_makes_no_sense_is_left_out(act: object):
    good = {"number": 9, "kind": "pick", "point": 1}
    assert touched({"digest": "d", "acts": [act, good]}, "d", 10) == Touched((Picked(9, 1),))


@pytest.mark.parametrize(
    "said",
    [
        None, "text", [], {}, {"digest": "another", "acts": [{"number": 1, "kind": "clear"}], "hover": 1},
        {"digest": "d", "acts": {"number": 1}, "hover": 10, "view": {"x": 1}},
        {"digest": "d", "hover": -1, "view": {"x": 0, "y": 0, "scale": 0}},
        {"digest": "d", "hover": True, "view": [1, 2, 3]},
    ],
)  # fmt: skip
def test_what_makes_no_sense_or_is_of_another_map_is_left_out(said: object):
    assert touched(said, "d", 10) == Touched()


def test_a_flood_of_acts_is_cut():
    acts = [{"number": number, "kind": "clear"} for number in range(100_000)]
    assert [act.number for act in touched({"digest": "d", "acts": acts}, "d", 1).acts] == list(range(99_984, 100_000))


def test_a_failed_canvas_is_known_whatever_the_map():
    assert touched({"digest": "another", "canvas_failed": True}, "d", 0) == Touched(canvas_failed=True)


def test_an_outline_selects_by_the_even_odd_rule_what_is_shown():
    xy = np.array([[1, 1], [3, 1], [1.5, 1.5], [0.5, 0.5]])
    shown = np.array([True, True, True, False])
    corners = tuple((x, y) for x, y in SQUARE)
    nothing = np.zeros(4, bool)
    assert Lassoed(1, "lasso", "new", corners).applied(nothing, shown, xy).tolist() == [True, False, True, False]
    twice = Lassoed(1, "lasso", "new", corners + corners)
    assert not twice.applied(nothing, shown, xy).any()
    before = np.array([True, True, False, True])
    assert Lassoed(1, "box", "add", corners).applied(before, shown, xy).tolist() == [True, True, True, True]
    assert Lassoed(1, "box", "remove", corners).applied(before, shown, xy).tolist() == [False, True, False, True]


def test_the_script_is_one_module_of_all():
    joined = script("map")
    assert "import {" not in joined
    assert len(re.findall(r"^export ", joined, re.MULTILINE)) == 1
    names = re.findall(r"^(?:function|const|let) (\w+)|^const \[([^\]]+)\]", joined, re.MULTILINE)
    flat = [name.strip() for one, several in names for name in (one or several).split(",")]
    assert len(flat) == len(set(flat)) > 80


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_modules_and_their_functions_are_short(path: Path):
    lines = path.read_text().splitlines()
    assert len(lines) <= 300
    assert max(map(len, lines)) <= 120
    starts = [number for number, line in enumerate(lines) if re.match(r"(export )?(default )?function ", line)]
    assert all(lines.index("}", start) - start < 40 for start in starts)


def test_no_text_becomes_html():
    courier = (ROOT / "app" / "map" / "courier.js").read_text()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script("map") + courier)
    assert "@import" not in style("map")
    assert "url(" not in style("map")


def test_no_key_of_streamlit_is_taken():
    [actions] = re.findall(r"^const ACTIONS = \{\n(.*?)^\};", script("map"), re.MULTILINE | re.DOTALL)
    assert not re.findall(r"^\s+[\"']?[cr][\"']?[:,]", actions, re.MULTILINE)
