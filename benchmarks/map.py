"""The map in headless Chromium, within Streamlit: bytes, first paint, a lasso there and back, drawings a second."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, WebSocket, sync_playwright

from benchmarks.pages import wait_until_served
from tests.browser.chromium import FLAGS, find_chromium

ROOT = Path(__file__).parents[1]
PORT = 8613
ROUNDS = 5
SECONDS = 3
SIZE = {"width": 1280, "height": 720}

PAN = """(stage, seconds) => new Promise((done) => {
  const box = stage.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const send = (type, right) => stage.dispatchEvent(new PointerEvent(type, {
    pointerId: 1, pointerType: "mouse", bubbles: true, clientX: x + right, clientY: y, buttons: 1}));
  stage.setPointerCapture = () => {};
  send("pointerdown", 0);
  const [begun, before] = [performance.now(), Number(stage.dataset.draws)];
  const step = (now) => {
    const passed = (now - begun) / 1000;
    if (passed < seconds) {
      send("pointermove", 200 * Math.sin(3 * passed));
      return requestAnimationFrame(step);
    }
    send("pointerup", 0);
    done((Number(stage.dataset.draws) - before) / passed);
  };
  requestAnimationFrame(step);
})"""
"""A pan that goes on by a step a frame; answers with the drawings a second."""


def main() -> None:
    """Print two Markdown tables."""
    page_file = ROOT / "tests" / "browser" / "map_page.py"
    command = [sys.executable, "-m", "streamlit", "run", str(page_file), "--server.port", str(PORT)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests")))}
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )  # fmt: skip
    try:
        wait_until_served(PORT)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            _print_answers(browser)
            _print_rates(browser)
            browser.close()
    finally:
        server.terminate()
        server.wait(10)


def _print_answers(browser: Browser) -> None:
    _visit(browser)  # the first visit also starts the server's session
    visits = [_visit(browser) for _ in range(ROUNDS)]
    print(f"\n| map of 20,000 points, {ROUNDS} visits | median, s | largest, s | kB |\n|---|---|---|---|")
    for name in visits[0]:
        seconds, kilobytes = ([visit[name][column] for visit in visits] for column in (0, 1))
        print(
            f"| {name} | {statistics.median(seconds):.2f} | {max(seconds):.2f} | {statistics.median(kilobytes):.0f} |"
        )


def traffic(page: Page) -> list[int]:
    """Bytes of each message between a page and its server from now on; the list grows."""
    sizes: list[int] = []

    def count(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: sizes.append(len(frame)))
        socket.on("framesent", lambda frame: sizes.append(len(frame)))

    page.on("websocket", count)
    return sizes


def _visit(browser: Browser) -> dict[str, tuple[float, float]]:
    """Seconds and kB in both directions of what a reader does first."""
    page = browser.new_page(viewport=SIZE)
    sizes = traffic(page)
    found: dict[str, tuple[float, float]] = {}

    def measure(name: str, expression: str) -> None:
        page.wait_for_function(expression)
        found[name] = (time.perf_counter() - begun, sum(sizes) / 1000)
        page.wait_for_timeout(300)  # what still arrives belongs to nothing else
        sizes.clear()

    begun = time.perf_counter()
    page.goto(f"http://localhost:{PORT}/?points=20000")
    measure("address to first paint", f"{STAGE}?.dataset.draws > 0")
    begun = time.perf_counter()
    page.get_by_test_id("stMain").get_by_text("numbers", exact=True).click()
    measure("recolor", f"{STAGE}.getAttribute('aria-label').includes('Heart rate')")
    page.get_by_role("button", name="Box:").click()
    drag(page)
    begun = time.perf_counter()
    page.mouse.up()
    measure("lasso to Python's reply", "/.selected.: [1-9]/.test(document.querySelector('.st-key-told_one').innerText)")
    page.close()
    return found


STAGE = "document.querySelector('[data-testid=stBidiComponentIsolated]')?.shadowRoot?.querySelector('.stage')"


def drag(page: Page) -> None:
    """Begin a box over the middle of the map; letting go ends it."""
    box = page.locator(".stage").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 300, steps=6)


def _print_rates(browser: Browser) -> None:
    print("\n| map, 1280 x 720, drawings a second while it is moved | |\n|---|---|")
    for count in (20_000, 100_000, 1_000_000):
        page = browser.new_page(viewport=SIZE)
        page.goto(f"http://localhost:{PORT}/?points={count}")
        stage = page.locator(".stage[data-draws]")
        stage.wait_for(timeout=60_000)
        page.wait_for_timeout(1000)
        print(f"| {count:,} points | {stage.evaluate(PAN, SECONDS):.0f} |")
        page.close()


if __name__ == "__main__":
    main()
