"""What the commands share: exit codes, talking to people, and opening an encoder as the settings say."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.settings import Settings, settings
from ecgfm_core import training
from ecgfm_core.types import Facts

if TYPE_CHECKING:
    from ecgfm_core import Encoder

DONE, INPUT_AT_FAULT, USAGE, INSTALLATION_AT_FAULT = 0, 1, 2, 3


def encoder(options: argparse.Namespace) -> Encoder:
    """The encoder that a flag or the settings name."""
    chosen: Settings = settings()
    name = options.encoder or chosen.encoder
    return replace(chosen, device=options.device or chosen.device).load_encoder(name)


def encoder_folder(name: str) -> Path:
    """Where an encoder's weights lie, by its name or folder."""
    chosen = settings()
    return training.encoder_folder(name, cache=chosen.cache_folder, endpoint=chosen.hub or None)


def talk(text: str) -> None:
    """Say something to people, on stderr."""
    sys.stderr.write(f"ecgfm: {text}\n")


def add_encoder(parser: argparse.ArgumentParser) -> None:
    """Declare the flags that `encoder` reads."""
    parser.add_argument("--encoder", metavar="E", help="demo (default), ecg-fm or a weights folder")
    parser.add_argument("--device", help="cpu, cuda or mps; by default the best there is")


def facts(options: argparse.Namespace) -> Facts:
    """What the flags say of files that do not say it themselves."""
    leads = tuple(lead.strip() for lead in options.leads.split(",")) if options.leads else None
    return Facts(options.fs, options.unit, leads)


def add_facts(parser: argparse.ArgumentParser) -> None:
    """Declare the flags that `facts` reads."""
    parser.add_argument("--fs", type=float, metavar="HZ", help="sampling rate, where a file states none")
    parser.add_argument("--unit", help="unit of the samples (mV, uV, V), where a file states none")
    parser.add_argument("--leads", help="order of the leads, separated by commas, where a file names none")


def duration(seconds: float) -> str:
    """How long something takes, for people."""
    return f"{seconds / 3600:.1f} h" if seconds > 5400 else f"{seconds / 60:.1f} min"


def now_and_then() -> Callable[[], bool]:
    """Says yes every two seconds in the first minute, and every half a minute later."""
    began = last = time.monotonic()

    def due() -> bool:
        nonlocal last
        now = time.monotonic()
        if now - last < (2 if now - began < 60 else 30):
            return False
        last = now
        return True

    return due


def write_whole(output: Path, content: bytes) -> None:
    """Put a file in its place all at once, or not at all."""
    new = output.with_name(f".{output.name}.new")
    try:
        new.write_bytes(content)
        new.replace(output)
    finally:
        new.unlink(missing_ok=True)


def output(text: str, endings: Sequence[str]) -> Path:
    """The file that a flag names; for argparse."""
    path = Path(text)
    if path.suffix.lower() not in endings:
        raise argparse.ArgumentTypeError(f"{path.name}: this is written as {', '.join(endings)}; choose one of them")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{path.name}: its folder {path.parent.name} does not exist; make it first")
    return path
