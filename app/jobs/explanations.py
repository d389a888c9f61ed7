"""What explains and checks, in another process. The library is imported late: only that process needs torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from app.jobs.job import JobFailed, Report, Step
from app.settings import settings
from ecgfm_core.errors import Canceled
from ecgfm_core.types import Beat, Check, ExplainMethod, Saliency, TypicalSaliency, Windows

if TYPE_CHECKING:
    from ecgfm_core import Encoder
    from ecgfm_core.analysis import Target


class Network(NamedTuple):
    """An encoder as the session knows it: what it is loaded by, and the fingerprint that it must have."""

    name: str
    fingerprint: str


def explain_recording(*arguments: object, report: Report, cancel: Callable[[], bool]) -> tuple[Saliency, ...]:
    """Make the maps of some methods: (network, windows, beats, target, methods)."""
    import ecgfm_core as ecg
    from ecgfm_core import analysis

    network, windows, beats, target, methods = cast(
        "tuple[Network, Windows, Sequence[Beat], Target, Sequence[ExplainMethod]]", arguments
    )
    report(Step(0, 0, "loading the encoder"))
    encoder, made = _encoder(network), []
    for method in methods:
        title = analysis.METHODS[method].title

        def tell(done: int, total: int, title: str = title) -> None:
            report(Step(done, total, title))

        try:
            found = ecg.explain(windows, encoder, target, method=method, beats=beats, progress=tell, cancel=cancel)
        except Canceled:
            break  # those that are made are kept
        made.append(found)
    return tuple(made)


def check_map(*arguments: object, report: Report, cancel: Callable[[], bool]) -> tuple[Check]:
    """Make the check card of a map: (network, map, windows, beats, target)."""
    import ecgfm_core as ecg

    network, saliency, windows, beats, target = cast(
        "tuple[Network, Saliency, Windows, Sequence[Beat], Target]", arguments
    )
    report(Step(0, 0, "loading the encoder"))
    card = ecg.check(
        saliency, windows, _encoder(network), target, beats=beats, cancel=cancel,
        progress=lambda done, total: report(Step(done, total, "steps of the check")),
    )  # fmt: skip
    return (card,)


def explain_cohort(*arguments: object, report: Report, cancel: Callable[[], bool]) -> tuple[TypicalSaliency]:
    """Make the mean map of some recordings of a cohort: (network, folder, rows, target, method)."""
    import ecgfm_core as ecg
    from ecgfm_core import analysis

    network, folder, rows, target, method = cast(
        "tuple[Network, Path, Sequence[int], Target, ExplainMethod]", arguments
    )
    report(Step(0, 0, "loading the encoder"))
    found = analysis.typical_saliency(
        ecg.open_cohort(folder), rows, _encoder(network), target, method=method, cancel=cancel,
        progress=lambda done, total: report(Step(done, total, "recordings")),
    )  # fmt: skip
    return (found,)


def prepare() -> None:
    """Import torch."""
    import torch  # noqa: F401


def _encoder(network: Network) -> Encoder:
    """The encoder, loaded once.

    Raises:
        JobFailed: it is not the one that the session knows.
    """
    found = _loaded(network.name)
    if found.fingerprint != network.fingerprint:
        _loaded.cache_clear()
        found = _loaded(network.name)
    if found.fingerprint != network.fingerprint:
        raise JobFailed("the encoder's files have changed since the page was drawn. Load the page again.")
    return found


@lru_cache(maxsize=1)
def _loaded(name: str) -> Encoder:
    """Load it; a core is left to the pages: two threads that wait for one core each are slower than one."""
    import torch

    torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))
    return settings().load_encoder(name)
