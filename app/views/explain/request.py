"""What is made only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from app.parts.explaining import Name, awaits, gave_up
from app.parts.progress import tell_outcome


def request(what: str, names: Sequence[Name], button: Callable[[], bool], ask: Callable[[], None]) -> None:
    """Say that answers are being found; else how the last attempt ended, and a button for another.

    Args:
        what: they are, with "is" or "are".
        names: of the answers.
        button: draws it.
        ask: begins the job.
    """
    if any(awaits(name) for name in names):
        st.caption(f"{what} being made: see beside the paper.")
        return
    if job := gave_up(names[-1]):
        tell_outcome(job, "")
    if button():
        ask()
        st.rerun()
