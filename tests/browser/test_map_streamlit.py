"""The map within Streamlit: what arrives, what comes back, and what a rerun leaves alone."""

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.served import served
from places import ROOT
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect

pytestmark = pytest.mark.xdist_group("browser")

PAGE = Path(__file__).with_name("map_page.py")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page with maps, served."""
    command = [sys.executable, "-m", "streamlit", "run", str(PAGE)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests")))}
    with served(command, "--server.port", environment, tmp_path_factory.mktemp("served") / "log.txt") as here:
        yield here


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def stage(page: Page, number: int = 0) -> Locator:
    return page.locator(".stage").nth(number)


def told(page: Page, key: str = "one") -> dict:
    return json.loads(page.locator(f".st-key-told_{key}").inner_text())


def expect_told(page: Page, name: str, value: object, key: str = "one") -> None:
    expect(page.locator(f".st-key-told_{key}")).to_contain_text(f'"{name}": {json.dumps(value)}')


def open_maps(page: Page, address: str, maps: int = 1, points: int = 2000) -> None:
    page.goto(f"{address}/?maps={maps}&points={points}")
    for number in range(maps):
        expect(stage(page, number)).to_have_attribute("data-draws", re.compile(r"\d"))


def press(page: Page, name: str) -> None:
    """Press a widget in the sidebar, and wait until the page has run."""
    page.get_by_test_id("stSidebar").get_by_text(name, exact=True).click()
    page.locator("[data-test-script-state=notRunning]").wait_for(state="attached")


def test_each_change_needs_few_bytes(page: Page, address: str):
    received: list[int] = []

    def count(socket_: WebSocket) -> None:
        socket_.on("framereceived", lambda frame: received.append(len(frame)))
        socket_.on("framesent", lambda frame: received.append(len(frame)))

    page.on("websocket", count)
    open_maps(page, address, points=20_000)
    assert 100_000 < sum(received) < 300_000  # four bytes a point, colors, flags, the script
    received.clear()
    page.get_by_test_id("stMain").get_by_text("numbers", exact=True).click()
    expect(page.locator(".legend")).to_contain_text("Heart rate")
    assert sum(received) < 60_000  # a byte a point for colors, two bits for flags; not the points
    received.clear()
    stage(page).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".card")).to_be_visible()
    assert sum(received) < 30_000  # not the colors either


def test_acts_are_handled_once_and_a_rerun_leaves_the_map_alone(page: Page, address: str):
    open_maps(page, address)
    stage(page).focus()
    for key in ("+", "v", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect_told(page, "acts", 2)
    expect(page.locator(".card")).to_be_visible()
    before, view = told(page), stage(page).get_attribute("data-view")
    assert 0 < before["selected"] <= 2000
    assert before["highlight"] == before["hover"]
    draws = stage(page).get_attribute("data-draws")
    press(page, "again")
    assert told(page) == before
    assert stage(page).get_attribute("data-draws") == draws
    assert stage(page).get_attribute("data-view") == view
    stage(page).focus()
    page.keyboard.press("Escape")
    expect_told(page, "selected", 0)
    expect_told(page, "acts", 3)


def test_a_map_that_goes_and_comes_again_keeps_its_view_and_repeats_nothing(page: Page, address: str):
    open_maps(page, address)
    stage(page).focus()
    for key in ("+", "v"):
        page.keyboard.press(key)
    expect_told(page, "acts", 1)
    view = stage(page).get_attribute("data-view")
    press(page, "gone")
    expect(page.locator(".stage")).to_have_count(0)
    press(page, "gone")
    expect(stage(page)).to_have_attribute("data-view", view or "")
    expect_told(page, "acts", 1)
    press(page, "2")
    expect(page.get_by_role("button", name="Fit:")).to_have_attribute("aria-pressed", "true")
    expect_told(page, "acts", 1)


def test_two_maps_share_a_selection_and_the_ring_of_the_pointer(page: Page, address: str):
    open_maps(page, address, 2)
    stage(page, 0).focus()
    page.keyboard.press("v")
    expect_told(page, "selected", 2000, "two")
    for number in (0, 1):
        expect(page.locator(".status").nth(number)).to_have_text("2,000 of 2,000 selected")
    empty = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.every((v) => !v)"
    canvas = stage(page, 1).locator("> canvas").nth(1)
    assert canvas.evaluate(empty)
    stage(page, 0).focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"(canvas) => !({empty})(canvas)", arg=canvas.element_handle())


def test_hidden_points_and_stars_and_dark_arrive(page: Page, address: str):
    open_maps(page, address)
    press(page, "half")
    expect(page.locator(".status")).to_have_text("2,000 points, 1,000 hidden")
    press(page, "stars")
    press(page, "dark")
    expect(stage(page)).to_have_css("background-color", "rgb(15, 20, 22)")


def test_where_the_canvas_fails_python_knows(page: Page, address: str):
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(address)
    expect_told(page, "failed", True)
    expect(page.locator(".toolbar")).to_be_hidden()
