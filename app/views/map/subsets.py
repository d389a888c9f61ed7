"""The selection as something to keep: named subsets and their algebra, tags, notes, files."""

from __future__ import annotations

from functools import partial
from typing import get_args

import numpy as np
import pandas as pd
import streamlit as st

from app import state
from app.parts.annotations import annotate
from app.parts.cohorts import SHIPPED
from app.parts.notice import plain
from app.views.map.explored import Explored
from app.views.map.files import as_csv, as_parquet, as_wfdb
from ecgfm_core import analysis
from ecgfm_core.analysis import Operation

MOST_SIGNALS = 500
"""Recordings whose signals are put into one zip."""


def subset_tab(view: Explored) -> None:
    """Name, combine, tag, note, save."""
    if view.key == SHIPPED:
        st.caption(
            "Notes, tags and subsets of the sample cohort stay in this session; those of your own are kept with it."
        )
    left, right = st.columns(2, gap="large")
    with left:
        _name(view)
        _combine(view)
    with right:
        _tag(view)
        _note(view)
        _files(view)


def _name(view: Explored) -> None:
    count = int(view.selected.sum())
    row = st.container(horizontal=True, vertical_alignment="bottom")
    name = row.text_input(f"Name the selection ({count:,})", key="subset_name", placeholder="a name")
    if row.button("Keep", key="subset_keep", disabled=not count or not name):
        ids = _ids(view)
        annotate(view.key, view.cohort, lambda said: said.with_subset(name, ids))
        st.rerun()


def _combine(view: Explored) -> None:
    subsets = view.annotations.subsets
    if not subsets:
        st.caption("A kept selection can be called back, and combined with others: and, or, and not.")
        return
    names = list(subsets)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    first = row.selectbox("Select", names, key="subset_first", format_func=lambda n: f"{n} ({len(subsets[n]):,})")
    how = row.segmented_control("with", get_args(Operation), key="subset_how")
    second = row.selectbox("the subset", names, key="subset_second", disabled=how is None)
    row = st.container(horizontal=True)
    if row.button("Select it", key="subset_select", type="primary"):
        chosen = subsets[first] if how is None else analysis.combine_subsets(subsets[first], how, subsets[second])
        state.select(view.key, chosen)
        st.rerun()
    if row.button(f"Forget {plain(first)}", key="subset_forget", type="tertiary"):
        annotate(view.key, view.cohort, lambda said: said.without_subset(first))
        st.rerun()


def _tag(view: Explored) -> None:
    count = int(view.selected.sum())
    row = st.container(horizontal=True, vertical_alignment="bottom")
    tag = row.text_input(f"Tag the selection ({count:,})", key="tag", placeholder="a word")
    if row.button("Tag", key="tag_add", disabled=not count or not tag):
        ids = _ids(view)
        annotate(view.key, view.cohort, lambda said: said.with_tag(ids, tag))
        st.rerun()
    if row.button("Take off", key="tag_remove", disabled=not count or not tag, type="tertiary"):
        ids = _ids(view)
        annotate(view.key, view.cohort, lambda said: said.without_tag(ids, tag))
        st.rerun()


def _note(view: Explored) -> None:
    id = view.chosen_id
    if id is None:
        st.caption("Choose a recording to write a note on it.")
        return
    before = view.annotations.notes.get(id, "")
    text = st.text_area(f"Note on {plain(id)}", before, key=f"note-{view.key}-{id}", max_chars=2000, height=80)
    if text.strip() != before and st.button("Keep the note", key="note_keep"):
        annotate(view.key, view.cohort, lambda said: said.with_note(id, text))
        st.rerun()


def _files(view: Explored) -> None:
    rows = np.flatnonzero(view.shown)
    table = partial(_table, view, rows)
    row = st.container(horizontal=True, vertical_alignment="center")
    row.caption(f"Save {len(rows):,} recordings as", width="content")
    row.download_button("CSV", partial(as_csv, table), "recordings.csv", "text/csv", key="save_csv", type="tertiary",
                        on_click="ignore")  # fmt: skip
    row.download_button("Parquet", partial(as_parquet, table), "recordings.parquet", "application/vnd.apache.parquet",
                        key="save_parquet", type="tertiary", on_click="ignore")  # fmt: skip
    few = len(rows) <= MOST_SIGNALS
    row.download_button(
        "WFDB", partial(as_wfdb, view.cohort, rows.tolist()), "recordings.zip", "application/zip", key="save_wfdb",
        type="tertiary", on_click="ignore", disabled=not few,
        help=None if few else f"Signals of at most {MOST_SIGNALS} recordings at once; select fewer.",
    )  # fmt: skip


def _table(view: Explored, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pd.DataFrame:
    """Everything that is known of them, with what was said."""
    table = view.cohort.table.iloc[rows]
    said = view.annotations
    return table.assign(
        tags=["; ".join(sorted(said.tags.get(id, ()))) for id in table["id"]],
        note=[said.notes.get(id, "") for id in table["id"]],
    )


def _ids(view: Explored) -> list[str]:
    return [view.cohort.ids[row] for row in np.flatnonzero(view.selected)]
