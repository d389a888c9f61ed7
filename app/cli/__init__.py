"""The command line: one function a command. Results to stdout, talk to stderr.

Exit 0 done, 1 the input is at fault, 2 usage, 3 the installation or the encoder is at fault.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import ecgfm_core as ecg
from app.cli import cohorts, encoders, explaining, fetching, paper, recordings, serving, training
from app.cli.common import DONE, INPUT_AT_FAULT, INSTALLATION_AT_FAULT, talk
from app.settings import SettingInvalid
from ecgfm_core.errors import EcgfmError, EncoderError


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        code = command(options)
    except EcgfmError as error:
        talk(str(error))
        code = INSTALLATION_AT_FAULT if isinstance(error, EncoderError | SettingInvalid) else INPUT_AT_FAULT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader of our output has left
        code = DONE
    except OSError as error:
        name = Path(error.filename).name if isinstance(error.filename, str) else "a file"
        reason = error.strerror or "unknown reason"
        talk(f"{name}: cannot be read or written ({reason}). Choose another file or folder.")
        code = INPUT_AT_FAULT
    except KeyboardInterrupt:
        talk("interrupted")
        code = 130
    sys.exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ecgfm", description="12-lead ECGs and ECG-FM. Research and teaching only.")
    parser.add_argument("--version", action="version", version=f"ecgfm {ecg.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for part in (recordings, paper, explaining, fetching, cohorts, encoders, training, serving):
        part.add_commands(commands)
    return parser
