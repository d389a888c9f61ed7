"""Many recordings -> a cohort; goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import pandas as pd

from ecgfm_core.analysis.building.listing import Listing
from ecgfm_core.analysis.building.preparing import Plan, Result, Task
from ecgfm_core.analysis.building.reading import read_ahead
from ecgfm_core.analysis.building.run import Embedded, Progress, Run
from ecgfm_core.analysis.building.stored import copied, is_cohort, own_tasks
from ecgfm_core.analysis.building.zips import listed
from ecgfm_core.analysis.cohort import (
    CohortWriter,
    Description,
    EncoderFacts,
    create_cohort,
    extend_cohort,
)
from ecgfm_core.errors import CohortMismatch
from ecgfm_core.model.checkpoint import Encoder
from ecgfm_core.types import Source

Engine = Literal["local", "ray"]


class _Work(NamedTuple):
    """What is to be embedded, and where it goes: `lacking` tasks of an input of `total` recordings."""

    writer: CohortWriter
    plan: Plan
    tasks: Iterable[Task]
    total: int
    lacking: int
    unused: int = 0


def embed_cohort(  # noqa: PLR0913  (each is a fact of the cohort that is made, or how to watch it being made)
    source: Path | Sequence[Source],
    folder: Path,
    encoder: Encoder,
    *,
    labels: pd.DataFrame | None = None,
    title: str = "",
    engine: Engine = "local",
    progress: Callable[[Progress], None] = lambda progress: None,
    cancel: Callable[[], bool] = lambda: False,
) -> Embedded:
    """Embed many recordings into a cohort, or go on with one that was begun.

    Args:
        source: a folder (with or without a table records.csv), a table of paths, a zip, files in memory, a prepared
            store or a cohort. A cohort that is its own source is embedded by another encoder too.
        folder: of the cohort, made where absent.
        encoder: from `load_encoder`.
        labels: a table of text that says more of the recordings, by its column record_id, id or file.
        title: of the cohort, for people; by default the name of the source.
        engine: "local", or "ray": on the workers of a Ray cluster.
        progress: called a few times a second.
        cancel: asked before each recording; True ends the run, and what was encoded is kept.

    Raises:
        SourceError: nothing in the source could be a recording, or a table breaks its rules.
        EngineFailed: Ray is not installed, or its workers end.
        CohortError: the folder cannot be written, or is a cohort of something else or of another encoder.
    """
    facts = EncoderFacts(encoder.name, encoder.fingerprint, encoder.labels)
    with _opened(source, folder, facts, labels, title) as work:
        run = Run(work.writer, encoder, work.total, progress, cancel, present=work.total - work.lacking)
        run.take(_by(engine, encoder)(work.tasks, work.lacking, work.plan))
    return run.result(folder, work.unused)


@contextmanager
def _opened(
    source: Path | Sequence[Source], folder: Path, facts: EncoderFacts, labels: pd.DataFrame | None, title: str
) -> Iterator[_Work]:
    if isinstance(source, Path) and is_cohort(source):
        _require_no_table(source, labels)
        with _cohort_of(source, folder, facts, title) as writer:
            own = own_tasks(source, writer.embedded(facts.fingerprint))
            yield _Work(writer, Plan(source.name, (), {}, _complete(writer, facts)), own.tasks, own.total, own.lacking)
        return
    with (
        listed(source, [label.name for label in facts.labels], labels) as listing,
        create_cohort(folder, _described(listing, title, facts)) as writer,
    ):
        plan = Plan(listing.source, listing.labels, dict(listing.metadata), _complete(writer, facts))
        yield _Work(writer, plan, listing.items, len(listing.items), len(listing.items), listing.unused)


def _by(engine: Engine, encoder: Encoder) -> Callable[[Iterable[Task], int, Plan], Iterator[Result]]:
    """What makes results of tasks: prepared here, or by Ray encoded too."""
    if engine == "ray":
        from ecgfm_core.analysis.building.ray_engine import embed_by_ray  # few have it

        return partial(embed_by_ray, encoder=encoder)
    return partial(read_ahead, processor_free=encoder.device.type != "cpu")


def _require_no_table(source: Path, labels: pd.DataFrame | None) -> None:
    if labels is not None:
        message = f"{source.name}: a cohort brings its labels along. Give the table when it is made from files."
        raise CohortMismatch(message)


def _described(listing: Listing, title: str, encoder: EncoderFacts) -> Description:
    return Description(
        listing.labels, listing.source, title=title or listing.source, metadata=listing.metadata, encoders=(encoder,)
    )


def _complete(writer: CohortWriter, facts: EncoderFacts) -> frozenset[str]:
    """Digests of the recordings that this encoder has embedded."""
    embedded = writer.embedded(facts.fingerprint)
    return frozenset(digest for digest, id in writer.id_of.items() if id in embedded)


def _cohort_of(source: Path, folder: Path, facts: EncoderFacts, title: str) -> AbstractContextManager[CohortWriter]:
    """Where the recordings of a cohort go: into itself by another encoder, or into a cohort of their own."""
    if source.resolve() == folder.resolve():
        return extend_cohort(folder, facts)
    return create_cohort(folder, copied(source, facts, title))
