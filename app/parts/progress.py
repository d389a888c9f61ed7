"""A job on a page: how far it is, and a way to end it."""

from __future__ import annotations

import streamlit as st

from app import jobs, state
from app.parts.notice import plain


def running(key: str) -> bool:
    """Whether the session has a job of this kind that was not looked at since it ended."""
    return jobs.find(state.kept(key)) is not None


@st.fragment(run_every=0.7)
def watch(key: str, what: str) -> None:
    """Show how far a job is, now and then; once it has ended, the whole page is drawn anew.

    Args:
        key: of the job in the session.
        what: what it makes, for people.
    """
    job = jobs.find(state.kept(key))
    if job is None:
        return
    if job.state != "running":
        state.keep(f"{key}-ended", (job.state, job.words))
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


def outcome(key: str) -> tuple[str, str] | None:
    """("done", "failed" or "canceled", words) of the job that ended last; until it is dismissed."""
    found = state.kept(f"{key}-ended")
    return found if isinstance(found, tuple) else None


def tell_outcome(key: str, done: str) -> None:
    """Say how the last job ended.

    Args:
        key: of the job in the session.
        done: begins the sentence of one that was finished.
    """
    found = outcome(key)
    if found is None:
        return
    how, words = found
    if how == "done":
        st.success(f"{done}{plain(words)}", icon=":material/check:")
    elif how == "canceled":
        st.info(f"Canceled. {plain(words)}", icon=":material/cancel:")
    else:
        st.error(plain(words), icon=":material/error:")


def dismiss(key: str) -> None:
    """Say no more of how the last job ended."""
    state.keep(f"{key}-ended", None)
