"""The table beside the map: what is selected, a row a recording; and the same as files."""

from __future__ import annotations

import hashlib
from functools import partial

import numpy as np
import streamlit as st

from app import cache, state
from app.parts.chosen import choose_marked
from app.views.map.explored import Explored

HEIGHT = 270
MOST = 1000
"""Rows that are sent to the browser at once."""


def table_panel(view: Explored) -> None:
    """The selected recordings, or all that the filters keep; a click on a row shows its ECG and its point."""
    every = np.flatnonzero(view.shown)
    rows = every[:MOST]
    few = cache.summary(view.cohort).iloc[rows]
    key = f"table-{hashlib.sha256(rows.tobytes()).hexdigest()[:12]}"
    place = np.flatnonzero(rows == view.chosen) if view.chosen is not None else rows[:0]
    if state.fresh("table", (key, view.chosen)):
        state.mark_row(key, int(place[0]) if len(place) else None)
    what = "selected" if view.selected.any() else "of the cohort" if view.kept.all() else "that the filters keep"
    first = f", the first {MOST:,} below" if len(every) > MOST else ""
    st.caption(f"**{len(every):,}** recordings {what}{first}. A click on a row shows its ECG and its point.")
    st.dataframe(
        few, hide_index=True, key=key, height=HEIGHT, selection_mode="single-row",
        on_select=partial(choose_marked, view.cohort, key, few["id"].tolist()),
        column_config={
            "quality": st.column_config.NumberColumn(format="%.2f"), "id": st.column_config.TextColumn(pinned=True)
        },
        alt="The recordings as a table",
    )  # fmt: skip
