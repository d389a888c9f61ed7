"""The map itself. A fragment of the page: resting on a point redraws nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app import cache, state
from app.figures.cohorts import thumbnail
from app.map.coloring import Coloring
from app.map.component import map_view
from app.map.scene import Card, Points, Star, State
from app.map.touched import Lassoed, Picked, Touched, outline_text
from app.parts.chosen import choose
from app.views.map.explored import Explored
from app.views.map.points import Rows, on_points, on_recordings
from ecgfm_core.leads import LEADS

if TYPE_CHECKING:
    from ecgfm_core.types import Map

FIRST, SECOND = "map", "map2"
"""Keys of the maps on the page; an outline in the address is on the first."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One map on the page.

    Attributes:
        key: its name on the page.
        name: of the map: its digest.
        drawn: the map.
        rows: [P] row of each point's recording.
        coloring: of its points.
        stars: recordings from elsewhere.
        height: in CSS pixels.
    """

    key: str
    name: str
    drawn: Map
    rows: Rows
    coloring: Coloring
    stars: tuple[Star, ...]
    height: int


@st.fragment
def map_panel(view: Explored, panel: Panel) -> None:
    """Draw it, and take what a person does on it; what the rest of the page must show, too, draws the page anew."""
    before = (state.chosen(), state.selected(view.key))
    map_view(
        Points(panel.name, panel.drawn.xy, f"Map of {view.cohort.title}", rows=f"{view.key}-{len(panel.rows)}"),
        lambda touched: _look(view, panel, touched),
        key=panel.key, colors=view.colors, height=panel.height, large=state.large_type(),
    )  # fmt: skip
    if before != (state.chosen(), state.selected(view.key)):
        st.rerun()


def _look(view: Explored, panel: Panel, touched: Touched) -> State:
    """How the points look once everything that was done is taken in."""
    rows, chosen, held = panel.rows, view.chosen, state.selected(view.key)
    kept = state.kept(f"done-{panel.key}")
    done = kept if isinstance(kept, int) else 0
    for act in touched.since(done):
        done = act.number
        if isinstance(act, Picked):
            chosen = int(rows[act.point]) if rows[act.point] >= 0 else chosen
            choose(view.cohort, None if chosen is None else view.cohort.ids[chosen])
        else:
            held = _strike(view, panel, act, held) if isinstance(act, Lassoed) else frozenset()
            state.select(view.key, held)
            if isinstance(act, Lassoed) and act.mode == "new" and panel.key == FIRST:
                state.link(state.OUTLINE, outline_text(act.polygon))
    state.keep(f"done-{panel.key}", done)
    selected = np.fromiter((id in held for id in view.cohort.ids), bool) & view.kept
    point = np.flatnonzero(rows == chosen) if chosen is not None else rows[:0]
    return State(
        panel.coloring.colors, panel.coloring.legend, on_points(selected, rows), on_points(view.kept, rows),
        int(point[0]) if len(point) else None, panel.stars,
        None if touched.hover is None else _card(view, panel, touched.hover), done,
    )  # fmt: skip


def _strike(view: Explored, panel: Panel, act: Lassoed, held: frozenset[str]) -> frozenset[str]:
    """The selected recordings after a lasso: a recording is hit where any of its points is; what is hidden stays."""
    nothing = np.zeros(len(panel.rows), bool)
    inside = replace(act, mode="new").applied(nothing, on_points(view.kept, panel.rows), panel.drawn.xy)
    rows = np.flatnonzero(on_recordings(inside, panel.rows, len(view.kept)))
    hit = frozenset(view.cohort.ids[row] for row in rows)
    if act.mode == "new":
        return hit
    return held | hit if act.mode == "add" else held - hit


def _card(view: Explored, panel: Panel, point: int) -> Card | None:
    """Lead II and what is known of the recording under the mouse."""
    row = int(panel.rows[point])
    if row < 0:
        return None
    known = cache.summary(view.cohort).iloc[row]
    record = cache.cohort_record(view.cohort, str(known["id"]))
    window = panel.drawn.windows[point] if panel.drawn.windows is not None else 0
    lead = record.signal[record.leads.index(LEADS[1])][round(window * 5 * record.fs) :]
    lines = [str(known["id"])]
    if panel.drawn.windows is not None:
        lines.append(f"window {window + 1}")
    lines += [text for text in (f"states: {known['states'] or 'no label'}", f"encoder: {known['encoder']}") if text]
    return Card(point, tuple(lines), thumbnail(lead, record.fs))
