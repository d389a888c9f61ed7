"""What lies over a paper: overlays in three styles, and the marks of beats, each without color alone."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from unit.drawn import STAMP, SVG, pdf_pages, sheet, shown, steps

import ecgfm_core as ecg
from app.figures.attention import FULL_COLOR, attention_overlay
from app.figures.drawing import draw
from app.figures.marks import LETTERS
from app.figures.overlay import Overlay
from app.figures.pdf import PRINTED, to_pdf
from app.figures.shading import LEVELS, values_on
from app.figures.shapes import Area, Line, Text
from app.figures.svg import to_svg
from app.figures.theme import LIGHT
from ecgfm_core.leads import LEADS, arrange
from ecgfm_core.types import Beat


def overlay(values: np.ndarray, *, style: str = "band", signed: bool = False, step_s: float = 0.5) -> Overlay:
    """[12, K] from 0 s on."""
    starts = (np.arange(values.shape[1]) * step_s).astype(np.float32)
    return Overlay(values.astype(np.float32), starts, step_s, signed, style, "what it is", "low end", "high end")


def one_value(lead: str, at: int, value: float, **options: object) -> Overlay:
    values = np.zeros((12, 20))
    values[LEADS.index(lead), at] = value
    return overlay(values, **options)


def areas(made: Overlay, *, start_s: float = 0.0) -> list[Area]:
    what = shown(np.zeros((12, 10_000), np.float32))
    drawing = draw(sheet(what, start_s=start_s), what, LIGHT, overlay=made)
    return [shape for shape in drawing.traces if isinstance(shape, Area)]


def opacity(layers: list[Area]) -> float:
    """Of all layers together."""
    return 1 - float(np.prod([1 - layer.opacity for layer in layers]))


def test_a_value_lies_under_its_lead_and_its_time():
    made = sheet()
    found = areas(one_value("V5", 16, 1.0))  # 8 to 8.5 s, in the last column
    cell = next(cell for cell in made.cells if cell.lead == "V5")
    assert len(found) == LEVELS
    for area in found:
        assert (area.x, area.width) == (pytest.approx(cell.x + 0.5 * 25), pytest.approx(12.5))
        assert cell.middle < area.y
        assert area.y + area.height < cell.bottom


def test_a_value_outside_its_leads_time_is_not_drawn_but_on_the_strip():
    assert not areas(one_value("V5", 2, 1.0))
    strip = sheet().cells[12]
    assert {round(area.x, 6) for area in areas(one_value("II", 12, 1.0))} == {strip.x + 6 * 25}
    assert {round(area.x, 6) for area in areas(one_value("II", 12, 1.0), start_s=5.0)} >= {strip.x + 25}


@pytest.mark.parametrize("value", [0.2, 0.5, 1.0])
@pytest.mark.parametrize(("style", "full"), [("band", 1.0), ("background", 0.5)])
def test_layers_add_up_to_the_value(style: str, full: float, value: float):
    assert opacity(areas(one_value("I", 0, value, style=style))) == pytest.approx(full * value)


@pytest.mark.parametrize(("style", "full"), [("band", 1.0), ("background", 0.5)])
def test_opacity_is_a_share_of_the_style_s_own(style: str, full: float):
    half = replace(one_value("I", 0, 1.0, style=style), opacity=0.4)
    assert opacity(areas(half)) == pytest.approx(0.4 * full)


@pytest.mark.parametrize("style", ["band", "background", "line"])
def test_what_is_doubted_has_no_color_on_the_sheet_or_in_the_legend(style: str):
    what = shown(steps())
    believed = one_value("I", 2, -1.0, style=style, signed=True)
    drawn = [draw(sheet(what), what, LIGHT, overlay=replace(believed, doubted=doubted)) for doubted in (False, True)]
    told, gray = ({shape.color for shape in (*one.traces, *one.texts)} for one in drawn)
    plain = {LIGHT.paper, LIGHT.trace, LIGHT.text, LIGHT.muted}
    assert all(map(_is_gray, gray - plain))
    assert not all(map(_is_gray, told - plain))


def _is_gray(color: str) -> bool:
    channels = list(bytes.fromhex(color[1:]))
    return max(channels) - min(channels) < 24


@pytest.mark.parametrize("style", ["band", "background"])
def test_what_is_below_zero_lies_lower_and_what_is_unknown_or_zero_nowhere(style: str):
    up, down = (areas(one_value("I", 0, value, style=style, signed=True))[0] for value in (1.0, -1.0))
    assert down.y == pytest.approx(up.y + up.height)
    assert up.color != down.color
    assert not areas(one_value("I", 0, np.nan, style=style, signed=True))
    assert not areas(one_value("I", 0, 0.0, style=style, signed=True))


def test_a_colored_line_follows_the_trace_and_is_dashed_below_zero():
    what = shown(steps())
    for value, dash in ((1.0, False), (-1.0, True)):
        made = one_value("II", 3, value, style="line", signed=True)
        drawing = draw(sheet(what), what, LIGHT, overlay=made)
        wide = [line for line in drawing.traces if isinstance(line, Line) and line.width > 0.5]
        assert len(wide) == 2  # in its column and in its strip
        assert all(bool(line.dash) == dash for line in wide)
        for line in wide:
            assert line.points[0].min() == pytest.approx(15 + 1.5 * 25, abs=0.1)
            assert np.ptp(line.points[0]) == pytest.approx(12.5, abs=0.1)


def test_equal_neighbors_are_one_area_and_a_gap_parts_them():
    values = np.zeros((12, 20))
    values[0, [0, 1, 3]] = 0.1
    assert sorted(round(area.width, 3) for area in areas(overlay(values))) == [12.5, 25.0]
    on = values_on(overlay(values), sheet().cells[0], 25.0)
    assert on.level.tolist() == [1, 1, 0, 1, 0]


def test_values_finer_than_the_eye_are_averaged():
    values = np.zeros((12, 5000))
    values[:, 1000:1200:2] = 1.0  # every other sample of 0.4 s
    on = values_on(overlay(values, step_s=1 / 500), sheet().cells[12], 25.0)
    assert np.diff(on.left).max() == pytest.approx(0.4, abs=0.06)
    np.testing.assert_allclose(on.right[:-1], on.left[1:])
    inside = (on.left > 15 + 50.5) & (on.right < 15 + 59.5)
    np.testing.assert_allclose(on.level[inside], LEVELS / 2, atol=1)
    assert not on.level[(on.right < 15 + 49.5) | (on.left > 15 + 60.5)].any()


@pytest.mark.parametrize("style", ["band", "background", "line"])
@pytest.mark.parametrize("large", [False, True])
def test_the_legend_says_what_and_from_where_to_where(style: str, large: bool):
    made = overlay(np.zeros((12, 20)), style=style, signed=True)
    drawing = draw(sheet(shown(name="n" * 300), large=large), shown(name="n" * 300), LIGHT, overlay=made)
    texts = {text.text: text for text in drawing.texts if isinstance(text, Text)}
    assert {"what it is:   low end", "high end"} <= set(texts)
    swatches = [shape for shape in drawing.texts if not isinstance(shape, Text)]
    assert len(swatches) > 2 * LEVELS - 1
    name = next(text for word, text in texts.items() if word.startswith("nnn"))
    assert name.x + 0.4 * drawing.width < texts["what it is:   low end"].x


def test_an_overlay_off_its_scale_is_refused():
    with pytest.raises(ValueError, match="from -1 or 0 to 1"):
        overlay(np.full((12, 2), 1.5))
    with pytest.raises(ValueError, match=r"shape \(12, 3\)"):
        Overlay(np.zeros((1, 3), np.float32), np.zeros(3, np.float32), 1.0, False, "band", "", "", "")


def test_attention_is_colored_on_a_fixed_scale_and_the_same_for_all_leads():
    weights = np.full((1, 100), 0.5 / 98)
    weights[0, 0], weights[0, 1] = 0.3, 0.2
    made = attention_overlay(weights.astype(np.float32), np.array([5.0], np.float32), 0.032)
    assert (made.style, made.signed, made.values.shape) == ("band", False, (12, 100))
    assert np.ptp(made.values, axis=0).max() == 0
    assert made.values[0, 0] == pytest.approx(1.0)
    assert made.values[0, 1] == pytest.approx(np.log(20) / np.log(FULL_COLOR), rel=1e-4)
    assert not made.values[:, 2:].any()
    np.testing.assert_allclose(made.starts_s[:3], [5.0, 5.032, 5.064], atol=1e-5)


BEATS = (
    Beat(1.0, "normal", (0.82, 0.92), (0.96, 1.05), (1.2, 1.4)),
    Beat(4.0, "premature_ventricular", None, (3.95, 4.1), (4.3, 4.5)),
    Beat(9.9, "paced", None, (9.85, 9.95), (9.97, 10.3)),
)


def test_beats_are_marked_at_their_peaks_with_letters_that_the_paper_explains():
    drawing = draw(sheet(), shown(), LIGHT, beats=BEATS)
    letters = [shape for shape in drawing.traces if isinstance(shape, Text) and shape.bold][13:]
    assert [text.text for text in letters] == ["N", "V", "S"]  # after the names of the leads
    legend = next(text.text for text in drawing.texts if isinstance(text, Text) and text.text.startswith("beats"))
    assert legend == "beats:   N normal   V premature ventricular   S paced (stimulated)"
    assert len({letter for letter, _ in LETTERS.values()}) == len(LETTERS)
    ticks = [shape for shape in drawing.traces if isinstance(shape, Line) and shape.points.shape == (2, 2)]
    peaks = [line.points[0, 0] for line in ticks if line.width == 0.3 and line.points[0, 0] == line.points[0, 1]]
    assert peaks[-3:] == pytest.approx([15 + 25 * beat.r_s for beat in BEATS])


def test_waves_are_bracketed_from_onset_to_offset_on_the_lowest_row():
    made = sheet()
    drawing = draw(made, shown(), LIGHT, beats=BEATS)
    brackets = [s for s in drawing.traces if isinstance(s, Line) and s.points.shape == (2, 4)]
    spans = [(line.points[0, 0] - 15) / 25 for line in brackets], [(line.points[0, -1] - 15) / 25 for line in brackets]
    waves = [wave for beat in BEATS for wave in (beat.p, beat.qrs, beat.t) if wave]
    np.testing.assert_allclose(spans[0], [wave[0] for wave in waves])
    np.testing.assert_allclose(spans[1], [min(wave[1], 10.0) for wave in waves])
    assert brackets[-1].points[1, 2] == brackets[-1].points[1, 3]  # its end lies beyond the sheet
    assert all(made.cells[12].bottom - 0.6 <= line.points[1].min() for line in brackets)
    assert all(line.points[1].max() < drawing.clip[1] for line in brackets)


def test_marks_of_a_simulated_heart_reach_svg_and_pdf():
    record, truth = ecg.simulate(ecg.Heart(ectopy="ventricular"), seed=3)
    signal, _ = arrange(record.signal, record.leads)
    what = shown(signal)
    root = ET.fromstring(to_svg(sheet(what), what, LIGHT, beats=truth.beats))
    words = [one.text for one in root.iter(f"{SVG}text")]
    assert words.count("N") + words.count("V") == len(truth.beats)
    ((_, _, text),) = pdf_pages(to_pdf(sheet(what), what, PRINTED, STAMP, beats=truth.beats))
    assert "premature ventricular" in text
    assert text.count("QRS") >= len(truth.beats) - 2
