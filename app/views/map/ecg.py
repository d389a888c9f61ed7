"""The recording that is looked at: its ECG on paper, what is known and told of it, its neighbors, its note."""

from __future__ import annotations

import numpy as np
import streamlit as st

import ecgfm_core as ecg
from app import cache, state
from app.figures.sheet import Setup
from app.parts.chosen import choose_marked
from app.parts.notice import plain
from app.parts.paper import on_paper, paper_panel
from app.views.map.explored import Explored

_TOP = 3


def ecg_panel(view: Explored) -> None:
    """The ECG of the chosen recording, or what to do to see one."""
    if view.chosen is None or view.chosen_id is None:
        st.info("Click a point, a row of the table, or type an id: its ECG is shown here.", icon=":material/touch_app:")
        return
    record = cache.cohort_record(view.cohort, view.chosen_id)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.markdown(
            _headline(view, view.chosen), width="content",
            help="What the source states; then what the encoder tells, highest first.",
        )  # fmt: skip
        if st.button("Explain", key="map_explain", icon=":material/troubleshoot:", type="tertiary"):
            state.go_to("explain", cohort=view.key, id=state.chosen() or "")
    paper_panel(on_paper(record, cache.measured(record), Setup(large=state.large_type())), view.colors)


def _headline(view: Explored, chosen: int) -> str:
    row = view.cohort.table.iloc[chosen]
    facts = [plain(str(row["id"]))]
    if not np.isnan(row["age"]):
        facts.append(f"{row['age']:g} years")
    if row["sex"] in ("F", "M"):
        facts.append({"F": "female", "M": "male"}[row["sex"]])
    holds = [label for label in view.cohort.labels if row[label] == 1]
    told = row[[f"p:{label}" for label in _told(view)]].dropna().sort_values(ascending=False).head(_TOP)
    lines = [f"**{facts[0]}** " + " · ".join(facts[1:])]
    lines.append(f"States: {plain(', '.join(holds)) or 'no label'}")
    if len(told):
        tops = [f"{plain(str(name).removeprefix('p:'))} {value:.2f}" for name, value in told.items()]
        lines.append(f"Encoder: {', '.join(tops)}")
    return "  \n".join(lines)


def _told(view: Explored) -> list[str]:
    facts = view.cohort.encoder
    return [] if facts is None else [label.name for label in facts.labels]


def neighbor_list(view: Explored, k: int = 8) -> None:
    """The nearest recordings by embedding; a click shows one."""
    if view.chosen_id is None:
        st.caption("Choose a recording to see those nearest to it.")
        return
    found = ecg.neighbors(view.cohort.vectors[view.chosen], view.cohort, k + 1)
    table = cache.summary(view.cohort).set_index("id")
    rows = [
        {"distance": distance, **table.loc[id].to_dict(), "id": id}
        for id, distance in zip(found.ids, found.distances, strict=True)
        if id != view.chosen_id
    ][:k]
    key = f"neighbors-{view.chosen_id}"
    st.dataframe(
        rows, hide_index=True, key=key, selection_mode="single-row",
        on_select=lambda: choose_marked(view.cohort, key, [str(row["id"]) for row in rows]),
        column_config={"distance": st.column_config.NumberColumn(format="%.3f")},
    )  # fmt: skip
