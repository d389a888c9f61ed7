"""Upload to paper and to probabilities with the demo encoder, in a real browser, as a person sees it."""

import os
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import FLAGS, find_chromium

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
PORT = 8611
ROUNDS = 5
UPLOADS = {
    "sample, WFDB 500 Hz 10 s": ("data_samples/af.hea", "data_samples/af.dat"),
    "PTB-XL, WFDB 500 Hz 10 s": (DATA / "ecg12/ptb-xl/00001_hr.hea", DATA / "ecg12/ptb-xl/00001_hr.dat"),
    "CPSC, WFDB .mat 500 Hz 15 s": (DATA / "ecg12/cpsc2018/A0001.hea", DATA / "ecg12/cpsc2018/A0001.mat"),
    "Mortara, DICOM 1000 Hz 10 s": (DATA / "formats/dicom/waveform_ecg.dcm",),
}


def main() -> None:
    """Print a Markdown table."""
    command = [sys.executable, "-m", "app.cli", "app", "--port", str(PORT), "--device", "cpu"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    try:
        wait_until_served(PORT)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(f"http://localhost:{PORT}")
            page.locator("[role=application][data-draws]").wait_for()
            page.locator(".js-plotly-plot .annotation-text").first.wait_for()
            print("\n| upload, warm server, demo encoder | to paper, s | to probabilities, s |\n|---|---|---|")
            for name, files in UPLOADS.items():
                paths = [str(ROOT / file) for file in files]
                if all(Path(path).exists() for path in paths):
                    times = [_measure(page, paths) for _ in range(ROUNDS)]
                    paper, probabilities = (statistics.median(column) for column in zip(*times, strict=True))
                    print(f"| {name} | {paper:.2f} | {probabilities:.2f} |")
            _explain(page, browser.new_page(viewport={"width": 1280, "height": 720}))
            browser.close()
    finally:
        server.terminate()
        server.wait(10)


def _measure(page: Page, paths: list[str]) -> tuple[float, float]:
    """A fresh session: nothing of an earlier upload is kept in it."""
    page.reload()
    page.locator(".js-plotly-plot .annotation-text").first.wait_for()
    name = Path(paths[0]).name
    start = time.perf_counter()
    page.locator("input[type=file]").set_input_files(paths)
    page.locator(f"[role=application][data-draws][aria-label*='{name}']").wait_for()
    paper = time.perf_counter() - start
    page.locator(f"[aria-label*='Probabilities of {name}'] .annotation-text").first.wait_for()
    return paper, time.perf_counter() - start


def _explain(page: Page, other: Page) -> None:
    """From a label chosen to its map, by relevance; and uploads while another session has a map checked."""
    page.goto(f"http://localhost:{PORT}/explain?sample=lbbb")
    page.get_by_text("lies in").wait_for()
    times = []
    for label in (
        "Right bundle branch block",
        "Atrial fibrillation",
        "Infarction",
        "Electronic pacemaker",
        "Bradycardia",
    ):
        start = time.perf_counter()
        page.get_by_role("combobox", name="Why").fill(label)
        page.keyboard.press("Enter")
        page.locator("strong", has_text=label).wait_for()
        times.append(time.perf_counter() - start)
    print(f"\nA label chosen to its map by relevance: {statistics.median(times):.2f} s, at most {max(times):.2f} s")
    other.goto(f"http://localhost:{PORT}/explain?sample=af&method=occlusion")
    other.get_by_text("lies in").wait_for(timeout=120_000)
    other.get_by_role("tab", name="Whether to believe it").click()
    other.get_by_role("button", name="Check this map").click()
    other.get_by_text("steps of the check").wait_for()
    page.goto(f"http://localhost:{PORT}")
    paths = [str(ROOT / file) for file in next(iter(UPLOADS.values()))]
    times = [_measure(page, paths) for _ in range(ROUNDS)]
    assert other.get_by_text("steps of the check").is_visible()
    paper, probabilities = ((statistics.median(column), max(column)) for column in zip(*times, strict=True))
    print(
        f"While another session has a map checked: upload to paper {paper[0]:.2f} s, at most {paper[1]:.2f}; to "
        f"probabilities {probabilities[0]:.2f} s, at most {probabilities[1]:.2f}"
    )


def wait_until_served(port: int) -> None:
    """Wait until a Streamlit server answers on this port."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"nothing was served on port {port}")
