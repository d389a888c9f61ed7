"""A paper in a browser without Streamlit: for pixels, pointers, speed. Data arrive as Streamlit hands them over."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from playwright.sync_api import Page

from app.figures.overlay import Overlay
from app.figures.sheet import Cell, Setup, Sheet, Shown, lay_out
from app.figures.theme import LIGHT, Theme
from app.paper.scene import scene
from app.script import script, style
from ecgfm_core.types import Beat

ADDRESS = "http://paper.test/"
PAGE = "<!doctype html><body style='margin:0; background:{background}'><div id=host style='width:{width}px'></div>"
MOUNT = """async ([code, style]) => {
  window.module = await import(URL.createObjectURL(new Blob([code], {type: "text/javascript"})));
  window.touched = null;
  const root = document.getElementById("host").attachShadow({mode: "open"});
  root.append(Object.assign(document.createElement("style"), {textContent: style}));
  const table = ([type, text]) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const numbers = new globalThis[type](bytes.buffer);
    return {getChildAt: () => ({toArray: () => numbers})};
  };
  window.render = (data) => {
    const unpacked = {...data};
    for (const name of ["samples", "overlay", "starts"]) if (data[name]) unpacked[name] = table(data[name]);
    const setStateValue = (_, value) => { window.touched = value; };
    window.close = window.module.default({parentElement: root, data: unpacked, setStateValue});
  };
}"""
Place = tuple[float, float]
ARRAYS = {"int16": "Int16Array", "int8": "Int8Array", "float64": "Float64Array"}


@dataclass(frozen=True)
class Picture:
    """What a paper shows; its sheet."""

    shown: Shown
    setup: Setup = Setup()  # noqa: RUF009  (frozen)
    colors: Theme = LIGHT
    beats: Sequence[Beat] = ()
    overlay: Overlay | None = None
    start_s: float = 0.0

    @property
    def sheet(self) -> Sheet:
        return lay_out(self.shown, self.setup, start_s=self.start_s)

    def data(self, key: str = "one", digest: str = "d") -> dict[str, Any]:
        told = scene(self.shown, self.sheet, colors=self.colors, beats=self.beats, overlay=self.overlay)
        return {"key": key, "digest": digest} | {name: _sent(value) for name, value in told.items()}


def mount(page: Page, width: int = 1200, background: str = "white", code: str | None = None) -> None:
    """An empty page of our own, with the modules loaded, or with code in their place."""
    body = PAGE.format(width=width, background=background)
    page.route(f"{ADDRESS}**", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(ADDRESS)
    page.evaluate(MOUNT, [code or script("paper"), style("paper")])


def render(page: Page, picture: Picture, **names: str) -> None:
    """Hand data over, and wait until they are drawn."""
    before = draws(page)
    page.evaluate("(data) => window.render(data)", picture.data(**names))
    page.wait_for_function("(before) => window.render && " + COUNT + " !== before", arg=before)


COUNT = "document.getElementById('host').shadowRoot.querySelector('.stage')?.dataset.draws"


def draws(page: Page) -> str | None:
    """How often the sheet was drawn."""
    return page.evaluate(f"() => {COUNT}")


def place_of(page: Page, cell: Cell, mm_per_s: float, time_s: float, value: float | None = None) -> Place:
    """Where a time and a value of a cell lie on the page, in CSS pixels; at the row's middle without a value."""
    x = cell.x + (time_s - cell.from_s) * mm_per_s
    y = cell.middle if value is None else cell.middle - cell.sign * (value - cell.baseline) * cell.mm_per_unit
    return on_page(page, x, y)


def on_page(page: Page, x: float, y: float) -> Place:
    """Where millimetres lie on the page, in CSS pixels."""
    stage = page.locator(".stage").first
    box, view = stage.bounding_box(), stage.get_attribute("data-view")
    assert box is not None
    assert view is not None
    scale, left, top = (float(number) for number in view.split())
    return box["x"] + (x - left) * scale, box["y"] + (y - top) * scale


def drag(page: Page, start: Place, stop: Place) -> None:
    """Press, move in steps, let go."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*stop, steps=4)
    page.mouse.up()


def _sent(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    return [ARRAYS[value.dtype.name], base64.b64encode(value.tobytes()).decode()]
