"""Commands on encoders: convert, download."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

import ecgfm_core as ecg
from app.cli.common import DONE, INPUT_AT_FAULT, talk
from app.settings import settings
from ecgfm_core.errors import EcgfmError, EncoderError
from ecgfm_core.labels import MIMIC_IV_ECG, Label


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare them."""
    sub = commands.add_parser("convert", help=convert.__doc__, description=convert.__doc__)
    sub.set_defaults(command=convert)
    sub.add_argument("published", type=Path, metavar="PUBLISHED.pt")
    sub.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    sub.add_argument(
        "--labels", metavar="mimic-iv-ecg|FILE.csv", help="in the order of the logits; none for a backbone"
    )
    sub.add_argument("--name", help="short name; by default the file's")
    sub.add_argument("--licence", default="see its publisher", help="licence of the weights")
    sub = commands.add_parser("download", help=download.__doc__, description=download.__doc__)
    sub.set_defaults(command=download)
    sub.add_argument("what", choices=["ecg-fm"])
    sub.add_argument("--revision", default="main", help="branch or commit of the hub's repository")


def convert(options: argparse.Namespace) -> int:
    """Turn a published checkpoint into a weights folder."""
    if (options.output / "config.json").exists():
        talk(f"{options.output.name}: the folder holds an encoder already. Choose another folder, or remove it.")
        return INPUT_AT_FAULT
    try:
        labels = _labels(options.labels)
        origin = f"the published checkpoint {options.published.name}"
        ecg.convert(
            options.published, options.output, name=options.name or options.published.stem, labels=labels,
            licence=options.licence, origin=origin,
        )  # fmt: skip
    except EncoderError as error:  # here the checkpoint is the input
        talk(str(error))
        return INPUT_AT_FAULT
    except OSError as error:
        talk(f"{options.output.name}: the folder cannot be written ({error.strerror}). Choose another.")
        return INPUT_AT_FAULT
    talk(f"{options.output}: written, {len(labels)} labels")
    return DONE


def download(options: argparse.Namespace) -> int:
    """Fetch, verify and convert the published ECG-FM."""
    chosen = settings()
    folder = ecg.download_ecg_fm(
        chosen.cache_folder, endpoint=chosen.hub or None, revision=options.revision, progress=_progress()
    )
    encoder = ecg.load_encoder("ecg-fm", device="cpu", cache=chosen.cache_folder)
    talk(f"{folder.name}: ready, from {encoder.config.origin}, fingerprint {encoder.fingerprint[:8]}")
    return DONE


def _labels(name: str | None) -> tuple[Label, ...]:
    """The labels of MIMIC-IV-ECG, or those of a file: a `name` column, or one name a line."""
    if name is None:
        return ()
    if name == "mimic-iv-ecg":
        return MIMIC_IV_ECG
    try:
        rows = [row for row in csv.reader(Path(name).read_text(encoding="utf-8-sig").splitlines()) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EcgfmError(f"{Path(name).name}: the list of labels cannot be read. Give a text file.") from error
    if rows and "name" in rows[0]:
        column = rows[0].index("name")
        return tuple(Label(row[column].strip()) for row in rows[1:] if len(row) > column)
    return tuple(Label(",".join(row).strip()) for row in rows)


def _progress() -> Callable[[int, int], None]:
    """Report a download on stderr, a line each twentieth."""
    shown = -1

    def report(done: int, total: int) -> None:
        nonlocal shown
        if total and done * 20 // total > shown:
            shown = done * 20 // total
            talk(f"{done / 1e6:,.0f} of {total / 1e6:,.0f} MB")

    return report
