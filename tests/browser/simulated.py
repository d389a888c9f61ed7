"""A paper of a simulated heart, and what tests ask of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from browser import harness
from browser.harness import Picture, place_of
from playwright.sync_api import Browser, Page

from app.figures.sheet import Cell, Shown
from ecgfm_core.simulate.heart import Heart
from ecgfm_core.simulate.record import simulate

MADE = simulate(Heart(ectopy="ventricular"), seed=3, name="simulated")
SHOWN = Shown(MADE.record.signal, MADE.record.fs, "mV", "simulated")
BEATS = MADE.truth.beats
PICTURE = Picture(SHOWN, beats=BEATS)
STRIP = PICTURE.sheet.cells[-1]
SPEED = 25.0


@contextmanager
def opened(browser: Browser) -> Iterator[Page]:
    """A page with the paper, 1200 pixels wide; nothing may go wrong on it."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, has_touch=True)
    context.set_default_timeout(10_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    harness.mount(page)
    harness.render(page, PICTURE)
    yield page
    context.close()
    assert errors == []


def told(page: Page, **wanted: object) -> dict:
    """What Python was told, once it says what is wanted."""
    page.wait_for_function(
        "(wanted) => window.touched && Object.entries(wanted).every(([name, value]) => "
        "(Array.isArray(window.touched[name]) ? window.touched[name].length : window.touched[name]) === value)",
        arg=wanted,
    )
    return page.evaluate("window.touched")


def zoom_in(page: Page, cell: Cell, time_s: float, times: int = 8) -> None:
    """Zoom with the wheel and ctrl at a time of a cell."""
    page.keyboard.down("Control")
    for _ in range(times):
        page.mouse.move(*place_of(page, cell, SPEED, time_s))
        page.mouse.wheel(0, -100)
        settle(page)
    page.keyboard.up("Control")


def settle(page: Page) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
