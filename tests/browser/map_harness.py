"""A map in a browser without Streamlit: for pixels, pointers and keys. Data arrive as Streamlit hands them over."""

import base64
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from browser.harness import ADDRESS, PAGE
from PIL import Image
from playwright.sync_api import Browser, Page

from app.figures.theme import LIGHT
from app.map.scene import Points, State
from app.map.wire import marks_sent, paint_sent, points_sent
from app.script import script, style

WIDE, HIGH = 900, 500
Place = tuple[float, float]
TYPES = {"uint8": "Uint8Array", "uint16": "Uint16Array"}
MOUNT = """async ([code, courier, style]) => {
  const load = (text) => import(URL.createObjectURL(new Blob([text], {type: "text/javascript"})));
  [window.map, window.courier] = [await load(code), await load(courier)];
  window.touched = null;
  const root = document.getElementById("host").attachShadow({mode: "open"});
  root.append(Object.assign(document.createElement("style"), {textContent: style}));
  const table = ([type, text]) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const numbers = new globalThis[type](bytes.buffer);
    return {getChildAt: () => ({toArray: () => numbers})};
  };
  const setStateValue = (_, value) => { window.touched = value; window.times = (window.times ?? 0) + 1; };
  window.bring = (data) => {
    const unpacked = Object.fromEntries(Object.entries(data).map(([name, value]) =>
      [name, Array.isArray(value) ? table(value) : value]));
    if (data.part) window.courier.default({data: unpacked});
    else window.close = window.map.default({parentElement: root, data: unpacked, setStateValue});
  };
}"""


@contextmanager
def opened(browser: Browser) -> Iterator[Page]:
    """A page with the modules loaded; nothing may go wrong on it."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(10_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    body = PAGE.format(width=WIDE, background="white")
    page.route(f"{ADDRESS}**", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(ADDRESS)
    courier = (files("app.map") / "courier.js").read_text("utf-8")
    page.evaluate(MOUNT, [script("map"), courier, style("map")])
    yield page
    context.close()
    assert errors == []


def bring(page: Page, points: Points, state: State, parts: str = "points paint marks", key: str = "one") -> None:
    """Hand parts over in this order, and wait until what was drawn is seen."""
    sent = {
        "points": lambda: points_sent(points),
        "paint": lambda: {"part": "paint", **paint_sent(points, state, LIGHT, HIGH, False)},
        "marks": lambda: {"part": "marks", **marks_sent(points, state)},
    }
    for part in parts.split():
        told = {name: _sent(value) for name, value in sent[part]().items()}
        page.evaluate("(data) => window.bring(data)", {"key": key, **told})
    settle(page)


def settle(page: Page) -> None:
    """Wait for two frames."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def told(page: Page, test: str = "true") -> dict[str, Any]:
    """What Python was told, once a test in JavaScript of `touched` holds."""
    page.wait_for_function(f"() => {{ const touched = window.touched; return touched && ({test}); }}")
    return dict(page.evaluate("window.touched"))


def place_of(page: Page, x: float, y: float) -> Place:
    """Where map coordinates lie on the page, in CSS pixels."""
    [place] = places_of(page, [(x, y)])
    return place


def places_of(page: Page, corners: Iterable[tuple[float, float]]) -> list[Place]:
    """Where several map coordinates lie on the page, in CSS pixels."""
    stage = page.locator(".stage")
    box, view = stage.bounding_box(), stage.get_attribute("data-view")
    assert box is not None
    assert view is not None
    scale, middle_x, middle_y = map(float, view.split())
    left, top = box["x"] + WIDE / 2, box["y"] + HIGH / 2
    return [(left + (float(x) - middle_x) * scale, top - (float(y) - middle_y) * scale) for x, y in corners]


def scale_of(page: Page) -> float:
    """CSS pixels per unit of the map."""
    return float((page.locator(".stage").get_attribute("data-view") or "").split()[0])


def drag(page: Page, *places: Place) -> None:
    """Press at the first place, move over the others, let go."""
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()
    settle(page)


def picture(page: Page) -> npt.NDArray[np.uint8]:
    """[height, width, 3] of the page."""
    return np.asarray(Image.open(BytesIO(page.screenshot())).convert("RGB"))


def _sent(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    return [TYPES[value.dtype.name], base64.b64encode(value.tobytes()).decode()]
