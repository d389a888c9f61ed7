"""The mean map on paper: under its lead, at its time, on one scale, and blank where nothing is sure."""

from dataclasses import replace

import numpy as np
import pytest

import ecgfm_core as ecg
from app.figures.shading import LEVELS
from app.figures.shapes import MARGIN, Area, Line, Text
from app.figures.svg import render
from app.figures.theme import DARK, LIGHT
from app.figures.typical import typical_overlay, typical_saliency_drawing
from ecgfm_core.leads import LEADS
from ecgfm_core.types import TypicalSaliency

BEAT = ecg.measure(ecg.simulate(ecg.Heart(), seed=1).record).median
LBBB = "Left bundle branch block"


def found(mean: np.ndarray, error: np.ndarray | float = 0.1, **changes: object) -> TypicalSaliency:
    errors = np.broadcast_to(error, mean.shape)
    made = TypicalSaliency(
        mean, errors, BEAT, "mV", (), ("a", "b"), {}, 2, 20, LBBB, "gradient_x_input", True, "0123456789abcdef"
    )
    return replace(made, **changes)


def peak(lead: str, at: int, value: float = 5.0) -> np.ndarray:
    """[12, S] 0 but for 16 ms of one lead."""
    values = np.zeros(BEAT.values.shape, np.float32)
    values[LEADS.index(lead), at : at + 8] = value
    return values


def colored(made: TypicalSaliency, color: str) -> list[Area]:
    shapes = typical_saliency_drawing(made, LIGHT).traces
    return [shape for shape in shapes if isinstance(shape, Area) and shape.color == color]


def trace_of(made: TypicalSaliency, lead: str) -> Line:
    shapes = typical_saliency_drawing(made, LIGHT).traces
    return next(one for one in shapes if isinstance(one, Line) and one.name == lead and one.color == LIGHT.trace)


@pytest.mark.parametrize(("lead", "at"), [("V2", 232), ("I", 0), ("V6", 592), ("aVF", 400)])
def test_a_peak_lies_under_its_lead_and_its_time(lead: str, at: int):
    made = found(peak(lead, at))
    trace = trace_of(made, lead).points
    areas = colored(made, LIGHT.mark)
    assert len(areas) == LEVELS
    for area in areas:
        assert (area.x, area.width) == (pytest.approx(trace[0, at], abs=1e-5), pytest.approx(0.4, abs=1e-5))
        assert trace[1].max() < area.y
        below = [trace_of(made, other).points for other in LEADS]
        assert not any(
            np.ptp([points[0, 0], trace[0, 0]]) < 1 and trace[1].max() < points[1].max() < area.y for points in below
        )


def test_what_speaks_against_lies_lower_and_in_the_other_color():
    up, down = colored(found(peak("V1", 240) - peak("V2", 240)), LIGHT.mark), None
    down = colored(found(peak("V1", 240) - peak("V2", 240)), LIGHT.band)
    assert len(up) == len(down) == LEVELS
    assert down[0].y == pytest.approx(up[0].y + up[0].height)


def test_within_two_standard_errors_of_zero_it_is_blank():
    assert colored(found(peak("V2", 240), error=2.4), LIGHT.mark)
    assert not colored(found(peak("V2", 240), error=2.6), LIGHT.mark)
    assert not colored(found(peak("V2", 240), error=np.nan), LIGHT.mark)


def test_full_color_is_the_same_for_all_leads():
    made = typical_overlay(found(peak("V1", 240, 4.0) + peak("V2", 320, 2.0)))
    assert made.values[LEADS.index("V1")].max() == pytest.approx(1, abs=0.01)
    assert made.values[LEADS.index("V2")].max() == pytest.approx(0.5, abs=0.01)
    assert made.starts_s[int(made.values[LEADS.index("V2")].argmax())] == pytest.approx(320 / 500)


def words(made: TypicalSaliency) -> str:
    drawing = typical_saliency_drawing(made, LIGHT)
    return " ".join(shape.text for shape in drawing.texts if isinstance(shape, Text))


def test_the_legend_and_the_foot_say_what_is_seen():
    said = words(found(peak("V1", 240) - peak("V2", 240)))
    assert f"gradient x input: {LBBB}:   against" in said
    assert "for (5.0 times the mean size)" in said
    assert "2 recordings, 20 beats" in said
    assert "blank within 2 standard errors of 0" in said
    assert "encoder 01234567   research use only" in said
    assert "drawn from" not in said
    assert "drawn from 900" in words(found(peak("V1", 240), asked=900))
    assert "nothing is sure" in words(found(peak("V1", 240), error=np.nan))
    assert "the same for all leads" in words(found(peak("V1", 240), per_lead=False, method="relevance"))
    assert "4 mm/standard deviation" in words(found(peak("V1", 240), unit=None))


@pytest.mark.parametrize("tall", [0.2, 1.0, 5.0])
def test_no_word_leaves_the_paper_and_no_band_meets_the_next_row(tall: float):
    beat = replace(BEAT, values=BEAT.values * tall)
    made = found(peak("V1", 240), target="A very long name of a finding " * 8, beat=beat)
    drawing = typical_saliency_drawing(made, LIGHT)
    assert all(MARGIN - 0.01 <= text.x < drawing.width for text in drawing.texts)
    names = {shape.text: shape for shape in drawing.traces if isinstance(shape, Text) and shape.text in LEADS}
    bands = [shape for shape in drawing.traces if isinstance(shape, Area) and shape.color == LIGHT.paper]
    assert len(bands) == 12
    for number, band in enumerate(bands[:6]):
        assert band.y + band.height < names[LEADS[number + 6]].y - names[LEADS[number + 6]].size
    assert bands[-1].y + bands[-1].height < drawing.height - 5
    assert min(name.y - name.size for name in names.values()) > max(text.y for text in drawing.texts[:1])


def test_it_is_drawn_light_and_dark():
    light, dark = (render(typical_saliency_drawing(found(peak("V1", 240)), colors)) for colors in (LIGHT, DARK))
    assert light != dark
    assert LIGHT.mark in light
    assert DARK.mark in dark
