"""PDF and PNG, read back by PDFium and by their pixels: true size, whole, and robust against names."""

import re

import numpy as np
import pypdfium2
import pytest
from unit.drawn import STAMP, lead_rows, pdf_pages, png_pixels, sheet, shown, steps

from app.figures.drawing import draw
from app.figures.lettering import fit, set_in, width
from app.figures.pdf import PRINTED, bind, to_pdf, to_png
from app.figures.sheet import trace

NAMES = ["Иванов Пётр", "Ελένη", "张三", "شريف", "a\0b\n\x1b\u202ec", "\ud800", "🫀.hea", "(\\)) Tj ET", "x" * 4000, ""]


def page_of(content: bytes):
    (page,) = pdf_pages(content)
    return page


@pytest.mark.parametrize(("speed", "gain"), [(25, 10), (50, 10), (25, 5), (25, 20)])
def test_the_pdf_is_true_to_a_tenth_of_a_millimetre(speed: float, gain: float):
    what = shown(steps())
    made = sheet(what, mm_per_s=speed, mm_per_mv=gain)
    _, lines, _ = page_of(to_pdf(made, what, PRINTED, STAMP))
    pulses, traces = lines[: len(made.pulses)], lines[len(made.pulses) :]
    assert len(traces) == 13
    for pulse in pulses:
        assert np.ptp(pulse[1]) == pytest.approx(gain, abs=0.1)
        assert np.ptp(pulse[0][pulse[1] < pulse[1].min() + 0.01]) == pytest.approx(0.2 * speed, abs=0.1)
    for x, y in traces:
        assert np.ptp(y) == pytest.approx(gain, abs=0.1)
        np.testing.assert_allclose(np.diff(x[np.flatnonzero(np.abs(np.diff(y)) > 1)]), speed, atol=0.1)


def test_the_pdf_halves_what_is_halved():
    what = shown(steps())
    made = sheet(what, layout="6x2", halved="limb")
    _, lines, _ = page_of(to_pdf(made, what, PRINTED, STAMP))
    heights = [np.ptp(points[1]) for points in lines[6:]]
    np.testing.assert_allclose(heights, [5.0, 10.0] * 6, atol=0.1)


def test_the_pdf_draws_every_sample_of_every_lead():
    what = shown(np.random.default_rng(0).normal(0, 0.3, (12, 5000)))
    made = sheet(what, layout="12x1")
    size, lines, _ = page_of(to_pdf(made, what, PRINTED, STAMP))
    corner = [[(size[0] - made.width) / 2], [(size[1] - made.height - 5.0) / 2]]
    for cell, points in zip(made.cells, lines[12:], strict=True):
        np.testing.assert_allclose(points, trace(cell, what, 25.0) + corner, atol=0.01)


def test_pages_are_a4_or_as_large_as_the_sheet_needs():
    assert page_of(to_pdf(sheet(), shown(), PRINTED, STAMP))[0] == pytest.approx((297, 210), abs=0.01)
    fast = sheet(mm_per_s=50.0)
    size = page_of(to_pdf(fast, shown(), PRINTED, STAMP))[0]
    assert size == pytest.approx((fast.width + 20, fast.height + 5 + 20), abs=0.01)


def test_the_pdf_says_what_it_shows_and_does_not_ask_to_be_scaled():
    what = shown(filters="baseline 0.5 Hz")
    content = to_pdf(sheet(what), what, PRINTED, STAMP)
    text = page_of(content)[2]
    for said in ("test", "exported 2026-01-02 03:04 UTC", "encoder 01234567", "25 mm/s", "10 mm/mV", "baseline 0.5 Hz",
                 "research and teaching only", "aVR", "V6"):  # fmt: skip
        assert said in text
    assert b"/PrintScaling /None" in content
    metadata = pypdfium2.PdfDocument(content).get_metadata_dict()
    assert metadata["Title"] == "test"
    assert metadata["Author"] == ""


def test_the_same_export_has_the_same_bytes():
    what = shown(name="Иванов")
    once, again = (to_pdf(sheet(what), what, PRINTED, STAMP) for _ in range(2))
    assert once == again


def test_several_recordings_are_as_many_pages():
    drawings = [draw(sheet(what), what, PRINTED, stamp=STAMP) for what in (shown(name="one"), shown(name="two"))]
    pages = pdf_pages(bind(drawings))
    assert ["one" in pages[0][2], "two" in pages[1][2]] == [True, True]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_no_name_breaks_an_export_or_leaves_the_paper(name: str):
    what = shown(name=name)
    made = sheet(what, large=True)
    content = to_pdf(made, what, PRINTED, STAMP)
    assert "25 mm/s" in page_of(content)[2]
    document = pypdfium2.PdfDocument(content)
    texts = [one.get_bounds() for one in document[0].get_objects() if one.type == pypdfium2.raw.FPDF_PAGEOBJ_TEXT]
    assert max(right for _, _, right, _ in texts) / 72 * 25.4 < 297 - 13.5
    document.close()
    assert to_png(made, what, PRINTED, STAMP).startswith(b"\x89PNG")


def test_letters_that_no_font_has_are_written_as_numbers():
    assert set_in("Müller, 5 µV", bold=False) == ("Helvetica", "Müller, 5 µV")
    assert set_in("Иванов", bold=True) == ("DejaVuSans-Bold", "Иванов")
    assert set_in("张3", bold=False) == ("DejaVuSans", "[U+5F20]3")
    what = shown(name="Иванов")
    assert "Иванов" in page_of(to_pdf(sheet(what), what, PRINTED, STAMP))[2]


def test_text_that_is_too_long_gets_smaller_and_then_loses_its_middle():
    assert fit("short", 4.0, 100.0) == ("short", 4.0)
    room = 0.8 * width("a name", 4.0)
    text, size = fit("a name", 4.0, room)
    assert (text, size) == ("a name", pytest.approx(3.2))
    text, size = fit("begin" + "x" * 3000 + "end", 4.0, 100.0)
    assert re.fullmatch(r"beginx+\.\.\.x+end", text)
    assert 80 < width(text, size) <= 100


@pytest.mark.parametrize(("speed", "gain"), [(25, 10), (50, 10), (25, 5)])
def test_the_png_is_true_to_a_tenth_of_a_millimetre(speed: float, gain: float):
    what = shown(lead_rows(steps(), "II"))
    made = sheet(what, mm_per_s=speed, mm_per_mv=gain)
    dark, pixel = png_pixels(to_png(made, what, PRINTED, STAMP))
    assert pixel == pytest.approx(25.4 / 300, rel=1e-3)
    height, wide = dark.shape
    left, top = (wide * pixel - made.width) / 2, (height * pixel - made.height - 5.0) / 2
    cell = made.cells[-1]
    rows = slice(round((top + cell.top) / pixel), round((top + cell.bottom) / pixel))
    columns = slice(round((left + cell.x + 12) / pixel), round((left + cell.x + cell.width) / pixel))
    strip = dark[rows, columns]
    along = strip.sum(axis=1)
    high, low = _middles(np.flatnonzero(along > 0.3 * along.max())) * pixel
    assert low - high == pytest.approx(gain, abs=0.1)
    changes = _middles(np.flatnonzero(strip.sum(axis=0) > 0.7 * gain / pixel)) * pixel
    np.testing.assert_allclose(np.diff(changes), speed, atol=0.1)
    assert len(changes) >= 9


def _middles(found: np.ndarray) -> np.ndarray:
    """The middle of each run of neighbors."""
    return np.array([run.mean() for run in np.split(found, np.flatnonzero(np.diff(found) > 3) + 1)])


def test_the_png_is_the_pdf():
    what = shown()
    content = to_pdf(sheet(what), what, PRINTED, STAMP)
    document = pypdfium2.PdfDocument(content)
    rendered = np.asarray(document[0].render(scale=300 / 72).to_pil().convert("L")) < 110
    document.close()
    np.testing.assert_array_equal(png_pixels(to_png(sheet(what), what, PRINTED, STAMP))[0], rendered)
