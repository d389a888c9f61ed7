"""Recordings made for their geometry, and exports read back into millimetres by readers that did not write them."""

import re
import xml.etree.ElementTree as ET
from ctypes import byref, c_float
from io import BytesIO

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from app.figures.drawing import Stamp
from app.figures.sheet import Setup, Sheet, Shown, lay_out
from app.figures.theme import LIGHT
from ecgfm_core.leads import LEADS

SVG = "{http://www.w3.org/2000/svg}"
FS = 500.0
STAMP = Stamp("2026-01-02 03:04 UTC", "0123456789abcdef", "0.0.0")


def spikes() -> np.ndarray:
    """[12, 5000] mV: one sample of 1 mV every second, from 0.5 s on."""
    signal = np.zeros((12, 5000), np.float32)
    signal[:, 250::500] = 1.0
    return signal


def steps() -> np.ndarray:
    """[12, 5000] mV: 0 and 1 mV by turns, changing at 0.5 s, 1.5 s, ..."""
    return np.tile((np.arange(5000) + 250) // 500 % 2, (12, 1)).astype(np.float32)


def shown(signal: np.ndarray | None = None, **options: object) -> Shown:
    """What is drawn: the spikes at 500 Hz in mV, unless said otherwise."""
    return Shown(
        **{"signal": spikes() if signal is None else signal, "fs": FS, "unit": "mV", "name": "test", **options}
    )


def sheet(what: Shown | None = None, *, start_s: float = 0.0, **setup: object) -> Sheet:
    return lay_out(what or shown(), Setup(**setup), start_s=start_s)


def svg_lines(text: str) -> list[tuple[str, np.ndarray]]:
    """Name and points in mm of each polyline with a name."""
    paths = [path for path in ET.fromstring(text).iter(f"{SVG}path") if "data-lead" in path.attrib]
    return [(path.attrib["data-lead"], _points(path)) for path in paths]


def _points(path: ET.Element) -> np.ndarray:
    scale = float(re.fullmatch(r"scale\((.*)\)", path.attrib["transform"])[1])
    start, _, moves = path.attrib["d"].removeprefix("M").partition("l")
    steps = np.array(moves.split(), float).reshape(-1, 2)
    return np.vstack([np.array(start.split(), float), steps]).cumsum(axis=0).T * scale


def pdf_pages(content: bytes) -> list[tuple[tuple[float, float], list[np.ndarray], str]]:
    """Of each page: its size in mm, the points in mm of each line in the color of traces, and its text."""
    document = pypdfium2.PdfDocument(content)
    pages = []
    for page in document:
        width, height = page.get_size()
        found = [_pdf_points(one.raw, height) for one in page.get_objects() if _is_trace(one.raw)]
        pages.append(((_mm(width), _mm(height)), found, page.get_textpage().get_text_range()))
    document.close()
    return pages


def _is_trace(one: object) -> bool:
    red, green, blue, alpha = ((pdfium.c_uint)() for _ in range(4))
    if pdfium.FPDFPageObj_GetType(one) != pdfium.FPDF_PAGEOBJ_PATH:
        return False
    pdfium.FPDFPageObj_GetStrokeColor(one, byref(red), byref(green), byref(blue), byref(alpha))
    return bytes((red.value, green.value, blue.value)).hex() == LIGHT.trace[1:]


def _pdf_points(one: object, page_height: float) -> np.ndarray:
    """[2, n] in mm from the page's left upper corner."""
    matrix, points = pdfium.FS_MATRIX(), []
    pdfium.FPDFPageObj_GetMatrix(one, byref(matrix))
    for number in range(pdfium.FPDFPath_CountSegments(one)):
        x, y = c_float(), c_float()
        pdfium.FPDFPathSegment_GetPoint(pdfium.FPDFPath_GetPathSegment(one, number), byref(x), byref(y))
        points.append((matrix.a * x.value + matrix.c * y.value + matrix.e,
                       page_height - (matrix.b * x.value + matrix.d * y.value + matrix.f)))  # fmt: skip
    return _mm(np.array(points).T)


def _mm(points: float | np.ndarray) -> float | np.ndarray:
    return points / 72 * 25.4


def png_pixels(content: bytes) -> tuple[np.ndarray, float]:
    """[height, width] whether a pixel is as dark as a trace, and mm a pixel as the file states it."""
    image = Image.open(BytesIO(content))
    dots = image.info["dpi"]
    assert dots[0] == dots[1]
    return np.asarray(image.convert("L")) < 110, 25.4 / dots[0]


def lead_rows(signal: np.ndarray, lead: str) -> np.ndarray:
    """[12, S] with the signal in one lead only."""
    alone = np.zeros_like(signal)
    alone[LEADS.index(lead)] = signal[LEADS.index(lead)]
    return alone
