"""The map in a real browser, without Streamlit: what is drawn, picked, outlined, and reached with keys."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from browser.map_harness import bring, drag, opened, picture, place_of, places_of, scale_of, settle, told
from browser.scattered import NAMES, names, points, state
from playwright.sync_api import Browser, Page, expect

from app.figures.theme import LIGHT, palette
from app.map.scene import Card, Points, Star
from app.map.touched import Cleared, Lassoed, Picked, touched

pytestmark = pytest.mark.xdist_group("browser")

COUNT = 600
POINTS, STATE = points(COUNT), state(COUNT)
GRID = Points("g", np.array([[x, y] for y in range(5) for x in range(5)], np.float32), "five by five", "grid")
PLAIN = state(25)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with opened(browser) as page:
        yield page


def color_at(page: Page, x: float, y: float) -> tuple[int, ...]:
    left, top = place_of(page, x, y)
    return tuple(map(int, picture(page)[int(top), int(left)]))


def rgb(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color[1:]))


def close_to(color: tuple[int, ...], other: tuple[int, ...], levels: int) -> bool:
    return max(abs(one - two) for one, two in zip(color, other, strict=True)) <= levels


@pytest.mark.parametrize("order", ["points paint marks", "marks paint points", "paint points marks"])
def test_it_is_drawn_whatever_arrives_first(page: Page, order: str):
    bring(page, GRID, PLAIN, order)
    expect(page.locator(".status")).to_have_text("25 points")
    found = color_at(page, *GRID.xy[3])
    wanted = rgb(palette(LIGHT).categories[names(25)[0][3]])
    assert close_to(found, wanted, 70)  # not quite opaque
    assert not close_to(found, rgb(palette(LIGHT).ground), 70)


def test_a_click_picks_the_nearest_point_within_ten_pixels_with_any_tool(page: Page):
    bring(page, GRID, PLAIN)
    for number, (tool, point) in enumerate([("Pan", 7), ("Lasso", 12), ("Box", 24)], 1):
        page.get_by_role("button", name=f"{tool}:").click()
        left, top = place_of(page, *GRID.xy[point])
        page.mouse.click(left + 7, top - 6)
        said = touched(told(page, f"touched.acts.length === {number}"), "g", 25)
        assert said.acts[-1] == Picked(number, point)
    left, top = place_of(page, *GRID.xy[0])
    page.mouse.click(left + 12, top + 4)
    settle(page)
    assert page.evaluate("window.touched.acts.length") == 3


def test_a_lasso_holds_the_drawn_outline_within_a_pixel(page: Page):
    bring(page, POINTS, STATE)
    page.get_by_role("button", name="Lasso:").click()
    angles = np.linspace(0, 2 * np.pi, 120)
    box = page.locator(".stage").bounding_box()
    assert box is not None
    drawn = [
        (
            box["x"] + 450 + (150 + 40 * np.sin(9 * a)) * np.cos(a),
            box["y"] + 250 + (150 + 40 * np.sin(9 * a)) * np.sin(a),
        )
        for a in angles
    ]
    page.mouse.move(*drawn[0])
    page.mouse.down()
    for place in drawn[1:]:
        page.mouse.move(*place)
    page.mouse.up()
    [act] = touched(told(page, "touched.acts.length"), "d", COUNT).acts
    assert isinstance(act, Lassoed)
    assert len(act.polygon) <= 200
    corners = np.array(places_of(page, act.polygon))
    assert max(_from_outline(np.array(place), corners) for place in drawn) < 1
    ours = act.applied(STATE.selected, STATE.shown, POINTS.xy)
    assert 0 < ours.sum() < COUNT
    expect(page.locator(".status")).to_have_text(
        f"{ours.sum()} of {COUNT} selected"
    )  # marked at once, before an answer


def _from_outline(place: np.ndarray, corners: np.ndarray) -> float:
    start, along = corners, np.roll(corners, -1, axis=0) - corners
    share = ((place - start) * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-9)
    nearest = start + np.clip(share, 0, 1)[:, None] * along
    return float(np.hypot(*(nearest - place).T).min())


def test_shift_adds_alt_removes_escape_clears_and_acts_wait_for_their_answer(page: Page):
    bring(page, GRID, PLAIN)
    page.locator(".stage").focus()
    page.keyboard.press("b")
    for key, (low, high) in ((None, (0, 1)), ("Shift", (3, 4)), ("Alt", (0, 0))):
        if key:
            page.keyboard.down(key)
        drag(page, place_of(page, low - 0.15, -0.15), place_of(page, high + 0.15, 4.15))
        if key:
            page.keyboard.up(key)
    acts = touched(told(page, "touched.acts.length === 3"), "g", 25).acts
    assert [act.mode for act in acts if isinstance(act, Lassoed)] == ["new", "add", "remove"]
    selected = PLAIN.selected
    for act in acts:
        assert isinstance(act, Lassoed)
        selected = act.applied(selected, PLAIN.shown, GRID.xy)
    assert sorted(set(np.flatnonzero(selected) % 5)) == [1, 3, 4]
    expect(page.locator(".status")).to_have_text("15 of 25 selected")
    answer = replace(PLAIN, selected=selected, done=3)
    bring(page, GRID, answer, "paint marks")
    expect(page.locator(".status")).to_have_text("15 of 25 selected")
    expect(page.locator("[aria-live]")).to_have_text("15 of 25 selected")
    page.keyboard.press("Escape")
    assert touched(told(page, "touched.acts.length === 1"), "g", 25).acts == (Cleared(4),)
    expect(page.locator(".status")).to_have_text("25 points")
    bring(page, GRID, replace(answer, highlight=3), "paint marks")  # of before the clearing
    expect(page.locator(".status")).to_have_text("25 points")


def test_what_is_selected_is_opaque_and_the_rest_is_pale(page: Page):
    selected = np.arange(25) == 6
    bring(page, GRID, replace(PLAIN, selected=selected))
    own = [rgb(palette(LIGHT).categories[number]) for number in names(25)[0][[6, 7]]]
    assert color_at(page, *GRID.xy[6]) == own[0]
    assert min(color_at(page, *GRID.xy[7])) > 150 > min(own[1])


def test_hidden_points_are_neither_drawn_nor_picked(page: Page):
    bring(page, GRID, replace(PLAIN, shown=np.arange(25) != 6))
    assert color_at(page, *GRID.xy[6]) == rgb(palette(LIGHT).ground)
    page.mouse.click(*place_of(page, *GRID.xy[6]))
    settle(page)
    assert page.evaluate("window.touched") is None
    expect(page.locator(".status")).to_have_text("25 points, 1 hidden")


def test_keys_alone_reach_pick_zoom_and_select(page: Page):
    bring(page, GRID, PLAIN)
    page.locator(".stage").focus()
    page.keyboard.press("ArrowRight")  # the one in the middle
    for key in ("ArrowRight", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    assert touched(told(page, "touched.acts.length"), "g", 25).acts == (Picked(1, 18),)
    bring(page, GRID, replace(PLAIN, highlight=18, done=1, card=Card(18, ("point 18", "line two"))), "marks")
    expect(page.locator("[aria-live]")).to_have_text("point 18, line two")
    before = scale_of(page)
    for key in ("+", "+", "+"):
        page.keyboard.press(key)
    settle(page)
    assert scale_of(page) == pytest.approx(before * 1.25**3)
    page.keyboard.press("v")
    [lasso] = touched(told(page, "touched.acts[0]?.kind === 'box'"), "g", 25).acts
    assert isinstance(lasso, Lassoed)
    assert 0 < lasso.applied(PLAIN.selected, PLAIN.shown, GRID.xy).sum() < 25
    page.keyboard.press("0")
    settle(page)
    assert scale_of(page) == pytest.approx(before)
    for key in ("c", "r"):
        page.keyboard.press(key)
    assert len(page.evaluate("window.touched.acts")) == 1


def test_the_wheel_zooms_at_the_pointer_and_a_drag_moves(page: Page):
    bring(page, GRID, PLAIN)
    place = place_of(page, *GRID.xy[6])
    page.mouse.move(*place)
    before = str(page.locator(".stage").get_attribute("data-view"))
    page.mouse.wheel(0, -240)
    expect(page.locator(".stage")).not_to_have_attribute("data-view", before)
    settle(page)
    assert place_of(page, *GRID.xy[6]) == pytest.approx(place, abs=0.5)
    drag(page, place, (place[0] + 60, place[1] - 30))
    assert place_of(page, *GRID.xy[6]) == pytest.approx((place[0] + 60, place[1] - 30), abs=0.5)
    assert page.evaluate("window.touched?.acts ?? []") == []
    page.mouse.dblclick(5, 300)
    settle(page)
    expect(page.get_by_role("button", name="Fit:")).to_have_attribute("aria-pressed", "true")


def test_a_hover_is_told_after_a_rest_and_only_its_own_answer_is_shown(page: Page):
    bring(page, GRID, PLAIN)
    page.mouse.move(*place_of(page, *GRID.xy[8]))
    assert told(page, "touched.hover === 8")["acts"] == []
    card = page.locator(".card")
    bring(page, GRID, replace(PLAIN, card=Card(7, ("of another point",))), "marks")
    expect(card).to_be_hidden()
    evil = "<img src=x onerror=alert(1)>"
    bring(page, GRID, replace(PLAIN, card=Card(8, (evil, "63 years"), (0, 5, -3, 0))), "marks")
    expect(card).to_be_visible()
    assert card.locator("img").count() == 0
    expect(card).to_contain_text(evil)
    page.mouse.move(*place_of(page, 1.5, 1.5))
    expect(card).to_be_hidden()


def test_a_remounted_map_keeps_view_tool_and_what_waits_and_another_map_does_not(page: Page):
    bring(page, GRID, PLAIN)
    page.locator(".stage").focus()
    for key in ("l", "+", "v"):
        page.keyboard.press(key)
    told(page, "touched.acts.length")
    settle(page)
    view = page.locator(".stage").get_attribute("data-view")
    page.evaluate("window.close()")
    expect(page.locator(".stage")).to_have_count(0)
    page.evaluate("window.touched = null")
    bring(page, GRID, PLAIN, "points")
    assert page.locator(".stage").get_attribute("data-view") == view
    expect(page.get_by_role("button", name="Lasso:")).to_have_attribute("aria-pressed", "true")
    assert [act["number"] for act in told(page, "touched.acts.length")["acts"]] == [1]
    bring(page, replace(GRID, digest="other"), PLAIN)
    expect(page.get_by_role("button", name="Fit:")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".status")).to_have_text("25 points")


def test_a_legend_entry_makes_its_points_stand_out(page: Page):
    bring(page, GRID, PLAIN)
    page.locator(".entry", has_text=NAMES[0]).click()
    page.mouse.move(1, 1)
    settle(page)
    own = palette(LIGHT).categories[names(25)[0][0]]
    assert color_at(page, *GRID.xy[0]) == rgb(own)
    assert min(color_at(page, *GRID.xy[7])) > 150
    expect(page.locator(".entry[aria-pressed=true]")).to_have_count(1)


def test_stars_lines_and_the_highlight_are_drawn(page: Page):
    bring(page, GRID, PLAIN)
    before = picture(page)
    bring(page, GRID, replace(PLAIN, stars=(Star(1.5, 1.5, "1", (6, 12)),), highlight=24), "marks")
    changed = np.abs(picture(page).astype(int) - before).max(axis=2) > 60
    for x, y, least in ((1.5, 1.5, 150), (1.25, 1.25, 1), (4.0, 4.0, 20)):
        left, top = (int(value) for value in place_of(page, x, y))
        assert changed[top - 14 : top + 14, left - 14 : left + 14].sum() >= least


def test_more_points_than_are_worth_sending_are_drawn_as_counts(page: Page):
    many = points(120_000, digest="m")
    bring(page, many, replace(state(120_000), selected=many.xy[:, 0] > np.median(many.xy[:, 0])))
    expect(page.locator(".status")).to_have_text("60,000 of 120,000 selected")
    expect(page.locator(".legend")).to_contain_text("points in a place")
    assert len({tuple(pixel) for pixel in picture(page)[100:500:3, 50:850:3].reshape(-1, 3).tolist()}) > 50


def test_what_is_seen_can_be_saved(page: Page):
    bring(page, GRID, PLAIN)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    assert download.value.suggested_filename == "map.png"
    assert download.value.path().read_bytes()[:4] == b"\x89PNG"


def test_the_map_says_what_it_shows(page: Page):
    bring(page, POINTS, STATE)
    name = page.locator(".stage").get_attribute("aria-label")
    assert name == f"{POINTS.title}. Colored by Rhythm. {COUNT} points. Press question mark for the keys."
