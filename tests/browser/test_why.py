"""From a probability to what it rests on, and to whether to believe it, in a real browser."""

import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from browser.opener import Opener
from PIL import Image
from places import SAMPLES
from playwright.sync_api import Locator, Page, expect

import ecgfm_core as ecg

pytestmark = pytest.mark.xdist_group("browser")

PAPER = "[role=application][aria-label^='ECG paper']"
SLOW_MS = 180_000  # the process that explains loads torch first, beside other work


def tinted(paper: Locator) -> int:
    """Pixels in the color of what speaks for a label, which nothing else on the paper has."""
    pixels = np.array(Image.open(BytesIO(paper.screenshot())).convert("RGB")).astype(int)
    red, green, blue = np.moveaxis(pixels, 2, 0)
    return int(((green - blue > 25) & (red > green)).sum())


def ask_why(page: Page, label: str) -> None:
    """Click the word in the row of a label; a chart takes clicks itself, by their place."""
    rows = page.locator("[aria-label*='Probabilities of']")
    expect(rows.get_by_text("why?").first).to_be_visible()
    rows.get_by_text("why?").first.scroll_into_view_if_needed()
    name, word = rows.get_by_text(label, exact=True).bounding_box(), rows.get_by_text("why?").first.bounding_box()
    assert name is not None
    assert word is not None
    page.mouse.click(word["x"] + word["width"] / 2, name["y"] + name["height"] / 2)


def uploaded(open_page: Opener, tmp_path: Path) -> Page:
    """A patient's own file, of a name that must not get into any address."""
    page = open_page("/")
    header = (SAMPLES / "lbbb.hea").read_text().replace("lbbb", "mrs_doe")
    (tmp_path / "mrs_doe.hea").write_text(header)
    (tmp_path / "mrs_doe.dat").write_bytes((SAMPLES / "lbbb.dat").read_bytes())
    page.locator("input[type=file]").set_input_files([str(tmp_path / f"mrs_doe.{end}") for end in ("hea", "dat")])
    expect(page.locator("[role=application][aria-label*='mrs_doe']")).to_be_visible()
    return page


def test_from_a_probability_to_its_map_on_the_paper_and_to_the_check(open_page: Opener, tmp_path: Path):
    page = uploaded(open_page, tmp_path)
    ask_why(page, "LBBB")
    expect(page).to_have_url(re.compile(r"/explain\?.*label=Left"))
    expect(page.get_by_text("lies in")).to_be_visible(timeout=SLOW_MS)
    paper = page.locator(PAPER)
    expect(page.locator("[role=application][aria-label*='mrs_doe']")).to_be_visible()
    assert "doe" not in page.url
    page.wait_for_function("(paper) => Number(paper.dataset.draws) > 0", arg=paper.element_handle())
    assert tinted(paper) > 300
    page.get_by_role("tab", name="Whether to believe it").click()
    page.get_by_role("button", name="Check this map").click()
    verdict = page.locator("[data-testid=stAlert]").filter(has_text="etter than random:")
    expect(verdict).to_be_visible(timeout=SLOW_MS)
    if "Not better" in verdict.inner_text():
        expect(paper).to_have_attribute("data-draws", re.compile("[2-9]"))
        assert tinted(paper) == 0
    else:
        assert tinted(paper) > 300
    page.get_by_role("link", name="Read").click()
    expect(page.locator("[role=application][aria-label*='mrs_doe']")).to_be_visible()  # nothing leads back by itself
    expect(page).to_have_url(re.compile(r"/(read)?(\?|$)"))


def test_an_ecg_of_the_map_is_explained(open_page: Opener):
    cohort = ecg.open_cohort(SAMPLES / "cohort")
    page = open_page(f"/map?cohort=sample&id={cohort.digests[4][:16]}")
    page.get_by_role("button", name="Explain").click()
    expect(page).to_have_url(re.compile(rf"/explain\?.*id={cohort.digests[4][:16]}"))
    expect(page.locator(f"{PAPER[:-1]}][aria-label*='{cohort.ids[4]}']")).to_be_visible()
    expect(page.get_by_text("From the cohort")).to_be_visible()
    expect(page.get_by_text("lies in")).to_be_visible(timeout=SLOW_MS)


def test_a_long_check_is_canceled_half_way_while_another_session_goes_on(open_page: Opener):
    page = open_page("/explain?sample=af&label=Atrial+fibrillation&method=occlusion")
    expect(page.get_by_text("lies in")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("tab", name="Whether to believe it").click()
    page.get_by_role("button", name="Check this map").click()  # minutes
    expect(page.get_by_text("steps of the check")).to_be_visible(timeout=SLOW_MS)
    other = open_page("/?sample=lbbb")
    expect(other.locator("[aria-label*='Probabilities of lbbb']")).to_be_visible()
    expect(page.get_by_text("steps of the check")).to_be_visible()
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_text("Canceled.")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("button", name="Check this map")).to_be_visible()
    ask_why(other, "LBBB")
    expect(other.get_by_text("lies in")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_text("lies in")).to_be_visible()  # the map that was there is kept
