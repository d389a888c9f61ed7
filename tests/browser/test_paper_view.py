"""What is seen of the paper: grid, zoom, true size, and what stays when data change."""

from collections.abc import Iterator

import numpy as np
import pytest
from browser import harness
from browser.harness import Picture, draws, place_of
from browser.simulated import PICTURE, SHOWN, SPEED, STRIP, opened, settle, told, zoom_in
from playwright.sync_api import Browser, Page, expect

from app.figures.sheet import Setup, Shown
from app.figures.theme import DARK, LIGHT, Theme

pytestmark = pytest.mark.xdist_group("browser")

BLOCK = """([y, wide, high]) => [...document.getElementById('host').shadowRoot.querySelector('canvas')
  .getContext('2d').getImageData(0, y, wide, high).data]"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with opened(browser) as page:
        yield page


def grid(page: Page, colors: Theme, y: int, high: int) -> tuple[np.ndarray, np.ndarray]:
    """Which pixel columns of a block of the canvas are mostly line: any, and a thick one. A label may hide a part."""
    wide = page.locator(".stage").evaluate("stage => stage.clientWidth")
    block = np.array(page.evaluate(BLOCK, [y, wide, high])).reshape(high, wide, 4)[..., :3]
    paper, major = (np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) for color in (colors.paper, colors.major))
    lines = (np.abs(block - paper).max(axis=2) > 4).mean(axis=0) > 0.6
    thick = (np.abs(block - major).max(axis=2) < 12).mean(axis=0) > 0.6
    return lines, thick


def runs(on: np.ndarray) -> int:
    return int((np.diff(on.astype(int), prepend=0) == 1).sum())


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("width", [200, 380, 800, 1200])
def test_both_grids_are_there_at_every_width(browser: Browser, width: int, colors: Theme):
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    harness.mount(page, width)
    flat = Picture(Shown(np.zeros((12, 5000)), 500.0, "mV", ""), colors=colors)
    harness.render(page, flat)
    per_mm = width / flat.sheet.width
    lines, thick = grid(page, colors, round((flat.sheet.cells[-1].bottom + 0.3) * per_mm), max(2, round(2.6 * per_mm)))
    assert runs(thick) >= 50
    if per_mm > 2:
        assert runs(lines) >= 250
    else:
        assert lines.mean() > 0.6  # closer than two pixels the lines of 1 mm become a tint
    page.close()


@pytest.mark.parametrize("times", [3, 8, 14])
def test_both_grids_are_there_at_every_zoom(page: Page, times: int):
    zoom_in(page, STRIP, 5.0, times)
    scale = float(str(page.locator(".stage").get_attribute("data-view")).split()[0])
    seen_mm = 1200 / scale
    lines, thick = grid(page, LIGHT, 5, 200)
    assert runs(lines) >= int(seen_mm) - 1
    assert runs(thick) >= int(seen_mm / 5)


def test_a_plain_wheel_scrolls_the_page_and_one_with_ctrl_zooms_where_it_is(page: Page):
    view = page.locator(".stage").get_attribute("data-view")
    page.evaluate("() => document.addEventListener('wheel', (event) => window.left = !event.defaultPrevented)")
    before = place_of(page, STRIP, SPEED, 7.0)
    page.mouse.move(*before)
    page.mouse.wheel(0, 100)
    page.wait_for_function("window.left === true")
    assert page.locator(".stage").get_attribute("data-view") == view
    page.evaluate("scrollTo(0, 0)")
    zoom_in(page, STRIP, 7.0, 3)
    assert place_of(page, STRIP, SPEED, 7.0) == pytest.approx(before, abs=1)
    assert page.evaluate("window.left") is False


def test_zoomed_the_paper_can_be_dragged_and_is_no_taller_than_the_window_allows(page: Page):
    zoom_in(page, STRIP, 5.0, 8)
    box = page.locator(".stage").bounding_box()
    assert box is not None
    fit = 1200 / PICTURE.sheet.width * PICTURE.sheet.height
    assert box["height"] <= max(fit, 0.8 * 720) + 1
    start = place_of(page, STRIP, SPEED, 5.0)
    harness.drag(page, start, (start[0] - 150, start[1] - 10))
    settle(page)
    assert place_of(page, STRIP, SPEED, 5.0)[0] == pytest.approx(start[0] - 150, abs=1)
    page.keyboard.press("0")
    settle(page)
    assert page.locator(".stage").get_attribute("data-view") == f"{1200 / PICTURE.sheet.width} 0 0"


def test_equal_data_draw_nothing(page: Page):
    before = draws(page)
    page.evaluate("(data) => window.render(data)", PICTURE.data())
    settle(page)
    assert draws(page) == before


def test_calipers_do_not_draw_the_sheet_again(page: Page):
    before = draws(page)
    page.get_by_role("button", name="Time").click()
    harness.drag(page, place_of(page, STRIP, SPEED, 2.0), place_of(page, STRIP, SPEED, 3.0))
    told(page, calipers=1)
    assert draws(page) == before


def test_a_theme_keeps_zoom_and_a_layout_keeps_calipers(page: Page):
    page.locator(".stage").focus()
    page.keyboard.press("t")
    zoom_in(page, STRIP, 5.0, 4)
    view = page.locator(".stage").get_attribute("data-view")
    harness.render(page, Picture(SHOWN, colors=DARK))
    assert page.locator(".stage").get_attribute("data-view") == view
    harness.render(page, Picture(SHOWN, Setup(layout="12x1", mm_per_s=50)))
    expect(page.locator(".readings li")).to_have_count(1)
    assert len(told(page, calipers=1)["calipers"]) == 1


def test_another_recording_clears_the_paper(page: Page):
    page.locator(".stage").focus()
    page.keyboard.press("t")
    told(page, calipers=1)
    harness.render(page, Picture(Shown(SHOWN.signal[:, ::-1].copy(), 500.0, "mV", "another")), digest="other")
    expect(page.locator(".readings li")).to_have_count(0)


def test_a_caliper_that_a_layout_does_not_show_is_still_listed(page: Page):
    page.locator(".stage").focus()
    harness.render(page, Picture(SHOWN, Setup(layout="12x1")))
    for _ in range(8):
        page.keyboard.press("]")
    page.keyboard.press("t")
    expect(page.locator(".readings")).to_contain_text("time V3")
    harness.render(page, Picture(SHOWN, start_s=20.0))
    expect(page.locator(".readings")).to_contain_text("not on this sheet")


def test_true_size_is_a_cards_width_and_is_kept(page: Page):
    page.get_by_role("button", name="True size").click()
    page.get_by_role("slider").fill("3.5")
    card = page.locator(".card").bounding_box()
    assert card is not None
    assert card["width"] == pytest.approx(85.6 * 3.5, abs=0.5)
    page.get_by_role("button", name="Matches").click()
    expect(page.locator(".status")).to_have_text("true size: 25 mm = 1 s")
    box = page.locator(".stage").bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(PICTURE.sheet.width * 3.5, abs=0.5)
    harness.mount(page)
    harness.render(page, PICTURE)
    page.get_by_role("button", name="True size").click()
    expect(page.locator(".status")).to_have_text("true size: 25 mm = 1 s")


def test_blocked_storage_is_no_hindrance(page: Page):
    page.evaluate("() => { Storage.prototype.getItem = Storage.prototype.setItem = () => { throw new Error(); }; }")
    page.get_by_role("button", name="True size").click()
    page.get_by_role("button", name="Matches").click()
    expect(page.locator(".status")).to_have_text("true size: 25 mm = 1 s")


@pytest.mark.parametrize("width", [1240, 780])
def test_buttons_are_large_enough_to_touch_and_in_one_row_on_a_laptop(browser: Browser, width: int):
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    harness.mount(page, width)
    harness.render(page, PICTURE)
    boxes = [button.bounding_box() for button in page.locator(".toolbar button").all()]
    sizes = [(box["width"], box["height"], box["y"]) for box in boxes if box]
    assert len(sizes) == 10
    assert min(min(wide, high) for wide, high, _ in sizes) >= 36
    assert len({y for *_, y in sizes}) == 1
    page.close()
