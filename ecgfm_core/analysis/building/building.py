"""Many recordings -> a cohort; goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pandas as pd

from ecgfm_core.analysis.building.listing import Listing
from ecgfm_core.analysis.building.preparing import Plan
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


def embed_cohort(  # noqa: PLR0913  (each is a fact of the cohort that is made, or how to watch it being made)
    source: Path | Sequence[Source],
    folder: Path,
    encoder: Encoder,
    *,
    labels: pd.DataFrame | None = None,
    title: str = "",
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
        progress: called a few times a second.
        cancel: asked before each recording; True ends the run, and what was encoded is kept.

    Raises:
        SourceError: nothing in the source could be a recording, or a table breaks its rules.
        CohortError: the folder cannot be written, or is a cohort of something else or of another encoder.
    """
    if isinstance(source, Path) and is_cohort(source):
        _require_no_table(source, labels)
        return _embed_own(source, folder, encoder, title, progress, cancel)
    facts, free = _facts(encoder), encoder.device.type != "cpu"
    with (
        listed(source, [label.name for label in encoder.labels], labels) as listing,
        create_cohort(folder, _described(listing, title, facts)) as writer,
    ):
        plan = Plan(listing.source, listing.labels, dict(listing.metadata), _complete(writer, facts))
        run = Run(writer, encoder, len(listing.items), progress, cancel)
        run.take(read_ahead(listing.items, len(listing.items), plan, processor_free=free))
    return run.result(folder, listing.unused)


def _facts(encoder: Encoder) -> EncoderFacts:
    return EncoderFacts(encoder.name, encoder.fingerprint, encoder.labels)


def _embed_own(
    source: Path,
    folder: Path,
    encoder: Encoder,
    title: str,
    progress: Callable[[Progress], None],
    cancel: Callable[[], bool],
) -> Embedded:
    """Embed what a cohort or a prepared store holds."""
    facts, free = _facts(encoder), encoder.device.type != "cpu"
    with _cohort_of(source, folder, facts, title) as writer:
        own = own_tasks(source, writer.embedded(facts.fingerprint))
        run = Run(writer, encoder, own.total, progress, cancel, present=own.total - own.lacking)
        plan = Plan(source.name, (), {}, _complete(writer, facts))
        run.take(read_ahead(own.tasks, own.lacking, plan, processor_free=free))
    return run.result(folder)


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
