"""The paper under keys alone, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from browser.harness import drag, place_of
from browser.simulated import PICTURE, SPEED, STRIP, opened, settle, told
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with opened(browser) as page:
        yield page


def test_keys_alone_measure(page: Page):
    page.locator(".stage").focus()
    for key in ("]", "]", "ArrowUp", "t"):
        page.keyboard.press(key)
    lead = PICTURE.sheet.cells[1].lead
    first = told(page, calipers=1)["calipers"][0]
    assert first["lead"] == lead
    expect(page.locator("[aria-live]")).to_have_text(re.compile(rf"^time {lead} .* 400 ms, 150/min$"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("(before) => window.touched.calipers[0].from < before", arg=first["from"])  # the last key
    moved = page.evaluate("window.touched.calipers[0]")
    assert moved["to"] == pytest.approx(first["to"] + 11 / 500)
    assert moved["from"] == pytest.approx(first["from"] - 1 / 500)
    page.keyboard.press("v")
    assert [caliper["kind"] for caliper in told(page, calipers=2)["calipers"]] == ["time", "voltage"]
    page.keyboard.press("Delete")
    told(page, calipers=1)


def test_keys_alone_mark_an_interval_zoom_and_move_the_paper(page: Page):
    page.locator(".stage").focus()
    page.keyboard.press("i")
    page.wait_for_function("window.touched?.interval")
    interval = page.evaluate("window.touched.interval")
    assert interval["to"] - interval["from"] == pytest.approx(1.0)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    for key in ("+", "+", "Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    settle(page)
    scale, left, top = (float(number) for number in str(page.locator(".stage").get_attribute("data-view")).split())
    fit, sheet = 1200 / PICTURE.sheet.width, PICTURE.sheet
    assert scale == pytest.approx(1.25**2 * fit)
    assert left == pytest.approx((sheet.width - 1200 / scale) / 2 + 40 / scale, abs=0.1)
    assert top > 0
    page.keyboard.press("-")
    page.keyboard.press("0")
    settle(page)
    assert page.locator(".stage").get_attribute("data-view") == f"{fit} 0 0"


def test_tab_goes_from_caliper_to_caliper_and_then_leaves(page: Page):
    page.locator(".stage").focus()
    page.keyboard.press("t")
    page.keyboard.press("v")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    chosen = page.locator(".reading[aria-pressed=true]")
    expect(chosen).to_have_count(0)
    page.keyboard.press("Tab")
    expect(chosen).to_have_text(re.compile("^time"))
    page.keyboard.press("Tab")
    expect(chosen).to_have_text(re.compile("^voltage"))
    page.keyboard.press("Tab")
    expect(page.locator(".stage")).not_to_be_focused()


def test_a_caliper_put_by_a_key_yields_to_one_that_is_drawn(page: Page):
    page.locator(".stage").focus()
    page.keyboard.press("t")
    told(page, calipers=1)
    drag(page, place_of(page, STRIP, SPEED, 6.0), place_of(page, STRIP, SPEED, 7.0))
    page.wait_for_function("window.touched.calipers[0].lead === 'II'")
    assert len(page.evaluate("window.touched.calipers")) == 1


@pytest.mark.parametrize("key", ["c", "r", "x", "Control+k"])
def test_other_keys_belong_to_the_page(page: Page, key: str):
    page.evaluate("() => document.addEventListener('keydown', (event) => window.left = !event.defaultPrevented)")
    page.locator(".stage").focus()
    page.keyboard.press(key)
    assert page.evaluate("window.left") is True
    expect(page.locator(".readings li")).to_have_count(0)
