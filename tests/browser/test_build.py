"""Making a cohort on a served page, from dropped files to its map."""

import os
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browser.served import served
from places import SAMPLES
from playwright.sync_api import Browser, Page, expect

import ecgfm_core as ecg

pytestmark = pytest.mark.xdist_group("browser")

SLOW_MS = 240_000


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with inputs: a zip of three recordings of which one is broken, and a table of labels."""
    root = tmp_path_factory.mktemp("build")
    with zipfile.ZipFile(root / "ward.zip", "w") as file:
        for name in ("af.hea", "af.dat", "lbbb.hea", "lbbb.dat"):
            file.write(SAMPLES / name, name)
        file.writestr("letter.csv", "dear colleague\n")
    (root / "labels.csv").write_text("id,ward,Atrial fibrillation\naf,7,1\nlbbb,8,0\n")
    return root


@contextmanager
def serving(places: Path) -> Iterator[str]:
    environment = {
        **os.environ, "ECGFM_COHORTS": str(places / "cohorts"), "ECGFM_DATA": str(places / "data"),
        "ECGFM_CACHE": str(places), "ECGFM_DEVICE": "cpu",
    }  # fmt: skip
    with served([sys.executable, "-m", "app.cli", "app"], "--port", environment, places / "log.txt") as address:
        yield address


@pytest.fixture(scope="module")
def address(places: Path) -> Iterator[str]:
    with serving(places) as address:
        yield address


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Callable[[str], Page]]:
    contexts = []

    def opener(path: str) -> Page:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 720}))
        page = contexts[-1].new_page()
        page.goto(address + path)
        return page

    yield opener
    for context in contexts:
        context.close()


def test_a_dropped_zip_becomes_a_cohort_and_leads_to_its_map(opened: Callable[[str], Page], places: Path):
    page = opened("/map")
    expect(page.get_by_role("combobox", name=re.compile("Cohort"))).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("link", name="Build").click()
    inputs = page.locator("input[type=file]")
    expect(inputs).to_have_count(2)
    for number, name in enumerate(("ward.zip", "labels.csv")):
        inputs.nth(number).set_input_files(str(places / name))
        expect(page.get_by_text(name)).to_be_visible(timeout=SLOW_MS)  # as a person waits for it
    page.get_by_label("Title").fill("Ward <7> *")
    page.get_by_role("button", name="Make the cohort").click()
    expect(page.get_by_text("2 added, 0 were there, 1 failed")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_text("Not taken in: 1")).to_be_visible()
    page.get_by_role("button", name="Open the map").click()
    expect(page).to_have_url(re.compile(r"/map\?.*cohort=[0-9a-f]{10}"))
    expect(page.get_by_text("This cohort has no map yet")).to_be_visible()
    expect(page.get_by_role("combobox", name=re.compile("Cohort"))).to_have_value("Ward <7> * (2)")
    made = next(cohort for cohort in map(ecg.open_cohort, (places / "cohorts").iterdir()) if len(cohort) == 2)
    assert made.title == "Ward <7> *"
    assert list(made.table["ward"]) == [7.0, 8.0]
    assert list(made.table["Atrial fibrillation"]) == [1.0, 0.0]
