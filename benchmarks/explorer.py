"""The page Map on 20,000 recordings in headless Chromium: first paint, lasso to table, row to ECG, recolor, bytes."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from app.parts.cohorts import key_of
from benchmarks.map import ROOT, SIZE, STAGE, drag, traffic
from benchmarks.pages import wait_until_served
from benchmarks.synthetic import make
from tests.browser.chromium import FLAGS, find_chromium

RECORDINGS, WIDTH, ROUNDS, PORT = 20_000, 256, 5, 8614


def main() -> None:
    """Print a Markdown table; the cohort takes some minutes to make."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        cohort = make(folder / "made-up", RECORDINGS, WIDTH)
        environment = os.environ | {"ECGFM_COHORTS": temporary, "ECGFM_DEVICE": "cpu"}
        server = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "app", "--port", str(PORT)], cwd=ROOT, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_until_served(PORT)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
                visits = [_visit(browser, key_of(cohort.folder)) for _ in range(ROUNDS + 1)]
                browser.close()
        finally:
            server.terminate()
            server.wait(10)
    _print(visits[0], visits[1:])


def _print(first: dict[str, tuple[float, float]], visits: list[dict[str, tuple[float, float]]]) -> None:
    print(f"| page Map, {RECORDINGS:,} recordings, s | first visit | median of {ROUNDS} | largest | kB |")
    print("|---|---|---|---|---|")
    for name, (cold, _) in first.items():
        seconds, kilobytes = zip(*(visit[name] for visit in visits), strict=True)
        middle, size = statistics.median(seconds), statistics.median(kilobytes)
        print(f"| {name} | {cold:.2f} | {middle:.2f} | {max(seconds):.2f} | {size:.0f} |")


def _visit(browser: Browser, key: str) -> dict[str, tuple[float, float]]:
    """Seconds, and kB in both directions, of what a person does first."""
    page = browser.new_page(viewport=SIZE)
    page.set_default_timeout(60_000)
    sizes = traffic(page)
    found: dict[str, tuple[float, float]] = {}

    def measure(name: str, act: Callable[[], object], *expressions: str) -> None:
        begun = time.perf_counter()
        act()
        for expression in expressions:
            page.wait_for_function(expression)
        found[name] = (time.perf_counter() - begun, sum(sizes) / 1000)
        page.wait_for_timeout(1500)  # what still arrives belongs to nothing else
        sizes.clear()

    measure("address to first paint", lambda: page.goto(f"http://localhost:{PORT}/map?cohort={key}"), PAINTED)
    _begin_box(page)
    measure("lasso to table", page.mouse.up, SELECTED)
    measure("row to ECG", lambda: _click_row(page), "/id=/.test(location.search)", PAPER)
    page.get_by_role("combobox", name="Color by").click()
    page.keyboard.type("quality")
    measure("recolor", lambda: page.keyboard.press("Enter"), f"/quality/i.test({STAGE}.getAttribute('aria-label'))")
    page.close()
    return found


PAINTED = f"{STAGE}?.dataset.draws > 0"
SELECTED = "/[0-9,]+ recordings selected/.test(document.querySelector('[data-testid=stMain]').innerText)"
PAPER = """[...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].some((host) =>
  host.shadowRoot?.querySelector("[role=application][aria-label^='ECG paper']")?.dataset.draws > 0)"""


def _begin_box(page: Page) -> None:
    page.get_by_role("button", name="Box:").click()
    drag(page)


def _click_row(page: Page) -> None:
    table = page.locator("[data-testid=stDataFrame]").first
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 18, box["y"] + 35 * 2 + 17)


if __name__ == "__main__":
    main()
