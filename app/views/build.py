"""Build: recordings become a cohort that the page Map explores; goes on where it stopped."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from app import cache, jobs, state
from app.parts.cohorts import Found, available, key_of
from app.parts.notice import error_boundary, plain
from app.parts.progress import dismiss, outcome, running, tell_outcome, watch
from app.settings import settings
from ecgfm_core import analysis
from ecgfm_core.errors import CohortUnwritable, EcgfmError
from ecgfm_core.types import Source

_JOB, _LAST = "build-job", "build-last"
_ENDINGS = (".zip", ".csv")
_MOST_OFFERED = 200


class NothingChosen(EcgfmError):
    """There is no input to make a cohort of."""


class Attempt(NamedTuple):
    """What `jobs.build_cohort` is given; kept in the session, to go on from.

    Attributes:
        source: on this machine, or the dropped files.
        folder: of the cohort.
        encoder: its name.
        labels: a table as CSV, or None.
        title: of the cohort.
    """

    source: Path | list[Source]
    folder: Path
    encoder: str
    labels: bytes | None
    title: str


def page() -> None:
    """Draw the page."""
    left, right = st.columns([3, 2], gap="large")
    with left, error_boundary():
        st.subheader("Make a cohort")
        if running(_JOB):
            watch(_JOB, "Embedding")
            st.caption("This page may be left; the work goes on while the server runs. What is done is kept.")
        else:
            _last()
            _form()
    with right, error_boundary():
        _list()


def _form() -> None:
    offered = _offered()
    with st.form("build", border=True):
        files = st.file_uploader(
            "Drop recordings, or a zip of them (up to 64 MB a file)", accept_multiple_files=True, key="build_files"
        )
        chosen = None
        if offered:
            chosen = st.selectbox(
                "or choose what lies on this machine", list(offered), index=None, key="build_input",
                placeholder="a folder, a table of paths, a zip, a prepared store",
            )  # fmt: skip
        labels = st.file_uploader(
            "Labels and metadata: a CSV with a column id, record_id or file (optional)", type="csv", key="build_labels"
        )
        title = st.text_input("Title", key="build_title", max_chars=80, placeholder="for the list of cohorts")
        st.caption(f"Embedded with the encoder of this session: {plain(Path(state.encoder_name()).name)}.")
        if st.form_submit_button("Make the cohort", type="primary", key="build_start"):
            source: Path | list[Source] = [Source(file.name, file.getvalue()) for file in files or []]
            if not source and chosen is not None:
                source = offered[chosen]
            if not source:
                raise NothingChosen("no input was chosen. Drop files, or choose a folder.")
            _begin(source, labels.getvalue() if labels is not None else None, title.strip())
    if not offered:
        st.caption(
            "To offer folders of this machine, start with `ecgfm app --data FOLDER`. On the command line: "
            "`ecgfm embed INPUT -o COHORT`."
        )


def _offered() -> dict[str, Path]:
    """What lies in the folder of inputs, by name; the browser chooses among these."""
    folder = settings().data_folder
    if folder is None or not folder.is_dir():
        return {}
    found = [path for path in sorted(folder.iterdir()) if path.is_dir() or path.suffix.lower() in _ENDINGS]
    return {path.name: path for path in found[:_MOST_OFFERED] if not path.name.startswith(".")}


def _begin(source: Path | list[Source], labels: bytes | None, title: str) -> None:
    """Into a folder whose name is ours: no path is made of what a browser sent."""
    cache.encoder(state.encoder_name())  # one that is not here is said now, and is not fetched by the job
    own = settings().cohorts_folder
    try:
        own.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        message = f"the folder of the cohorts cannot be made ({reason}). Start with --cohorts and another folder."
        raise CohortUnwritable(message) from error
    first = source if isinstance(source, Path) else Path(source[0].name)
    folder = own / secrets.token_hex(6)
    _run(Attempt(source, folder, state.encoder_name(), labels, title or first.stem[:60]))


def _run(attempt: Attempt) -> None:
    state.keep(_JOB, jobs.start(jobs.BUILDS, jobs.build_cohort, *attempt))
    state.keep(_LAST, attempt)
    dismiss(_JOB)
    st.rerun()


def _last() -> None:
    """How the last one ended, what failed, and what can be done now; what was done is not computed again."""
    last, ended = state.kept(_LAST), outcome(_JOB)
    if not isinstance(last, Attempt) or ended is None:
        return
    tell_outcome(_JOB, "The cohort is made: ")
    failed = analysis.load_failures(last.folder)
    unfinished = ended.state != "done" or not all(one.is_copy for one in failed)
    there = any(one.folder == last.folder for one in available())
    with st.container(horizontal=True):
        if there and st.button("Open the map", type="primary", key="build_map", icon=":material/scatter_plot:"):
            state.go_to("map", cohort=key_of(last.folder))
        again = "Try those that failed again" if ended.state == "done" else "Go on"
        if unfinished and st.button(again, key="build_again", icon=":material/resume:"):
            _run(last)
        st.button("Close", on_click=_close, key="build_close", type="tertiary")
    if failed:
        with st.expander(f"Not taken in: {len(failed):,}", expanded=True):
            rows = [{"recording": one.id, "why": one.message} for one in failed]
            st.dataframe(rows, hide_index=True, key="build_failures")
    if not unfinished:
        state.keep(_LAST, last._replace(source=[], labels=None))  # nothing to go on with: let the upload go


def _close() -> None:
    dismiss(_JOB)
    state.keep(_LAST, None)


def _list() -> None:
    st.subheader("Cohorts here")
    found = available()
    if found:
        st.dataframe([_row(one) for one in found], hide_index=True, key="cohorts_here")
    else:
        st.caption("None yet.")


def _row(one: Found) -> dict[str, object]:
    made = one.made.strftime("%Y-%m-%d")
    return {"title": one.title, "recordings": one.recordings, "encoder": one.encoder, "made": made}
