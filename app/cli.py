"""The command line: one function a command. Results to stdout, talk to stderr.

Exit 0 done, 1 the input is at fault, 2 usage, 3 the installation is at fault.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import ecgfm_core as ecg
from app import documents
from app.settings import SettingInvalid, Settings, settings
from ecgfm_core.errors import EcgfmError, EncoderError
from ecgfm_core.labels import MIMIC_IV_ECG, Label
from ecgfm_core.types import Facts, Reading, Record

if TYPE_CHECKING:
    from ecgfm_core import Encoder

DONE, INPUT_AT_FAULT, USAGE, INSTALLATION_AT_FAULT = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        code = command(options)
    except EcgfmError as error:
        _talk(str(error))
        code = INSTALLATION_AT_FAULT if isinstance(error, EncoderError | SettingInvalid) else INPUT_AT_FAULT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader of our output has left
        code = DONE
    except KeyboardInterrupt:
        _talk("interrupted")
        code = 130
    sys.exit(code)


def inspect(options: argparse.Namespace) -> int:
    """Say what each file holds."""
    return _each_file(options, documents.inspection, documents.inspection_text)


def predict(options: argparse.Namespace) -> int:
    """Say how probable each label is."""
    encoder = _encoder(options)

    def document(file: str, record: Record) -> dict[str, object]:
        encoding = ecg.encode(ecg.to_windows(record), encoder, precision=settings().precision)
        return documents.prediction(
            file, record, encoder.name, encoding, logits=options.logits, embedding=options.embedding
        )

    return _each_file(options, document, documents.prediction_text)


def convert(options: argparse.Namespace) -> int:
    """Turn a published checkpoint into a weights folder."""
    if (options.output / "config.json").exists():
        _talk(f"{options.output.name}: the folder holds an encoder already. Choose another folder, or remove it.")
        return INPUT_AT_FAULT
    try:
        labels = _labels(options.labels)
        origin = f"the published checkpoint {options.published.name}"
        ecg.convert(
            options.published, options.output, name=options.name or options.published.stem, labels=labels,
            licence=options.licence, origin=origin,
        )  # fmt: skip
    except EncoderError as error:  # here the checkpoint is the input
        _talk(str(error))
        return INPUT_AT_FAULT
    except OSError as error:
        _talk(f"{options.output.name}: the folder cannot be written ({error.strerror}). Choose another.")
        return INPUT_AT_FAULT
    _talk(f"{options.output}: written, {len(labels)} labels")
    return DONE


def download(options: argparse.Namespace) -> int:
    """Fetch, verify and convert the published ECG-FM."""
    chosen = settings()
    folder = ecg.download_ecg_fm(
        chosen.cache_folder, endpoint=chosen.hub or None, revision=options.revision, progress=_progress()
    )
    encoder = ecg.load_encoder("ecg-fm", device="cpu", cache=chosen.cache_folder)
    _talk(f"{folder.name}: ready, from {encoder.config.origin}, fingerprint {encoder.fingerprint[:8]}")
    return DONE


def serve(options: argparse.Namespace) -> int:
    """Serve the dashboard."""
    page = Path(__file__).with_name("main.py")
    environment = {**os.environ, **_as_variables(settings(), options)}
    command = [sys.executable, "-m", "streamlit", "run", str(page), "--server.port", str(options.port)]
    command += ["--server.address", options.address]
    os.chdir(page.parents[1])  # where .streamlit/config.toml lies
    if os.name == "posix":
        os.execve(command[0], command, environment)  # noqa: S606  (our own words; a signal then reaches the server)
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603


def _as_variables(chosen: Settings, options: argparse.Namespace) -> dict[str, str]:
    """All settings for the server, with paths that hold whatever its working folder is."""
    encoder = options.encoder or chosen.encoder
    wanted = {
        "encoder": str(Path(encoder).resolve()) if Path(encoder).is_dir() else encoder,
        "device": options.device or chosen.device,
        "precision": chosen.precision,
        "cache": str(chosen.cache_folder.resolve()) if chosen.cache_folder else "",
        "hub": chosen.hub,
    }
    return {f"ECGFM_{name.upper()}": value for name, value in wanted.items() if value}


def _each_file(
    options: argparse.Namespace,
    document: Callable[[str, Record], dict[str, object]],
    text: Callable[[dict[str, object]], str],
) -> int:
    """One document a recording; a failing one is an entry with its error and stops nothing."""
    leads = tuple(lead.strip() for lead in options.leads.split(",")) if options.leads else None
    results = []
    for reading in ecg.read_each(options.files, Facts(options.fs, options.unit, leads)):
        result = _document(reading, document)
        results.append(result)
        if not options.json:
            sys.stdout.write(text(result) + "\n")
    if options.json:
        documents.write_json(results, sys.stdout)
    return INPUT_AT_FAULT if any("error" in result for result in results) else DONE


def _document(reading: Reading, document: Callable[[str, Record], dict[str, object]]) -> dict[str, object]:
    try:
        if reading.record is None:
            raise reading.error or AssertionError
        return document(reading.file, reading.record)
    except EncoderError:
        raise  # the encoder fails for every file: this is not the file's fault
    except EcgfmError as error:
        return {"file": reading.file, "error": type(error).__name__, "message": str(error)}


def _encoder(options: argparse.Namespace) -> Encoder:
    chosen: Settings = settings()
    name = options.encoder or chosen.encoder
    return ecg.load_encoder(
        name, device=options.device or chosen.device or None, cache=chosen.cache_folder, endpoint=chosen.hub or None
    )


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
            _talk(f"{done / 1e6:,.0f} of {total / 1e6:,.0f} MB")

    return report


def _talk(text: str) -> None:
    sys.stderr.write(f"ecgfm: {text}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ecgfm", description="12-lead ECGs and ECG-FM. Research and teaching only.")
    parser.add_argument("--version", action="version", version=f"ecgfm {ecg.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (inspect, predict):
        sub = commands.add_parser(command.__name__, help=command.__doc__, description=command.__doc__)
        sub.set_defaults(command=command)
        sub.add_argument("files", nargs="+", metavar="FILE")
        sub.add_argument("--json", action="store_true", help="one JSON document with every number in full")
        sub.add_argument("--fs", type=float, metavar="HZ", help="sampling rate, where a file states none")
        sub.add_argument("--unit", help="unit of the samples (mV, uV, V), where a file states none")
        sub.add_argument("--leads", help="order of the leads, separated by commas, where a file names none")
        if command is predict:
            sub.add_argument("--encoder", metavar="E", help="demo (default), ecg-fm or a weights folder")
            sub.add_argument("--device", help="cpu, cuda or mps; by default the best there is")
            sub.add_argument("--logits", action="store_true", help="add the raw outputs to the JSON")
            sub.add_argument("--embedding", action="store_true", help="add the pooled vectors to the JSON")
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
    sub = commands.add_parser("app", help=serve.__doc__, description=serve.__doc__)
    sub.set_defaults(command=serve)
    sub.add_argument("--port", type=int, default=8501)
    sub.add_argument("--address", default="localhost", help="localhost; 0.0.0.0 serves the whole network")
    sub.add_argument("--encoder", metavar="E", help="demo (default), ecg-fm or a weights folder")
    sub.add_argument("--device", help="cpu, cuda or mps; by default the best there is")
    return parser


if __name__ == "__main__":
    main()
