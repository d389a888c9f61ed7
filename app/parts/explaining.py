"""Questions to the process that explains, and the answers that a session has had."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app import cache, jobs, state
from app.parts.progress import dismiss, outcome, running
from ecgfm_core import analysis
from ecgfm_core.types import Check, ExplainMethod, Probe, Saliency, TypicalSaliency, Windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecgfm_core.analysis import Target
    from ecgfm_core.types import Beat

MAP, STUDY = "explain-job", "explain-study"
"""The map that is looked at; and what takes longer, and goes on while other maps are looked at."""
Name = tuple[object, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Why does an encoder give a recording a score?

    Attributes:
        windows: that are asked about.
        beats: of the recording.
        network: the encoder.
        target: what is scored.
        method: by which it shall be explained.
    """

    windows: Windows
    beats: Sequence[Beat]
    network: jobs.Network
    target: Target
    method: ExplainMethod

    def name(self, what: str = "map", method: ExplainMethod | None = None) -> Name:
        """Under which an answer is kept: nothing else that could change it is asked."""
        of = (self.windows.source, tuple(self.windows.starts_s.tolist()), self.network.fingerprint)
        return (what, *of, _spelled(self.target), method or self.method)


def _spelled(target: Target) -> object:
    if isinstance(target, Probe):  # two probes may have one name
        return target.label.name, hashlib.sha256(target.weights.tobytes()).hexdigest(), target.bias
    return target


@dataclass(frozen=True, slots=True)
class Group:
    """Recordings of a cohort.

    Attributes:
        folder: of the cohort.
        rows: of the recordings, in the cohort as it was when it was opened.
    """

    folder: Path
    rows: tuple[int, ...]


def mean_of(asked: Asked, group: Group) -> TypicalSaliency | None:
    """The mean map of a group, where the session has had it."""
    found = cache.answers().get(name_of(asked, group))
    return found if isinstance(found, TypicalSaliency) else None


def ask_mean(asked: Asked, group: Group) -> None:
    """Have the mean map of a group made."""
    names = (name_of(asked, group),)
    _begin(STUDY, names, jobs.explain_cohort, asked.network, group.folder, group.rows, asked.target, asked.method)


def name_of(asked: Asked, group: Group) -> Name:
    """Under which the mean map of a group is kept."""
    return ("mean", group, asked.network.fingerprint, _spelled(asked.target), asked.method)


def method_titles() -> dict[str, str]:
    """What people call each method."""
    return {str(name): method.title for name, method in analysis.METHODS.items()}


def map_of(asked: Asked, method: ExplainMethod | None = None) -> Saliency | None:
    """The map, where the session has had it."""
    found = cache.answers().get(asked.name(method=method))
    return found if isinstance(found, Saliency) else None


def maps_of(asked: Asked) -> dict[ExplainMethod, Saliency]:
    """The maps by all methods that are there, the one that is asked for first."""
    methods = sorted(analysis.METHODS, key=lambda method: method != asked.method)
    found = {method: map_of(asked, method) for method in methods}
    return {method: one for method, one in found.items() if one is not None}


def card_of(asked: Asked, method: ExplainMethod | None = None) -> Check | None:
    """The check card of the map, where the session has had it."""
    found = cache.answers().get(asked.name("card", method))
    return found if isinstance(found, Check) else None


def doubted_of(asked: Asked, method: ExplainMethod | None = None) -> bool:
    """Whether the map was checked and is not better than random."""
    card = card_of(asked, method)
    return card is not None and not card.better_than_random


def ask_maps(asked: Asked, methods: Sequence[ExplainMethod]) -> None:
    """Have maps made: one for now, instead of the one that is being made; several as a study."""
    names = tuple(asked.name(method=method) for method in methods)
    _begin(
        MAP if len(methods) == 1 else STUDY,
        names,
        jobs.explain_recording,
        asked.network,
        asked.windows,
        asked.beats,
        asked.target,
        tuple(methods),
    )


def ask_card(asked: Asked, saliency: Saliency) -> None:
    """Have a map checked."""
    names = (asked.name("card"),)
    _begin(STUDY, names, jobs.check_map, asked.network, saliency, asked.windows, asked.beats, asked.target)


def awaits(name: Name) -> bool:
    """Whether an answer is being looked for."""
    return any(running(job) and name in _awaited(job) for job in (MAP, STUDY))


def gave_up(name: Name) -> str | None:
    """The last job of its kind, where it should have found this answer and was canceled or failed."""
    return next((job for job in (MAP, STUDY) if outcome(job) is not None and name in _awaited(job)), None)


def collect() -> None:
    """Keep what jobs that have ended found; of a canceled one, what it had finished."""
    for job in (MAP, STUDY):
        ended = outcome(job)
        if ended is None:
            continue
        if isinstance(ended.made, tuple):
            cache.keep_answers(dict(zip(_awaited(job), ended.made, strict=False)))
        if ended.state == "done":
            dismiss(job)


def _begin(job: str, names: tuple[Name, ...], work: jobs.Work, *arguments: object) -> None:
    """Begin a job instead of the last of its kind.

    Raises:
        JobFailed: too many wait already.
    """
    last = jobs.find(state.kept(job))
    if last is not None:
        last.cancel()
        jobs.forget(state.kept(job))
    started = jobs.start(jobs.EXPLANATIONS if job == MAP else jobs.STUDIES, work, *arguments)
    dismiss(job)
    state.keep(f"{job}-awaited", names)
    state.keep(job, started)


def _awaited(job: str) -> tuple[Name, ...]:
    """Under which names the answers of a job are to be kept."""
    found = state.kept(f"{job}-awaited")
    return found if isinstance(found, tuple) else ()
