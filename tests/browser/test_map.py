"""The map under mouse and keys, linked with table, ECG and address, in a real browser."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from browser.opener import Opener
from places import ROOT, SAMPLES
from playwright.sync_api import Locator, Page, expect

import ecgfm_core as ecg
from ecgfm_core import analysis
from ecgfm_core.types import Map

pytestmark = pytest.mark.xdist_group("browser")

COHORT = ecg.open_cohort(ROOT / "data_samples" / "cohort")
DRAWN: Map = analysis.load_map(COHORT, analysis.list_maps(COHORT)[0].name)
PAPER = "[role=application][aria-label^='ECG paper']"
STAGE = "[role=application][aria-label^='Map of']"

ToScreen = Callable[[np.ndarray], np.ndarray]


def opened(open_page: Opener, **address: str) -> Page:
    page = open_page("/map?" + "&".join(f"{name}={value}" for name, value in address.items()))
    expect(page.locator(STAGE)).to_be_visible()
    return page


def stage_of(page: Page) -> tuple[Locator, ToScreen]:
    """The map, and where on the page its coordinates lie."""
    stage = page.locator(STAGE)
    stage.scroll_into_view_if_needed()
    box, view = stage.bounding_box(), stage.get_attribute("data-view")
    assert box is not None
    assert view is not None
    scale, *middle = map(float, view.split())
    center = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    return stage, lambda xy: center + (xy - middle) * np.array([scale, -scale])


def digest_of(id: str) -> str:
    """How the address names a recording."""
    return COHORT.digests[COHORT.row_of[id]][:16]


def lonely(count: int = 1) -> list[int]:
    """Points that are far from all others, so that a click means one of them."""
    apart = ((DRAWN.xy[:, None] - DRAWN.xy[None]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    return np.argsort(-apart.min(axis=1))[:count].tolist()


def test_a_click_shows_the_ecg_of_that_very_point(open_page: Opener):
    page = opened(open_page)
    _, to_screen = stage_of(page)
    for point in lonely(2):
        page.mouse.click(*to_screen(DRAWN.xy[point]))
        expect(page).to_have_url(re.compile(f"id={digest_of(DRAWN.ids[point])}"))
        expect(page.locator(f"{PAPER[:-1]}][aria-label*='{DRAWN.ids[point]}']")).to_be_visible()


def test_a_lasso_selects_what_lies_within_and_survives_another_color_and_page(open_page: Opener):
    page = opened(open_page)
    stage, to_screen = stage_of(page)
    stage.focus()
    page.keyboard.press("l")
    middle = DRAWN.xy[lonely()[0]]
    reach = 0.35 * (DRAWN.xy.max(axis=0) - DRAWN.xy.min(axis=0)).min()
    corners = middle + reach * np.array([[np.cos(t), np.sin(t)] for t in np.linspace(0, 2 * np.pi, 40)])
    page.mouse.move(*to_screen(corners[0]))
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*to_screen(corner))
    page.mouse.up()
    inside = int(analysis.inside_polygon(DRAWN.xy, corners.astype(np.float32)).sum())
    expect(page.get_by_text("recordings selected")).to_be_visible()
    told = int(re.sub(r"\D", "", page.get_by_text("recordings selected").inner_text().partition(" ")[0]))
    assert abs(told - inside) <= 1  # a pixel's rounding at the rim
    assert told > 3
    expect(page).to_have_url(re.compile("lasso="))
    other = open_page(re.sub(r"^\w+://[^/]+", "", page.url))
    expect(other.get_by_text("recordings selected")).to_contain_text(str(told))
    page.get_by_role("link", name="Metrics").click()
    expect(page.get_by_text("Macro AUROC")).to_be_visible()
    page.get_by_role("link", name="Map").click()
    expect(page.get_by_text("recordings selected")).to_contain_text(str(told))
    expect(page.get_by_text(re.compile(rf"^{told} (of|selected)")).first).to_be_visible()
    stage_of(page)[0].focus()
    page.keyboard.press("Escape")
    expect(page.get_by_text("recordings of the cohort")).to_be_visible()


def test_a_row_of_the_table_chooses_the_point(open_page: Opener):
    page = opened(open_page)
    table = page.locator("[data-testid=stDataFrame]").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 18, box["y"] + 35 * 3 + 17)  # the box before the third row
    expect(page).to_have_url(re.compile(f"id={COHORT.digests[2][:16]}"))
    expect(page.locator(f"{PAPER[:-1]}][aria-label*='{COHORT.ids[2]}']")).to_be_visible()


def test_resting_on_a_point_shows_lead_ii_and_what_is_known(open_page: Opener):
    page = opened(open_page)
    _, to_screen = stage_of(page)
    point = lonely()[0]
    x, y = to_screen(DRAWN.xy[point])
    page.mouse.move(x - 3, y - 3)
    page.mouse.move(x, y)
    card = page.locator(".map .card")
    expect(card).to_be_visible()
    expect(card).to_contain_text(DRAWN.ids[point])
    expect(card.locator("canvas")).to_be_visible()
    page.mouse.move(x, y - 300)
    expect(card).to_be_hidden()


def test_the_map_is_walked_by_keys(open_page: Opener):
    page = opened(open_page, id=digest_of(DRAWN.ids[lonely()[0]]))
    stage, _ = stage_of(page)
    expect(page.locator(PAPER)).to_be_visible()
    stage.focus()
    before = page.url
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(before)


def test_a_second_look_finds_the_map_as_it_was_left(open_page: Opener):
    page = opened(open_page)
    stage, _ = stage_of(page)
    stage.focus()
    view = stage.get_attribute("data-view")
    for _ in range(4):
        page.keyboard.press("+")
        expect(stage).not_to_have_attribute("data-view", view or "")  # it is drawn with the next picture
        view = stage.get_attribute("data-view")
    page.get_by_role("link", name="Model").click()
    expect(page.get_by_text("17 labels", exact=True)).to_be_visible()
    page.get_by_role("link", name="Map").click()
    expect(page.locator(STAGE)).to_have_attribute("data-view", view or "")


def test_an_uploaded_ecg_is_a_star_among_its_neighbors(open_page: Opener):
    page = open_page("/")
    files = [str(SAMPLES / f"lbbb.{ending}") for ending in ("hea", "dat")]
    page.locator("input[type=file]").set_input_files(files)
    expect(page.locator("[role=application][aria-label*='lbbb']")).to_be_visible()
    page.get_by_role("link", name="Map").click()
    expect(page.locator(STAGE)).to_be_visible()
    expect(page.get_by_text("is placed among its 15 nearest by embedding")).to_be_visible()
    assert "lbbb" not in page.url
