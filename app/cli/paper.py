"""The command that puts recordings on paper: PDF, SVG or PNG."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import ecgfm_core as ecg
from app.cli import common
from app.figures.sheet import Setup, lay_out
from ecgfm_core.errors import EcgfmError
from ecgfm_core.leads import LEADS, arrange
from ecgfm_core.types import Record

if TYPE_CHECKING:
    from app.figures.sheet import Sheet, Shown

ENDINGS = (".pdf", ".svg", ".png")


class StartBeyondEnd(EcgfmError):
    """The sheet is to begin where the recording is over."""


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare it."""
    sub = commands.add_parser("paper", help=paper.__doc__, description=paper.__doc__)
    sub.set_defaults(command=paper)
    sub.add_argument("files", nargs="+", metavar="FILE")
    sub.add_argument("-o", "--output", type=_output, required=True, metavar="OUT", help="a .pdf, .svg or .png")
    sub.add_argument("--layout", choices=["3x4+1", "3x4+3", "6x2", "12x1"], default="3x4+1", help="3x4+1 by default")
    sub.add_argument("--cabrera", action="store_true", help="limb leads in Cabrera's order, with -aVR")
    sub.add_argument("--simultaneous", action="store_true", help="every column begins at the sheet's start")
    sub.add_argument("--rhythm", choices=LEADS, default="II", help="lead of the first rhythm strip; II by default")
    sub.add_argument("--speed", type=float, choices=[25.0, 50.0], default=25.0, help="mm/s; 25 by default")
    sub.add_argument("--gain", type=float, choices=[5.0, 10.0, 20.0], default=10.0, help="mm/mV; 10 by default")
    sub.add_argument("--half", choices=["limb", "precordial"], default="none", help="leads at half the gain")
    sub.add_argument("--start", type=float, default=0.0, metavar="S", help="s where the sheet begins; 0 by default")
    sub.add_argument("--filter", action="append", dest="filters", default=[], help="may be given several times",
                     choices=["baseline", "mains50", "mains60", "muscle"])  # fmt: skip
    common.add_facts(sub)


def paper(options: argparse.Namespace) -> int:
    """Draw ECGs on true paper: each recording a page of the PDF, or one recording as SVG or PNG."""
    if {"mains50", "mains60"} <= set(options.filters):
        common.talk("mains50 and mains60 exclude each other. Choose the one of the country of the recording.")
        return common.USAGE
    records, failed = _read(options)
    pages = []
    for record in records:
        try:
            pages.append(_laid_out(record, options))
        except EcgfmError as error:
            common.talk(str(error))
            failed = True
    if len(pages) > 1 and options.output.suffix.lower() != ".pdf":
        common.talk(f"{len(pages)} recordings do not fit into one {options.output.suffix} picture. Write a .pdf.")
        return common.USAGE
    if pages:
        common.write_whole(options.output, _drawn(pages, options.output.suffix.lower()))
        common.talk(f"{options.output}: written, {len(pages)} page{'s' if len(pages) > 1 else ''}")
    return common.INPUT_AT_FAULT if failed else common.DONE


def _read(options: argparse.Namespace) -> tuple[list[Record], bool]:
    """All recordings that can be read, and whether any cannot; of each of these it is said why."""
    records, failed = [], False
    for reading in ecg.read_each(options.files, common.facts(options)):
        if reading.record is None:
            common.talk(str(reading.error))
            failed = True
        else:
            records.append(reading.record)
    return records, failed


def _laid_out(record: Record, options: argparse.Namespace) -> tuple[Sheet, Shown]:
    from app.figures.filters import Filters, shown  # scipy.signal is slow to import

    if not 0 <= options.start < record.duration_s:
        raise StartBeyondEnd(
            f"{record.name}: the sheet is to begin at {options.start:g} s and the recording lasts "
            f"{record.duration_s:.2f} s. Choose a start from 0 to its end."
        )
    signal, _ = arrange(record.signal, record.leads, one_scale=record.unit is not None, name=record.name)
    chosen = set(options.filters)
    filters = Filters(
        baseline="baseline" in chosen,
        mains_hz=50 if "mains50" in chosen else 60 if "mains60" in chosen else 0,
        muscle="muscle" in chosen,
    )
    setup = Setup(
        options.layout, options.cabrera, options.simultaneous, options.rhythm, options.speed, options.gain, options.half
    )
    drawn = shown(signal, record.fs, record.unit, record.name, filters, options.start)
    return lay_out(drawn, setup, start_s=options.start), drawn


def _drawn(pages: list[tuple[Sheet, Shown]], ending: str) -> bytes:
    from app.figures import pdf, svg  # reportlab and pdfium are slow to import
    from app.figures.drawing import Stamp, draw

    stamp = Stamp(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", None, ecg.__version__)
    if ending == ".pdf":
        return pdf.bind([draw(sheet, drawn, pdf.PRINTED, stamp=stamp) for sheet, drawn in pages])
    ((sheet, drawn),) = pages
    if ending == ".svg":
        return svg.to_svg(sheet, drawn, pdf.PRINTED, stamp=stamp).encode()
    return pdf.to_png(sheet, drawn, pdf.PRINTED, stamp)


def _output(text: str) -> Path:
    return common.output(text, ENDINGS)
