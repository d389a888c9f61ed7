"""The command that fetches recordings: fetch."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.common import DONE, talk
from app.settings import settings
from ecgfm_core import training

if TYPE_CHECKING:
    from ecgfm_core.training import Fetched


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare it."""
    sub = commands.add_parser("fetch", help=fetch.__doc__, description=fetch.__doc__)
    sub.set_defaults(command=fetch)
    sub.add_argument("what", choices=["ptb-xl"])
    sub.add_argument("--records", type=int, required=True, metavar="N", help="recordings, at least; whole patients")
    sub.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")


def fetch(options: argparse.Namespace) -> int:
    """Fetch recordings of the open PTB-XL from PhysioNet, verified; goes on where it stopped."""
    talk("PTB-XL 1.0.3 from PhysioNet, CC BY 4.0; cite Wagner et al. 2020, doi:10.1038/s41597-020-0495-6")
    made = training.fetch_ptb_xl(
        options.output, options.records, address=settings().physionet or None, progress=_progress()
    )
    talk(f"{options.output}: {made.done} recordings, {made.new} of them fetched now ({made.bytes / 1e6:,.1f} MB)")
    return DONE


def _progress() -> Callable[[Fetched], None]:
    """Report on stderr, a line each twentieth."""
    shown = 0

    def report(state: Fetched) -> None:
        nonlocal shown
        if state.done * 20 // state.total > shown:
            shown = state.done * 20 // state.total
            left = "" if state.left_s is None else f", {state.left_s:,.0f} s left"
            talk(f"{state.done} of {state.total} recordings, {state.bytes / 1e6:,.1f} MB{left}")

    return report
