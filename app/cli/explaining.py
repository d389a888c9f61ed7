"""The command that says what a score rests on."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

import ecgfm_core as ecg
from app.cli import common
from app.figures.saliency import Look, saliency_overlay
from app.figures.sheet import Setup, lay_out
from ecgfm_core.errors import EcgfmError, NoLabels
from ecgfm_core.leads import LEADS, arrange
from ecgfm_core.types import ExplainMethod

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecgfm_core.types import Check, Record, Saliency

ENDINGS = (".json", ".npz", ".pdf")
_METHODS = get_args(ExplainMethod)
_QUICK: tuple[ExplainMethod, ...] = ("relevance", "gradient_x_input", "attention")
"""With which a map that is checked is compared."""


class SeveralRecordings(EcgfmError):
    """One map belongs to one recording."""


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare it."""
    sub = commands.add_parser("explain", help=explain.__doc__, description=explain.__doc__)
    sub.set_defaults(command=explain)
    sub.add_argument("file", metavar="FILE")
    sub.add_argument("--label", required=True, metavar="L", help="by its name, as predict gives it")
    sub.add_argument("--vs", metavar="L2", help="why L rather than L2")
    sub.add_argument("--method", choices=_METHODS, default="relevance", help="relevance by default")
    sub.add_argument("-o", "--output", type=_output, required=True, metavar="OUT", help="a .json, .npz or .pdf")
    sub.add_argument("--check", action="store_true", help="whether to believe the map: seconds to minutes")
    common.add_facts(sub)
    common.add_encoder(sub)


def explain(options: argparse.Namespace) -> int:
    """Say what a label's score rests on: a map over the samples, as numbers or on paper."""
    from ecgfm_core.analysis import Contrast, in_words

    record = _one_recording(options)
    encoder, windows, beats = common.encoder(options), ecg.to_windows(record), ecg.measure(record).beats
    target = Contrast(options.label, options.vs) if options.vs else options.label
    try:
        found = ecg.explain(windows, encoder, target, method=options.method, beats=beats, progress=_telling())
    except NoLabels as error:
        common.talk(str(error))
        return common.USAGE
    common.talk(in_words(found, beats))
    card = None
    if options.check:
        others = [
            ecg.explain(windows, encoder, target, method=one, beats=beats) for one in _QUICK if one != options.method
        ]
        card = ecg.check(found, windows, encoder, target, beats=beats, others=others, progress=_telling())
        common.talk(card.verdict)
    common.write_whole(options.output, _content(options.output.suffix.lower(), record, found, card))
    common.talk(f"{options.output}: written")
    return common.DONE


def _telling() -> Callable[[int, int], None]:
    due = common.now_and_then()

    def tell(done: int, total: int) -> None:
        if due():
            common.talk(f"{done:,} of {total:,} steps")

    return tell


def _one_recording(options: argparse.Namespace) -> Record:
    found = list(ecg.read_each([options.file], common.facts(options)))
    for reading in found:
        if reading.error is not None:
            raise reading.error
    if len(found) != 1 or found[0].record is None:
        raise SeveralRecordings(f"{Path(options.file).name}: one recording is needed, and it holds {len(found)}.")
    return found[0].record


def _content(ending: str, record: Record, found: Saliency, card: Check | None) -> bytes:
    if ending == ".pdf":
        return _page(record, found, card)
    checked = None if card is None else _told(card)
    facts = {
        "target": found.target, "method": found.method, "unit": found.unit, "per_lead": found.per_lead,
        "resolution_s": found.resolution_s if np.isfinite(found.resolution_s) else None,
        "class_specific": found.class_specific, "source": found.source, "encoder": found.encoder, "leads": list(LEADS),
    }  # fmt: skip
    arrays = {
        "values": found.values, "starts_s": found.starts_s, "gap": found.gap, "standard_error": found.standard_error
    }  # fmt: skip
    if ending == ".json":
        listed = {name: None if array is None else array.tolist() for name, array in arrays.items()}
        return json.dumps({"file": record.name, **facts, **listed, "check": checked}).encode()
    packed = BytesIO()
    every = {**facts, **arrays, "check": None if checked is None else json.dumps(checked)}
    there: dict[str, Any] = {name: np.array(value) for name, value in every.items() if value is not None}
    np.savez_compressed(packed, **there)
    return packed.getvalue()


def _told(card: Check) -> dict[str, object]:
    """The check card as JSON takes it; a correlation that does not exist is null."""
    correlations = [[None if np.isnan(one) else float(one) for one in row] for row in card.agreement.correlations]
    return {
        "deletion": asdict(card.deletion), "insertion": asdict(card.insertion), "random": asdict(card.random),
        "shuffled": None if card.shuffled is None else asdict(card.shuffled),
        "randomization": [asdict(stage) for stage in card.randomization],
        "randomization_correlation": card.randomization_correlation,
        "agreement": {"methods": list(card.agreement.methods), "correlations": correlations},
        "energy": None if card.energy is None else asdict(card.energy), "stability": asdict(card.stability),
        "better_than_random": card.better_than_random, "verdict": card.verdict,
    }  # fmt: skip


def _page(record: Record, found: Saliency, card: Check | None) -> bytes:
    """The sheet with the map; gray, and said so, where the check found nothing in it."""
    from app.figures import pdf  # reportlab and pdfium are slow to import
    from app.figures.drawing import Stamp
    from app.figures.filters import Filters, shown  # scipy.signal is slow to import

    signal, _ = arrange(record.signal, record.leads, one_scale=record.unit is not None, name=record.name)
    drawn = shown(signal, record.fs, record.unit, record.name, Filters(), 0.0)
    sheet = lay_out(drawn, Setup(), start_s=0.0)
    look = Look(doubted=card is not None and not card.better_than_random)
    stamp = Stamp(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", found.encoder, ecg.__version__)
    return pdf.to_pdf(sheet, drawn, pdf.PRINTED, stamp, overlay=saliency_overlay(found, look))


def _output(text: str) -> Path:
    return common.output(text, ENDINGS)
