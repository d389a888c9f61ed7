"""What jobs do. Imports the library late: only the worker's process needs torch, pandas and numba."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from app.jobs.job import JobFailed, Report, Step
from app.settings import settings
from ecgfm_core.errors import EcgfmError, MalformedTable
from ecgfm_core.types import Source

if TYPE_CHECKING:
    import pandas as pd

_SAMPLE = Path(__file__).parents[2] / "data_samples" / "cohort"


def build_cohort(*arguments: object, report: Report, cancel: Callable[[], bool]) -> str:
    """Embed an input into a cohort: (source, folder, encoder's name, table of labels as CSV or None, title)."""
    import ecgfm_core as ecg
    from ecgfm_core.analysis import Progress

    source, folder, encoder, labels, title = arguments
    assert isinstance(source, Path | list) and isinstance(folder, Path)
    table = _table(labels) if isinstance(labels, bytes) else None
    report(Step(0, 0, "loading the encoder"))
    network = settings().load_encoder(str(encoder))

    def tell(now: Progress) -> None:
        left = "" if now.left_s is None else f", {_duration(now.left_s)} left"
        failed = f", {now.failed:,} failed" if now.failed else ""
        report(Step(now.done, now.total, f"{now.windows_per_s:.0f} windows/s{failed}{left}"))

    made = ecg.embed_cohort(
        _on_disk(source), folder, network, labels=table, title=str(title), progress=tell, cancel=cancel
    )
    if made.finished and not made.added + made.present:
        why = f" The first: {made.failures[0].message}" if made.failures else ""
        raise JobFailed(f"no recording could be taken in ({len(made.failures):,} of {made.total:,} failed).{why}")
    unused = f"; {made.unused:,} lines of the table belong to no recording" if made.unused else ""
    return f"{made.added:,} added, {made.present:,} were there, {len(made.failures):,} failed{unused}."


def _on_disk(source: Path | list[Source]) -> Path | list[Source]:
    """A dropped zip as a file of the process's private folder, from which it is read piece by piece."""
    if isinstance(source, Path) or len(source) > 1 or not source[0].content.startswith(b"PK"):
        return source
    if source[0].name.lower().endswith(".npz"):  # one recording, and a zip too
        return source
    path = Path(tempfile.mkdtemp()) / "upload.zip"
    path.write_bytes(source[0].content)
    return path


def _table(content: bytes) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_csv(BytesIO(content), dtype=str, keep_default_na=False)
    except (ValueError, UnicodeError) as error:  # pandas' ParserError is a ValueError
        raise MalformedTable("the table of labels cannot be read as CSV. Export it again.") from error


def make_map(*arguments: object, report: Report, cancel: Callable[[], bool]) -> str:
    """Lay a cohort out and keep the map: (folder, encoder's fingerprint, recipe, "recordings" or "windows")."""
    import ecgfm_core as ecg
    from ecgfm_core import analysis

    folder, fingerprint, recipe, of = arguments
    assert isinstance(recipe, analysis.Recipe)
    cohort = ecg.open_cohort(str(folder), encoder=str(fingerprint))
    drawn = ecg.project(
        cohort, recipe, of="windows" if of == "windows" else "recordings", cancel=cancel,
        progress=lambda done, total: report(Step(done, total, "epochs")),
    )  # fmt: skip
    return analysis.save_map(cohort, drawn)


def compile_maps() -> None:
    """Lay the cohort of the project out, and drop it: numba compiles at its first use in each process."""
    import ecgfm_core as ecg
    from ecgfm_core import analysis

    with suppress(EcgfmError):  # without that cohort the first map compiles
        ecg.project(ecg.open_cohort(_SAMPLE), analysis.Recipe("umap", 15, 0.1, 0))


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
