"""A job on a page: how far it is, and a way to end it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from app import jobs, state
from app.parts.notice import plain

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator


def tell_windows(slot: DeltaGenerator) -> Callable[[int, int], None]:
    """What draws into a slot how many windows are encoded; the last one leaves it as it is."""

    def progress(done: int, total: int) -> None:
        if done < total:
            slot.progress(done / total, f"window {done} of {total}")

    return progress


class Outcome(NamedTuple):
    """How a job ended: "done", "failed" or "canceled", words, and what it made that is no file."""

    state: jobs.State
    words: str
    made: object


def running(key: str) -> bool:
    """Whether the session has a job of this kind that was not looked at since it ended."""
    return jobs.find(state.kept(key)) is not None


def watch(key: str, what: str, *, every_s: float = 0.7) -> None:
    """Show how far a job is, now and then; once it has ended, the whole page is drawn anew.

    Args:
        key: of the job in the session.
        what: what it makes, for people.
        every_s: how often to look; each look costs the server, and so every other page, some time.
    """
    st.fragment(_look, run_every=every_s)(key, what)


def _look(key: str, what: str) -> None:
    job = jobs.find(state.kept(key))
    if job is None:
        return
    if job.state != "running":
        state.keep(f"{key}-ended", Outcome(job.state, job.words, job.made))
        jobs.forget(state.kept(key))
        state.keep(key, None)
        st.rerun()
    step = job.step
    share = 0.0 if step is None or not step.total else min(step.done / step.total, 1.0)
    st.progress(share, f"{what}: {_where(job)}")
    st.button("Canceling ..." if job.asked else "Cancel", on_click=job.cancel, disabled=job.asked, key=f"{key}-cancel")


def _where(job: jobs.Job) -> str:
    """How far a job is, in words."""
    step = job.step
    if step is None:
        return "waiting for the process ..." if job.waits else "starting ..."
    return f"{step.done:,} of {step.total:,}, {step.words}" if step.total else f"{step.words} ..."


def outcome(key: str) -> Outcome | None:
    """Of the job that ended last; until it is dismissed."""
    found = state.kept(f"{key}-ended")
    return found if isinstance(found, Outcome) else None


def tell_outcome(key: str, done: str) -> None:
    """Say how the last job ended.

    Args:
        key: of the job in the session.
        done: begins the sentence of one that was finished.
    """
    found = outcome(key)
    if found is None:
        return
    words = plain(found.words)
    if found.state == "done":
        st.success(f"{done}{words}", icon=":material/check:")
    elif found.state == "canceled":
        st.info(f"Canceled. {words}", icon=":material/cancel:")
    else:
        st.error(words, icon=":material/error:")


def dismiss(key: str) -> None:
    """Say no more of how the last job ended."""
    state.keep(f"{key}-ended", None)
