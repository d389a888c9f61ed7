"""The paper within Streamlit: what arrives, what comes back, and what a rerun leaves alone."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.served import served
from places import ROOT
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect

pytestmark = pytest.mark.xdist_group("browser")

PAGE = Path(__file__).with_name("paper_page.py")
MOST_BYTES = 350_000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page with papers, served."""
    command = [sys.executable, "-m", "streamlit", "run", str(PAGE)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
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


def draws(page: Page, number: int = 0) -> int:
    return int(stage(page, number).get_attribute("data-draws") or 0)


def told(page: Page, name: str = "one") -> dict:
    return json.loads(page.locator(f".st-key-told_{name}").inner_text())


def open_papers(page: Page, address: str, papers: int = 1) -> None:
    page.goto(f"{address}/?papers={papers}")
    for number in range(papers):
        expect(stage(page, number)).to_have_attribute("data-draws", "1")


def put_caliper(page: Page, number: int = 0, name: str = "one") -> dict:
    stage(page, number).focus()
    page.keyboard.press("t")
    expect(page.locator(f".st-key-told_{name}")).to_contain_text('"time"')
    return told(page, name)


def rerun(page: Page) -> None:
    """Press a button and wait until the page has run."""
    page.get_by_role("button", name="again").click()
    page.locator("[data-test-script-state=notRunning]").wait_for(state="attached")


def test_a_paper_of_twelve_leads_needs_few_bytes(page: Page, address: str):
    received: list[int] = []

    def count(socket_: WebSocket) -> None:
        socket_.on("framereceived", lambda frame: received.append(len(frame)))

    page.on("websocket", count)
    open_papers(page, address)
    assert 120_000 < sum(received) <= MOST_BYTES
    page.get_by_test_id("stMain").get_by_text("overlay", exact=True).click()
    expect(stage(page)).to_have_attribute("data-draws", "2")
    assert max(received) <= MOST_BYTES


def test_calipers_come_back_and_a_rerun_leaves_the_paper_alone(page: Page, address: str):
    open_papers(page, address)
    caliper = put_caliper(page)["calipers"][0]
    assert (caliper["kind"], caliper["lead"]) == ("time", "I")
    assert caliper["end"] - caliper["start"] == pytest.approx(0.4)
    page.keyboard.press("+")
    expect(stage(page)).to_have_attribute("data-draws", "2")
    view = stage(page).get_attribute("data-view")
    rerun(page)
    assert draws(page) == 2
    assert stage(page).get_attribute("data-view") == view
    assert told(page)["calipers"] == [caliper]


def test_layout_theme_and_overlay_keep_calipers_and_another_recording_does_not(page: Page, address: str):
    open_papers(page, address)
    put_caliper(page)
    for number, name in enumerate(["6x2", "dark", "overlay", "12x1"], 2):
        page.get_by_test_id("stMain").get_by_text(name, exact=True).click()
        expect(stage(page)).to_have_attribute("data-draws", str(number))
        expect(page.locator(".readings li")).to_have_count(1)
    assert len(told(page)["calipers"]) == 1
    page.get_by_test_id("stMain").get_by_text("2", exact=True).click()
    expect(page.locator(".readings li")).to_have_count(0)
    expect(page.locator(".st-key-told_one")).to_contain_text('"calipers": []')


def test_a_paper_that_goes_and_comes_again_holds_its_calipers(page: Page, address: str):
    open_papers(page, address)
    before = put_caliper(page)
    page.get_by_test_id("stMain").get_by_text("gone", exact=True).click()
    expect(page.locator(".stage")).to_have_count(0)
    page.get_by_test_id("stMain").get_by_text("gone", exact=True).click()
    expect(page.locator(".readings li")).to_have_count(1)
    expect(page.locator(".st-key-told_one")).to_contain_text('"time"')
    assert told(page) == before


def test_two_papers_do_not_disturb_each_other(page: Page, address: str):
    open_papers(page, address, 2)
    put_caliper(page, 1, "two")
    page.keyboard.press("+")
    expect(stage(page, 1)).to_have_attribute("data-draws", "2")
    assert draws(page, 0) == 1
    assert told(page, "one")["calipers"] == []
    put_caliper(page, 0, "one")
    assert len(told(page, "two")["calipers"]) == 1


def test_where_the_canvas_fails_python_knows(page: Page, address: str):
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(address)
    expect(page.locator(".st-key-told_one")).to_contain_text('"canvas_failed": true')
    expect(page.locator(".toolbar")).to_be_hidden()


def test_the_papers_keys_leave_streamlit_its_own(page: Page, address: str):
    open_papers(page, address)
    stage(page).focus()
    page.keyboard.press("r")
    page.locator("[data-test-script-state=notRunning]").wait_for(state="attached")
    assert draws(page) == 1
