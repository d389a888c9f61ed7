"""What the points are colored by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from app import state
from app.map.coloring import Coloring, by_answer, by_column, by_name, by_number
from app.parts.annotations import probes_of
from app.views.map.explored import Explored
from app.views.map.points import Rows
from ecgfm_core import analysis
from ecgfm_core.types import FloatArray

if TYPE_CHECKING:
    from ecgfm_core.analysis import Cohort
    from ecgfm_core.types import Map

_FACTS = ("source", "sex", "age", "quality", "split")
_COMMON = "label: Atrial fibrillation"
CLUSTER, DISTANCE, TAG = "cluster", "distance", "tag"
KEPT, TRUST, SHARED = "neighbors kept", "trustworthiness", "neighbors on the other map"


def choose_color(key: str, cohort: Cohort) -> str:
    """Ask for it; the answer is in the page's address."""
    told = [] if cohort.encoder is None else [label.name for label in cohort.encoder.labels if label.trained]
    options = [f"label: {label}" for label in cohort.labels]
    options += [f"probability: {label}" for label in told]
    options += [f"disagreement: {label}" for label in told if label in cohort.labels]
    options += [f"probe: {probe.label.name}" for probe in probes_of(key, cohort)]
    options += [*_FACTS, *(f"column: {name}" for name in cohort.metadata), CLUSTER, DISTANCE]
    options += [KEPT, TRUST, SHARED, TAG]
    choice = st.selectbox(
        "Color by", options, index=state.linked("color", options, _first(options)), key=f"color-{cohort.folder.name}",
        label_visibility="collapsed",
    )  # fmt: skip
    state.link("color", choice)
    return choice


def _first(options: list[str]) -> int:
    """A label that most cohorts have in many recordings, where this one has it."""
    return options.index(_COMMON) if _COMMON in options else 0


def coloring_of(view: Explored, choice: str, drawn: Map, rows: Rows, shared: FloatArray | None) -> Coloring:
    """[P] places in the palette; `shared` [P] is what the map has in common with the other one, if there is one."""
    kind, _, name = choice.partition(": ")
    there = np.maximum(rows, 0)
    if name:
        return _probed(view, name, rows) if kind == "probe" else _told(view.cohort.table, kind, name, rows)
    if choice in (KEPT, TRUST, SHARED):
        return by_number(*_of_the_map(choice, drawn, shared), (0, 1))
    if choice == DISTANCE:
        return by_number(_distance_title(view), _distances(view)[there])
    if choice == CLUSTER:
        return _clusters(view, there)
    if choice == TAG:
        return by_column("tags", _tags(view).iloc[there])
    return by_column(choice, view.cohort.table[choice].iloc[there])


def _of_the_map(choice: str, drawn: Map, shared: FloatArray | None) -> tuple[str, FloatArray]:
    """What the map itself is worth around each point, and what that is called."""
    if choice == KEPT:
        return "share of the nearest by embedding kept here", drawn.trust.overlap_each
    if choice == TRUST:
        return "trustworthiness of each point's surroundings", drawn.trust.trustworthiness_each
    if shared is None:
        return "neighbors on the other map: turn on Two maps", np.full(len(drawn.xy), np.nan, np.float32)
    return "share of the nearest here that are nearest on the other map", shared


def _told(table: pd.DataFrame, kind: str, name: str, rows: Rows) -> Coloring:
    """A column of metadata, a label, its probability, or how far these are apart."""
    if kind == "column":
        return by_column(name, table[name].iloc[np.maximum(rows, 0)])
    if kind == "label":
        return by_answer(name, _taken(table[name], rows))
    if kind == "probability":
        return by_number(f"probability of {name}", _taken(table[f"p:{name}"], rows), (0, 1))
    off = analysis.disagreement(table[[name]], table[[f"p:{name}"]])[:, 0]
    return by_number(f"|label - probability|, {name}", _taken(pd.Series(off), rows), (0, 1))


def _probed(view: Explored, name: str, rows: Rows) -> Coloring:
    """What one of the cohort's own probes tells."""
    probe = next(one for one in probes_of(view.key, view.cohort) if one.label.name == name)
    told = analysis.probe_probabilities(probe, view.cohort.vectors)
    return by_number(f"probability by the probe {name}", _taken(pd.Series(told), rows), (0, 1))


def _taken(values: pd.Series, rows: Rows) -> FloatArray:
    taken: FloatArray = values.to_numpy(np.float32)[np.maximum(rows, 0)]
    taken[rows < 0] = np.nan
    return taken


def _distances(view: Explored) -> FloatArray:
    """[N] cosine distance from the chosen recording; NaN where none is."""
    if view.chosen is None:
        return np.full(len(view.cohort.ids), np.nan, np.float32)
    units = view.cohort.nearest.units
    away: FloatArray = np.clip(1 - units @ units[view.chosen], 0, 2)
    return away


def _distance_title(view: Explored) -> str:
    return "distance: choose a recording first" if view.chosen is None else f"cosine distance from {view.chosen_id}"


def _clusters(view: Explored, there: Rows) -> Coloring:
    members = state.kept(f"clusters-{view.key}")
    if members is None or len(members) != len(view.cohort.ids):  # type: ignore[arg-type]
        return by_name("clusters: find them under Groups", [None] * len(there))
    names = [None if member < 0 else f"{member + 1}" for member in members]  # type: ignore[attr-defined]
    return by_name("cluster", [names[row] for row in there])


def _tags(view: Explored) -> pd.Series:
    said = view.annotations.tags
    return pd.Series([", ".join(sorted(said.get(id, ()))) for id in view.cohort.ids], dtype=object)
