"""Maps on the paper: scales, titles, and one lead under many of them."""

import numpy as np
import pytest
from unit.drawn import sheet, shown

from app.figures.overlay import Overlay
from app.figures.saliency import FS, STEP, Look, saliency_overlay
from app.figures.shapes import Area, Line, Text
from app.figures.strips import strips
from app.figures.theme import LIGHT
from ecgfm_core.leads import LEADS
from ecgfm_core.types import ExplainMethod, Saliency, SaliencyUnit


def saliency(
    values: np.ndarray,
    *,
    method: ExplainMethod = "occlusion",
    unit: SaliencyUnit = "probability",
    per_lead: bool = True,
) -> Saliency:
    starts = (5.0 * np.arange(len(values))).astype(np.float32)
    return Saliency(values.astype(np.float32), "Flutter", method, unit, 0.1, per_lead, True, None, starts, "d", "e")


def blank(windows: int = 2) -> np.ndarray:
    return np.zeros((windows, 12, 2500))


def test_a_value_lies_at_its_time_and_lead():
    values = blank()
    values[1, 7, 1000:1100] = 0.2
    made = saliency_overlay(saliency(values))
    lead, column = np.unravel_index(np.argmax(made.values), made.values.shape)
    assert LEADS[lead] == "V2"
    assert made.starts_s[column] == pytest.approx(7.0)
    assert made.step_s == STEP / FS
    assert made.values.max() == 1
    assert not made.signed
    assert made.high == "for it, 0.2 probability"


def test_one_scale_shows_which_lead_counts_and_a_scale_a_lead_where_in_each():
    values = blank(1)
    values[0, 0, :500], values[0, 1, :500] = 0.4, 0.1
    one, each = (saliency_overlay(saliency(values), Look(scale=scale)) for scale in ("one for all leads", "one a lead"))
    assert (one.values[0].max(), one.values[1].max()) == pytest.approx((1, 0.25))
    assert (each.values[0].max(), each.values[1].max()) == pytest.approx((1, 1))
    assert each.high == "most for it"


def test_what_speaks_against_has_a_sign_and_a_word():
    values = blank(1)
    values[0, 3, 100:400] = -0.3
    made = saliency_overlay(saliency(values, method="gradient_x_input", unit="logit"))
    assert made.signed
    assert made.values.min() == -1
    assert made.low == "against it, 0.3 logit a sample"


def test_a_map_that_knows_no_leads_or_was_not_believed_says_so():
    made = saliency_overlay(saliency(blank(), method="relevance", unit="relative", per_lead=False), Look(doubted=True))
    assert made.title == "relevance: Flutter, the same for all leads, NOT BETTER THAN RANDOM"
    assert made.doubted


def test_attention_keeps_its_own_scale_in_every_style():
    values = np.full((1, 12, 2500), 1 / 78)
    made = saliency_overlay(
        saliency(values, method="attention", unit="share", per_lead=False), Look(style="background", opacity=0.3)
    )
    assert made.values.max() == 0  # an even share has no color
    assert (made.style, made.opacity) == ("background", 0.3)


def test_strips_lay_each_map_over_the_same_beats():
    values = blank()
    values[0, 6, 1000:1050] = 1.0
    rows: list[tuple[str, Overlay]] = [
        (name, saliency_overlay(saliency(values * sign), Look(style="background")))
        for name, sign in (("first", 1), ("second", -1))
    ]
    what = shown(np.random.default_rng(0).normal(size=(12, 5000)).astype(np.float32) / 10)
    drawing = strips(sheet(what), what, "V1", rows, LIGHT)
    lines = [shape for shape in drawing.traces if isinstance(shape, Line)]
    assert len(lines) == 2
    assert lines[1].points[0] == pytest.approx(lines[0].points[0])
    moved = lines[1].points[1] - lines[0].points[1]
    assert moved == pytest.approx(np.full_like(moved, moved[0]))
    first, second = (
        [area for area in drawing.traces if isinstance(area, Area) and area.color == color]
        for color in (LIGHT.mark, LIGHT.band)
    )
    left = lines[0].points[0][0] + 2.0 * 25
    for areas in (first, second):
        assert min(area.x for area in areas) == pytest.approx(left, abs=0.5)
    assert min(area.y for area in second) - min(area.y for area in first) > 0.9 * moved[0]
    assert [text.text for text in drawing.texts if isinstance(text, Text)] == ["first", "second"]
    assert max(text.y for text in drawing.texts if isinstance(text, Text)) < drawing.height
