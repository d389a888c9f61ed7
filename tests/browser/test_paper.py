"""The paper under mouse and fingers, in a real browser."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from browser import harness
from browser.harness import Picture, drag, on_page, place_of
from browser.simulated import BEATS, PICTURE, SHOWN, SPEED, STRIP, opened, settle, told, zoom_in
from playwright.sync_api import Browser, Page, expect

from app.figures.sheet import Cell, Setup, Shown
from ecgfm_core.leads import LEADS

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with opened(browser) as page:
        yield page


def value_at(lead: str, time_s: float) -> float:
    return float(SHOWN.signal[LEADS.index(lead), round(time_s * SHOWN.fs)])


def test_a_time_caliper_is_exact_to_a_sample(page: Page):
    first, second = BEATS[1].r_s, BEATS[2].r_s
    middle = (first + second) / 2
    zoom_in(page, STRIP, middle, 4)
    page.get_by_role("button", name="Time").click()
    drag(page, place_of(page, STRIP, SPEED, first), place_of(page, STRIP, SPEED, second))
    caliper = told(page, calipers=1)["calipers"][0]
    assert (caliper["kind"], caliper["lead"]) == ("time", "II")
    assert abs(caliper["from"] - first) <= 1 / SHOWN.fs
    assert abs(caliper["to"] - second) <= 1 / SHOWN.fs
    assert caliper["from"] * SHOWN.fs == pytest.approx(round(caliper["from"] * SHOWN.fs), abs=1e-6)
    ms = 1000 * (caliper["to"] - caliper["from"])
    expect(page.locator(".readings")).to_contain_text(f"{ms:.0f} ms, {60000 / ms:.0f}/min")


@pytest.mark.parametrize("number", [0, 5, 7], ids=["I", "aVF", "V2"])
def test_a_voltage_caliper_is_exact_to_a_hundredth(page: Page, number: int):
    cell = PICTURE.sheet.cells[number]
    beat = next(beat for beat in BEATS if cell.from_s + 0.1 < beat.qrs[0] and beat.qrs[1] < cell.to_s - 0.3)
    row = LEADS.index(cell.lead)
    inside = SHOWN.signal[row, round(beat.qrs[0] * 500) : round(beat.qrs[1] * 500)]
    peak_s = beat.qrs[0] + int(np.abs(inside - inside[0]).argmax()) / 500
    zoom_in(page, cell, beat.r_s, 6)
    page.get_by_role("button", name="Voltage").click()
    drag(page, place_of(page, cell, SPEED, beat.qrs[0] - 0.04), place_of(page, cell, SPEED, peak_s))
    caliper = told(page, calipers=1)["calipers"][0]
    assert (caliper["kind"], caliper["lead"]) == ("voltage", cell.lead)
    assert caliper["from"] == pytest.approx(value_at(cell.lead, beat.qrs[0] - 0.04), abs=0.01)
    assert caliper["to"] == pytest.approx(value_at(cell.lead, peak_s), abs=0.01)
    expect(page.locator(".readings")).to_contain_text(f"{caliper['to'] - caliper['from']:.2f} mV")


def test_alt_leaves_the_trace(page: Page):
    page.get_by_role("button", name="Voltage").click()
    zoom_in(page, STRIP, 2.0, 6)
    start, stop = place_of(page, STRIP, SPEED, 2.0, 0.5), place_of(page, STRIP, SPEED, 2.1, 1.5)
    page.keyboard.down("Alt")
    drag(page, start, stop)
    caliper = told(page, calipers=1)["calipers"][0]
    assert [caliper["from"], caliper["to"]] == pytest.approx([0.5, 1.5], abs=0.01)


def test_two_clicks_make_a_caliper_and_an_end_can_be_dragged(page: Page):
    page.get_by_role("button", name="Time").click()
    page.mouse.click(*place_of(page, STRIP, SPEED, 3.0))
    page.mouse.click(*place_of(page, STRIP, SPEED, 4.0))
    assert told(page, calipers=1)["calipers"][0]["to"] == pytest.approx(4.0, abs=0.006)
    page.keyboard.press("Escape")
    drag(page, place_of(page, STRIP, SPEED, 4.0), place_of(page, STRIP, SPEED, 4.5))
    page.wait_for_function("Math.abs(window.touched.calipers[0].to - 4.5) < 0.006")
    assert page.evaluate("window.touched.calipers[0].from") == pytest.approx(3.0, abs=0.006)


def test_python_hears_of_a_drag_when_it_has_ended(page: Page):
    page.get_by_role("button", name="Time").click()
    start, stop = place_of(page, STRIP, SPEED, 2.0), place_of(page, STRIP, SPEED, 3.0)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*stop, steps=3)
    page.wait_for_function("(then) => performance.now() > then + 400", arg=page.evaluate("performance.now()"))
    assert page.evaluate("window.touched") is None
    page.mouse.up()
    told(page, calipers=1)


def test_a_drag_on_paper_that_does_not_move_is_no_click(page: Page):
    page.locator(".stage").focus()
    page.keyboard.press("t")
    page.keyboard.press("Escape")
    harness.drag(page, place_of(page, STRIP, SPEED, 6.0), place_of(page, STRIP, SPEED, 7.0))
    expect(page.locator(".reading[aria-pressed=true]")).to_have_count(1)


def test_the_march_out_repeats_the_interval_along_the_row(page: Page):
    page.get_by_role("button", name="Time").click()
    drag(page, place_of(page, STRIP, SPEED, 2.0), place_of(page, STRIP, SPEED, 3.0))
    before = teal(page, STRIP)
    page.keyboard.press("m")
    expect(page.locator(".readings")).to_contain_text("marched out")
    settle(page)
    marked = teal(page, STRIP)
    beside = (1, 4, 5, 6, 7, 8, 9)
    assert not any(before[second] for second in beside)
    assert all(marked[second] for second in beside)


def teal(page: Page, cell: Cell) -> list[bool]:
    """At each whole second of a strip: whether the upper canvas has drawn there, low in the row."""
    pixels = "([x, y]) => document.getElementById('host').shadowRoot.querySelectorAll('canvas')[1]"
    pixels += ".getContext('2d').getImageData(x - 2, y, 5, 1).data.some((value) => value > 0)"
    box = page.locator(".stage").bounding_box()
    assert box is not None
    places = [place_of(page, cell, SPEED, float(second)) for second in range(10)]
    low = on_page(page, 0, cell.bottom - 3)[1]
    return [page.evaluate(pixels, [round(x - box["x"]), round(low - box["y"])]) for x, _ in places]


def test_what_waits_for_its_second_click_goes_with_its_tool(page: Page):
    for leave in (lambda: page.keyboard.press("Escape"), lambda: page.get_by_role("button", name="Interval").click()):
        page.get_by_role("button", name="Time").click()
        page.mouse.click(*place_of(page, STRIP, SPEED, 3.0))
        expect(page.locator(".readings li")).to_have_count(1)
        leave()
        expect(page.locator(".readings li")).to_have_count(0)


def test_an_interval_and_a_beat_come_back(page: Page):
    page.get_by_role("button", name="Interval").click()
    drag(page, place_of(page, STRIP, SPEED, 5.0), place_of(page, STRIP, SPEED, 4.0))
    page.wait_for_function("window.touched?.interval")
    interval = page.evaluate("window.touched.interval")
    assert interval["lead"] == "II"
    assert [interval["from"], interval["to"]] == pytest.approx([4.0, 5.0], abs=0.006)
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    page.mouse.click(*place_of(page, STRIP, SPEED, BEATS[3].r_s))
    assert told(page, beat=3)["interval"] == interval
    page.keyboard.press("b")
    told(page, beat=4)
    page.keyboard.press("Shift+B")
    told(page, beat=3)
    page.mouse.click(*place_of(page, STRIP, SPEED, BEATS[3].t[1] + 0.05))  # type: ignore[index]
    told(page, beat=None)


def test_minus_avr_reads_as_it_is_drawn_and_comes_back_as_it_was_recorded(page: Page):
    picture = Picture(SHOWN, Setup(cabrera=True))
    harness.render(page, picture)
    cell = next(cell for cell in picture.sheet.cells if cell.sign < 0)
    peak_s = round(next(beat.r_s for beat in BEATS if beat.r_s > cell.from_s + 0.2) * 500) / 500
    zoom_in(page, cell, peak_s, 6)
    page.get_by_role("button", name="Voltage").click()
    drag(page, place_of(page, cell, SPEED, peak_s - 0.1), place_of(page, cell, SPEED, peak_s))
    caliper = told(page, calipers=1)["calipers"][0]
    size = caliper["to"] - caliper["from"]
    assert caliper["lead"] == "aVR"
    assert size == pytest.approx(value_at("aVR", peak_s) - value_at("aVR", peak_s - 0.1), abs=0.02)
    expect(page.locator(".readings")).to_contain_text("-aVR")
    expect(page.locator(".readings")).to_contain_text(f": {-size:.2f} mV")


def test_fingers_draw_calipers(page: Page):
    page.get_by_role("button", name="Time").tap()
    page.touchscreen.tap(*place_of(page, STRIP, SPEED, 3.0))
    page.touchscreen.tap(*place_of(page, STRIP, SPEED, 4.0))
    assert told(page, calipers=1)["calipers"][0]["to"] == pytest.approx(4.0, abs=0.01)
    page.get_by_role("button", name=re.compile("^Remove time")).tap()
    told(page, calipers=0)


def test_two_fingers_zoom(page: Page):
    page.evaluate(PINCH, place_of(page, STRIP, SPEED, 5.0))
    settle(page)
    assert float(str(page.locator(".stage").get_attribute("data-view")).split()[0]) > 1.8 * 1200 / PICTURE.sheet.width


PINCH = """([x, y]) => {
  const stage = document.getElementById("host").shadowRoot.querySelector(".stage");
  stage.setPointerCapture = () => {};
  const send = (type, pointerId, right) => stage.dispatchEvent(new PointerEvent(type, {
    pointerId, pointerType: "touch", bubbles: true, clientX: x + right, clientY: y}));
  send("pointerdown", 1, -50);
  send("pointerdown", 2, 50);
  for (let right = 60; right <= 150; right += 10) send("pointermove", 2, right);
  send("pointerup", 1, -50);
  send("pointerup", 2, 150);
}"""


def test_names_from_a_file_stay_text(page: Page):
    shown = Shown(SHOWN.signal, 500.0, "mV", "<img src=x onerror='window.bad = 1'>")
    harness.render(page, Picture(shown))
    assert page.locator("img").count() == 0
    assert page.evaluate("window.bad") is None
