"""Commands on recordings: inspect, measure, predict."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

import ecgfm_core as ecg
from app import documents
from app.cli import common
from app.settings import settings
from ecgfm_core.errors import EcgfmError, EncoderError
from ecgfm_core.types import Reading, Record


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare them."""
    for command in (inspect, measure, predict):
        sub = commands.add_parser(command.__name__, help=command.__doc__, description=command.__doc__)
        sub.set_defaults(command=command)
        sub.add_argument("files", nargs="+", metavar="FILE")
        sub.add_argument("--json", action="store_true", help="one JSON document with every number in full")
        common.add_facts(sub)
        if command is predict:
            common.add_encoder(sub)
            sub.add_argument("--logits", action="store_true", help="add the raw outputs to the JSON")
            sub.add_argument("--embedding", action="store_true", help="add the pooled vectors to the JSON")


def inspect(options: argparse.Namespace) -> int:
    """Say what each file holds."""
    return _each_file(options, documents.inspection, documents.inspection_text)


def measure(options: argparse.Namespace) -> int:
    """Measure rates, intervals, axes and voltages, or say why not."""
    document = documents.measurement if options.json else documents.measurement_beside_stated
    return _each_file(options, document, documents.measurement_text)


def predict(options: argparse.Namespace) -> int:
    """Say how probable each label is."""
    encoder = common.encoder(options)

    def document(file: str, record: Record) -> dict[str, object]:
        encoding = ecg.encode(ecg.to_windows(record), encoder, precision=settings().precision)
        return documents.prediction(
            file, record, encoder.name, encoding, logits=options.logits, embedding=options.embedding
        )

    return _each_file(options, document, documents.prediction_text)


def _each_file(
    options: argparse.Namespace,
    document: Callable[[str, Record], dict[str, object]],
    text: Callable[[dict[str, object]], str],
) -> int:
    """One document a recording; a failing one is an entry with its error and stops nothing."""
    results = []
    for reading in ecg.read_each(options.files, common.facts(options)):
        result = _document(reading, document)
        results.append(result)
        if not options.json:
            sys.stdout.write(text(result) + "\n")
    if options.json:
        documents.write_json(results, sys.stdout)
    return common.INPUT_AT_FAULT if any("error" in result for result in results) else common.DONE


def _document(reading: Reading, document: Callable[[str, Record], dict[str, object]]) -> dict[str, object]:
    try:
        if reading.record is None:
            raise reading.error or AssertionError
        return document(reading.file, reading.record)
    except EncoderError:
        raise  # the encoder fails for every file: this is not the file's fault
    except EcgfmError as error:
        return {"file": reading.file, "error": type(error).__name__, "message": str(error)}
