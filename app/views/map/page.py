"""Map: a cohort's embeddings in two dimensions, linked with its table and with the ECG of every point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app import cache, state
from app.figures.theme import theme
from app.map.touched import read_outline
from app.parts.annotations import said_of
from app.parts.chosen import choose, chosen_row
from app.parts.cohorts import Found, choose_cohort
from app.parts.notice import error_boundary, plain
from app.views.map.atlas import choose_map, choose_second, new_map, placement_lines, stars_of, trust_line
from app.views.map.colors import SHARED, choose_color, coloring_of
from app.views.map.ecg import ecg_panel, neighbor_list
from app.views.map.explored import Explored
from app.views.map.filters import choose_filters
from app.views.map.groups import group_tab, issue_tab, probe_tab
from app.views.map.panel import FIRST, SECOND, Panel, map_panel
from app.views.map.points import rows_of
from app.views.map.subsets import subset_tab
from app.views.map.table import table_panel
from ecgfm_core import analysis

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from ecgfm_core.analysis import Cohort, MapFacts

HEIGHT = 480


def page() -> None:
    """Draw the page."""
    with error_boundary():
        with st.container(key="explorer-head"):
            head = st.columns([3, 4, 4, 2, 2, 3], vertical_alignment="center")
        with head[0]:
            found = choose_cohort()
        if found is not None:
            _explore(found, head[1:])


def _explore(found: Found, head: list[DeltaGenerator]) -> None:
    every = cache.cohort(found.folder)
    maps = analysis.list_maps(every)
    with head[0]:
        facts = choose_map(every, maps)
    with head[2]:
        new_map(found, every)
    if facts is None:
        st.info("This cohort has no map yet. Make one with New map.", icon=":material/scatter_plot:")
        return
    cohort = cache.cohort(found.folder, facts.encoder)  # as the encoder of the map sees it
    with head[1]:
        choice = choose_color(found.key, cohort)
    _select_by_link(found.key, cohort, facts)
    colors, selected = theme(st.context.theme.type == "dark"), np.zeros(len(cohort.ids), bool)
    selected[[cohort.row_of[id] for id in state.selected(found.key) if id in cohort.row_of]] = True
    with head[3]:
        kept = choose_filters(cohort, selected, colors)
    with head[4]:
        _find(cohort)
    chosen = chosen_row(cohort)
    view = Explored(found.key, cohort, kept, selected & kept, chosen, said_of(found.key, cohort), colors)
    _lay_out(view, [facts, *choose_second(every, maps)], choice)
    _more(view)


def _select_by_link(key: str, cohort: Cohort, facts: MapFacts) -> None:
    """Once a session: select what lies inside the outline that the address names."""
    text = state.outline()
    outline = None if state.has_selected(key) else read_outline(text)
    if outline is None:
        return
    drawn = cache.drawn(cohort, cohort.folder, facts.name)
    hit = np.flatnonzero(analysis.inside_polygon(drawn.xy, np.array(outline)))
    state.select(key, [drawn.ids[point] for point in hit])
    state.link(state.OUTLINE, text)


def _lay_out(view: Explored, maps: list[MapFacts], choice: str) -> None:
    """One map beside ECG and table, or two maps above them."""
    two = len(maps) > 1
    columns = st.columns(2, gap="medium") if two else st.columns([7, 6], gap="medium")
    for column, facts, other, key in zip(columns, maps, reversed(maps), (FIRST, SECOND), strict=False):
        with column, error_boundary():
            _map(view, facts, other, choice, key)
    below = st.columns(2, gap="medium") if two else [columns[1]] * 2
    for column, section in zip(below, (ecg_panel, table_panel), strict=True):
        with column, error_boundary():
            section(view)


def _map(view: Explored, facts: MapFacts, other: MapFacts, choice: str, key: str) -> None:
    """One map with what it keeps, and the recordings from elsewhere on it."""
    drawn = cache.drawn(view.cohort, view.cohort.folder, facts.name)
    rows = rows_of(drawn, view.cohort)
    shared = None
    if choice == SHARED and other is not facts:
        across = cache.drawn(view.cohort, view.cohort.folder, other.name)
        shared = cache.shared_neighbors(drawn, across, view.cohort.folder, (facts.name, other.name))
    stars, placed = stars_of(view.cohort, drawn, rows)
    map_panel(view, Panel(key, facts.name, drawn, rows, coloring_of(view, choice, drawn, rows, shared), stars, HEIGHT))
    trust_line(drawn)
    placement_lines(placed)


def _more(view: Explored) -> None:
    """Everything that is asked for now and then, below."""
    tabs = st.tabs(["Nearest by embedding", "Groups", "Selection, notes, files", "Probe", "Data issues"])
    for tab, section in zip(tabs, (neighbor_list, group_tab, subset_tab, probe_tab, issue_tab), strict=True):
        with tab, error_boundary():
            section(view)


def _find(cohort: Cohort) -> None:
    st.text_input(
        "Find by id", key="find", placeholder="find an id", label_visibility="collapsed",
        on_change=lambda: _found(cohort),
    )  # fmt: skip
    text = state.text("find").strip()
    if text and text not in cohort.row_of:
        st.caption(f"No recording {plain(text[:40])}.")


def _found(cohort: Cohort) -> None:
    """Only what is there goes into the address."""
    text = state.text("find").strip()
    if text in cohort.row_of:
        choose(cohort, text)
