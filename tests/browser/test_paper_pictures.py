"""The paper looks as it did, whatever the font; a moved or a lost lead is seen."""

import pytest
from browser.pictures import ALLOWED, FOLDER, differences, draw, pictures, read
from playwright.sync_api import Browser

from app.script import script

pytestmark = pytest.mark.xdist_group("browser")

PICTURES = pictures()


@pytest.mark.parametrize("name", PICTURES)
def test_it_looks_as_it_did(browser: Browser, name: str):
    picture = PICTURES[name]
    found = differences(draw(browser, picture), read(name), picture)
    assert max(found.values()) <= ALLOWED, found


def test_there_is_a_golden_of_each_picture_and_each_is_small():
    files = {path.stem: path.stat().st_size for path in FOLDER.glob("*.png")}
    assert set(files) == set(PICTURES)
    assert max(files.values()) <= 60_000


@pytest.mark.parametrize("name", ["3x4+1", "12x1", "dark"])
def test_another_font_passes(browser: Browser, name: str):
    other = script("paper").replace('const FAMILY = "system-ui', 'const FAMILY = "serif')
    assert other != script("paper")
    picture = PICTURES[name]
    found = differences(draw(browser, picture, other), read(name), picture)
    assert max(found.values()) <= ALLOWED, found


@pytest.mark.parametrize("name", ["3x4+1", "12x1", "dark", "marks"])
def test_a_lead_moved_by_a_millimetre_fails(browser: Browser, name: str):
    picture = PICTURES[name]
    moved = script("paper").replace(
        "const zero = brush.y(cell.middle)", 'const zero = brush.y(cell.middle + (cell.label === "V2" ? 1 : 0))'
    )
    assert moved != script("paper")
    found = differences(draw(browser, picture, moved), read(name), picture)
    assert max(found, key=lambda cell: found[cell]).endswith("V2")
    assert max(found.values()) > ALLOWED, found


def test_a_lost_lead_fails(browser: Browser):
    picture = PICTURES["3x4+1"]
    gone = script("paper").replace("for (const cell of sheet.cells) {\n    ctx.beginPath();", (
        'for (const cell of sheet.cells) {\n    if (cell.label === "V3") continue;\n    ctx.beginPath();'
    ))  # fmt: skip
    assert gone != script("paper")
    found = differences(draw(browser, picture, gone), read("3x4+1"), picture)
    assert max(found.values()) > ALLOWED, found
