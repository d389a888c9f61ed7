"""The paper in headless Chromium: bytes, first paint, and frames a second while it is moved and zoomed."""

import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, WebSocket, sync_playwright

from app.figures.overlay import Overlay
from app.figures.sheet import Layout, Setup, Shown
from benchmarks.pages import wait_until_served
from ecgfm_core.simulate.heart import Heart
from ecgfm_core.simulate.record import simulate
from tests.browser import harness
from tests.browser.chromium import FLAGS, find_chromium

ROOT = Path(__file__).parents[1]
PORT = 8612
ROUNDS = 7
SECONDS = 2
SIZES = ((1280, 720), (1920, 1080))
LAYOUTS: tuple[Layout, ...] = ("3x4+1", "12x1")

WATCH = """() => {
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...names) {
      super(...names);
      this.addEventListener("message", ({data}) => {
        if ((data.byteLength ?? data.size ?? 0) > 100000) window.arrived = performance.now();
      });
    }
  };
  const look = () => {
    const host = document.querySelector("[data-testid=stBidiComponentIsolated]");
    if (host?.shadowRoot?.querySelector("[data-draws]")) window.painted = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
"""Notes when the data arrive and when, at a frame's beginning, the paper is found drawn: up to a frame late."""

MOVE = """([seconds, zooming]) => new Promise((done) => {
  const stage = document.getElementById("host").shadowRoot.querySelector(".stage");
  const box = stage.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const send = (type, right) => stage.dispatchEvent(new PointerEvent(type, {
    pointerId: 1, pointerType: "mouse", bubbles: true, clientX: x + right, clientY: y, buttons: 1}));
  const wheel = (deltaY) => stage.dispatchEvent(new WheelEvent("wheel", {
    deltaY, ctrlKey: true, bubbles: true, cancelable: true, clientX: x, clientY: y}));
  stage.setPointerCapture = () => {};
  for (let i = 0; i < 3; i += 1) wheel(-100);
  const [begun, before] = [performance.now(), Number(stage.dataset.draws)];
  if (!zooming) send("pointerdown", 0);
  const step = (now) => {
    const passed = (now - begun) / 1000;
    if (passed >= seconds) return done((Number(stage.dataset.draws) - before) / passed);
    if (zooming) wheel(passed % 1 < 0.5 ? -15 : 15);
    else send("pointermove", 200 * Math.sin(3 * passed));
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})"""
"""A pan or a zoom that goes on by a step a frame; answers with the sheet's drawings a second."""


def main() -> None:
    """Print two Markdown tables."""
    page_file = ROOT / "tests" / "browser" / "paper_page.py"
    command = [sys.executable, "-m", "streamlit", "run", str(page_file), "--server.port", str(PORT)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_served(PORT)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            _print_first_paint(browser)
            _print_frames(browser)
            browser.close()
    finally:
        server.terminate()
        server.wait(10)


def _print_first_paint(browser: Browser) -> None:
    _first_paint(browser)  # the first visit also starts the server's session
    measured = [_first_paint(browser) for _ in range(ROUNDS)]
    ms, kilobytes = ([one[column] for one in measured] for column in (0, 1))
    print(f"\n| paper, 12 x 5000, within Streamlit, {ROUNDS} visits | median | largest |\n|---|---|---|")
    print(f"| data in the browser to first paint, ms | {statistics.median(ms):.0f} | {max(ms):.0f} |")
    print(f"| data, marks, JavaScript and style, kB | {statistics.median(kilobytes):.0f} | {max(kilobytes):.0f} |")


def _first_paint(browser: Browser) -> tuple[float, float]:
    """From the arrival of the data to the paper, ms; the size of the message, kB."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    sizes: list[int] = []

    def count(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: sizes.append(len(frame)))

    page.on("websocket", count)
    page.add_init_script(f"({WATCH})()")
    page.goto(f"http://localhost:{PORT}")
    page.wait_for_function("window.painted > 0")
    ms = page.evaluate("window.painted - window.arrived")
    page.close()
    return float(ms), max(sizes) / 1000


def _print_frames(browser: Browser) -> None:
    made = simulate(Heart(), seed=3)
    shown = Shown(made.record.signal, made.record.fs, "mV", "simulated")
    starts = np.arange(5000, dtype=np.float32) / 500
    values = np.tile(np.sin(9 * starts), (12, 1)).astype(np.float32)
    overlay = Overlay(values, starts, 1 / 500, True, "line", "made up", "against", "for")
    print("\n| drawings of the sheet a second | pan | zoom |\n|---|---|---|")
    for width, height in SIZES:
        for layout in LAYOUTS:
            for over, words in ((None, ""), (overlay, ", line colored sample by sample")):
                page = browser.new_page(viewport={"width": width, "height": height})
                harness.mount(page, width - 40)
                picture = harness.Picture(shown, Setup(layout=layout), beats=made.truth.beats, overlay=over)
                harness.render(page, picture)
                print(f"| {layout}, {width} x {height}{words} | {_rate(page, False):.0f} | {_rate(page, True):.0f} |")
                page.close()


def _rate(page: Page, zooming: bool) -> float:
    page.keyboard.press("0")
    return float(page.evaluate(MOVE, [SECONDS, zooming]))
