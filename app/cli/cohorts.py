"""Commands on cohorts: embed, project."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import ecgfm_core as ecg
from app.cli import common
from app.cli.common import DONE, INPUT_AT_FAULT, talk
from ecgfm_core import analysis
from ecgfm_core.errors import MalformedTable

if TYPE_CHECKING:
    import pandas as pd

    from ecgfm_core.analysis import Progress

INTERRUPTED = 130
_SHOWN = 20
"""Failures that are told one by one; all of them are in the cohort's table."""


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare them."""
    sub = commands.add_parser("embed", help=embed.__doc__, description=embed.__doc__)
    sub.set_defaults(command=embed)
    sub.add_argument("input", type=Path, metavar="INPUT", help="folder, zip, table of paths, store or cohort")
    sub.add_argument("-o", "--output", type=Path, required=True, metavar="COHORT")
    sub.add_argument("--labels", type=Path, metavar="TABLE", help="CSV with a column record_id, id or file")
    sub.add_argument("--engine", choices=["local", "ray"], default="local", help="ray: on the workers of a Ray cluster")
    sub.add_argument("--title", default="", help="of the cohort; by default the name of the input")
    common.add_encoder(sub)
    sub = commands.add_parser("project", help=project.__doc__, description=project.__doc__)
    sub.set_defaults(command=project)
    sub.add_argument("cohort", type=Path, metavar="COHORT")
    sub.add_argument("--method", choices=["umap", "pca", "tsne"], default="umap", help="umap by default")
    sub.add_argument("--of", choices=["recordings", "windows"], default="recordings", help="what a point is")
    sub.add_argument("--neighbors", type=int, default=15, help="UMAP's neighbors, or t-SNE's perplexity; 15 by default")
    sub.add_argument("--min-dist", type=float, default=0.1, help="UMAP: smallest distance; 0.1 by default")
    sub.add_argument("--seed", type=int, default=0)


def embed(options: argparse.Namespace) -> int:
    """Embed many recordings into a cohort; goes on where it stopped."""
    labels = None if options.labels is None else _table(options.labels)
    encoder = common.encoder(options)
    with _asked_to_stop() as stop:
        made = ecg.embed_cohort(
            options.input,
            options.output,
            encoder,
            labels=labels,
            title=options.title,
            engine=options.engine,
            progress=_telling(),
            cancel=stop,
        )
    for failure in made.failures[:_SHOWN]:
        talk(failure.message)
    if len(made.failures) > _SHOWN:
        talk(f"and {len(made.failures) - _SHOWN:,} more")
    copies = sum(one.is_copy for one in analysis.load_failures(options.output))
    if copies:
        talk(f"{copies:,} have the samples of another recording, which is kept; {options.output}/errors.csv names both")
    if made.failures:
        talk(f"{options.output}/errors.csv says which failed, and why")
    if made.unused:
        talk(f"{options.labels.name}: {made.unused:,} lines belong to no recording of the input")
    talk(
        f"{options.output}: {made.added:,} recordings embedded by {encoder.name}, {made.present:,} were there, "
        f"{len(made.failures):,} failed"
    )
    if not made.finished:
        talk("interrupted; the same command goes on from here")
        return INTERRUPTED
    return INPUT_AT_FAULT if made.failures else DONE


def project(options: argparse.Namespace) -> int:
    """Lay a cohort out in two dimensions and keep the map with it."""
    cohort = ecg.open_cohort(options.cohort)
    recipe = analysis.Recipe(options.method, options.neighbors, options.min_dist, options.seed)
    drawn = ecg.project(cohort, recipe, of=options.of)
    name, trust = analysis.save_map(cohort, drawn), drawn.trust
    talk(f"{options.cohort}: map {name} of {len(drawn.ids):,} {options.of}")
    talk(
        f"trustworthiness {trust.trustworthiness:.3f}, continuity {trust.continuity:.3f}, "
        f"{trust.overlap:.0%} of the {trust.k} nearest kept"
    )
    return DONE


def _table(path: Path) -> pd.DataFrame:
    import pandas as pd  # slow to import

    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, sep="\t" if path.suffix.lower() == ".tsv" else ",")
    except (ValueError, UnicodeError) as error:  # pandas' ParserError is a ValueError
        raise MalformedTable(f"{path.name}: the table cannot be read as CSV. Export it again.") from error


@contextmanager
def _asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C end the run in order; a second one ends it at once."""
    asked = threading.Event()

    def ask(*_: object) -> None:
        talk("stopping; what is encoded is kept (again to leave at once)")
        asked.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def _telling() -> Callable[[Progress], None]:
    """Report on stderr, now and then."""
    due = common.now_and_then()

    def report(now: Progress) -> None:
        if not due():
            return
        left = "" if now.left_s is None else f", {common.duration(now.left_s)} left"
        talk(
            f"{now.done:,} of {now.total:,} recordings, {now.failed:,} failed, {now.windows_per_s:,.1f} windows/s{left}"
        )

    return report
