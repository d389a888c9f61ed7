"""Golden pictures of every layout: what is drawn, how it is compared, and the command that makes them anew.

`PYTHONPATH=tests python -m browser.pictures` writes tests/golden/paper/.
"""

from dataclasses import replace
from io import BytesIO

import numpy as np
from browser import harness
from browser.chromium import FLAGS, find_chromium
from browser.harness import Picture
from PIL import Image
from places import GOLDEN
from playwright.sync_api import Browser, sync_playwright

from app.figures.overlay import Overlay, Style
from app.figures.sheet import Layout, Setup, Shown
from app.figures.theme import DARK
from ecgfm_core.simulate.heart import Heart, Patient
from ecgfm_core.simulate.record import simulate

FOLDER = GOLDEN / "paper"
WIDTH = 800
"""CSS pixels: 3 to the millimetre, so a shift of 1 mm is seen."""
STRONG = 70
"""Levels of gray: less is another rendering of the same line."""
ALLOWED = 0.7
"""Pixels of a cell that differ strongly, over its width in pixels; a trace moved by 1 mm makes 2.2 or more."""
LAYOUTS: tuple[Layout, ...] = ("3x4+1", "3x4+3", "6x2", "12x1")

_made = simulate(Heart(patient=Patient(shape=5), ectopy="ventricular"), seed=3, name="simulated")
SHOWN = Shown(_made.record.signal, _made.record.fs, "mV", "simulated")


def overlay(style: Style) -> Overlay:
    """A made-up map that rises, falls and has a gap."""
    starts = np.arange(0, 10, 0.1, dtype=np.float32)
    values = np.linspace(0.3, 1, 12, dtype=np.float32)[:, None] * np.sin(3 * starts)
    values[:, 40:50] = np.nan
    return Overlay(values, starts, 0.1, True, style, "made up", "-1: against", "+1: for")


def pictures() -> dict[str, Picture]:
    """Every picture by its file's name."""
    found = {}
    for layout in LAYOUTS:
        found[layout] = Picture(SHOWN, Setup(layout=layout))
        found[f"{layout}-cabrera"] = Picture(SHOWN, Setup(layout=layout, cabrera=True))
    plain = Picture(SHOWN)
    return found | {
        "50mm-per-s": replace(plain, setup=Setup(mm_per_s=50.0)),
        "halved": replace(plain, setup=Setup(halved="precordial", mm_per_mv=20.0)),
        "simultaneous": replace(plain, setup=Setup(simultaneous=True)),
        "large": replace(plain, setup=Setup(large=True)),
        "no-unit": replace(plain, shown=Shown(SHOWN.signal * 37, SHOWN.fs, None, "simulated")),
        "dark": replace(plain, colors=DARK),
        "marks": replace(plain, beats=_made.truth.beats),
        "band": replace(plain, overlay=overlay("band")),
        "line": replace(plain, overlay=overlay("line")),
        "background": replace(plain, overlay=overlay("background"), colors=DARK),
    }


def draw(browser: Browser, picture: Picture, script: str | None = None) -> np.ndarray:
    """A picture [height, width, 3] of the paper; with the marks, if it has beats."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 720})
    harness.mount(page, WIDTH, code=script)
    harness.render(page, picture)
    if picture.beats:
        before = harness.draws(page)
        page.get_by_role("button", name="Marks").click()
        page.wait_for_function(f"(before) => {harness.COUNT} !== before", arg=before)
        page.mouse.move(0, 0)
    png = page.locator(".stage").screenshot()
    page.close()
    return np.asarray(Image.open(BytesIO(png)).convert("RGB"))


def differences(found: np.ndarray, golden: np.ndarray, picture: Picture) -> dict[str, float]:
    """By cell: pixels that differ strongly, as a share of the cell's width in pixels. Words are left out."""
    if found.shape != golden.shape:
        raise AssertionError(f"the picture's size must be {golden.shape}. Got {found.shape} instead.")
    sheet = picture.sheet
    k = WIDTH / sheet.width
    strong = np.abs(found.astype(float).mean(axis=2) - golden.astype(float).mean(axis=2)) > STRONG
    for cell in sheet.cells:
        x, y = cell.label_at(sheet.type_mm)
        size = sheet.type_mm
        strong[
            round((y - 1.1 * size) * k) : round((y + 0.4 * size) * k), round((x - 1) * k) : round((x + 3 * size) * k)
        ] = 0
    return {
        f"{number} {cell.label}": float(
            strong[
                round(cell.top * k) : round(cell.bottom * k), round(cell.x * k) : round((cell.x + cell.width) * k)
            ].sum()
            / (cell.width * k)
        )
        for number, cell in enumerate(sheet.cells)
    }


def read(name: str) -> np.ndarray:
    """A golden picture [height, width, 3]."""
    return np.asarray(Image.open(FOLDER / f"{name}.png").convert("RGB"))


def main() -> None:
    """Draw and write all of them, with 48 colors each."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for name, picture in pictures().items():
            image = Image.fromarray(draw(browser, picture)).quantize(48, dither=Image.Dither.NONE)
            image.save(FOLDER / f"{name}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
