"""A page with maps and what they say, for the browser's tests: `streamlit run`. Its widgets change one thing each."""

import json
from typing import cast

import numpy as np
import streamlit as st
from browser.scattered import names, numbers, points

from app.figures.theme import theme
from app.map.component import map_view
from app.map.scene import Card, Points, Star, State
from app.map.touched import Lassoed, Picked, Touched

COUNT = int(st.query_params.get("points", "2000"))


@st.cache_resource
def made(seed: int, count: int, digest: str) -> Points:
    return points(count, seed, digest)


@st.cache_resource
def colored(by: str, count: int) -> tuple:
    return names(count) if by == "names" else numbers(count)


def card(hover: int | None) -> Card | None:
    if hover is None:
        return None
    beat = 100 * np.exp(-(((np.arange(250) % 83) - 20) ** 2) / 8) + 12 * np.sin(np.arange(250) / 40)
    return Card(hover, (f"record {hover}", "63 years, female", "Atrial fibrillation 0.93"), tuple(map(int, beat)))


def handle(touched: Touched, key: str, shown: np.ndarray, xy: np.ndarray) -> None:
    """Keep what was done on a map; every act once."""
    kept = st.session_state
    for act in touched.since(kept.done[key]):
        kept.done[key] = act.number
        if isinstance(act, Picked):
            kept.highlight = act.point
        elif isinstance(act, Lassoed):
            kept.selected = act.applied(kept.selected, shown, xy)
        else:
            kept.highlight, kept.selected = None, np.zeros(COUNT, bool)
        kept.acts += 1


@st.fragment
def panel(seed: int, key: str) -> None:
    """One map; what was done on it is answered within the run that brings it."""
    kept = st.session_state
    by = st.segmented_control("colors", ["names", "numbers"], default="names", key=f"by_{key}") or "names"
    there, (colors, legend), acts = made(seed, COUNT, f"{seed}{key}"), colored(by, COUNT), kept.acts
    shown = np.arange(COUNT) % 2 == 0 if half else np.ones(COUNT, bool)
    stars = (Star(*map(float, there.xy[:30:6].mean(axis=0)), "1", tuple(range(0, 30, 6))),) if starred else ()

    def look(touched: Touched) -> State:
        handle(touched, key, shown, there.xy)
        return State(
            colors, legend, kept.selected, shown, kept.highlight, stars, card(touched.hover), kept.done[key]
        )  # fmt: skip

    touched = map_view(
        there, look, key=key, colors=theme(dark), height=int(st.query_params.get("height", "440")),
        large="large" in st.query_params,
    )  # fmt: skip
    with st.container(key=f"told_{key}"):
        selected = int(kept.selected.sum())
        told = {"hover": touched.hover, "acts": kept.acts, "selected": selected, "highlight": kept.highlight}
        st.text(json.dumps(told | {"seen": touched.seen, "failed": touched.canvas_failed}))
    if len(keys) > 1 and acts != kept.acts:
        st.rerun()  # the other map shows it, too


for name, value in (
    ("done", {"one": 0, "two": 0}),
    ("acts", 0),
    ("highlight", None),
    ("selected", np.zeros(COUNT, bool)),
):
    st.session_state.setdefault(name, cast("object", value))
st.set_page_config(layout="wide")
with st.sidebar:
    st.button("again", key="again")
    seed = st.segmented_control("seed", [1, 2], default=1, key="seed") or 1
    dark = st.toggle("dark", key="dark")
    gone = st.toggle("gone", key="gone")
    half = st.toggle("half", key="half")
    starred = st.toggle("stars", key="stars")
keys = ["one", "two"][: int(st.query_params.get("maps", "1"))]
for column, key in zip(st.columns(len(keys)), keys, strict=True):
    with column:
        if not gone:
            panel(seed, key)
