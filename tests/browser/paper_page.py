"""A page with papers and what they say, for the browser's tests: `streamlit run`. Its widgets change one thing each."""

import dataclasses
import json

import numpy as np
import streamlit as st

from app.figures.overlay import Overlay
from app.figures.sheet import Setup, Shown, lay_out
from app.figures.theme import theme
from app.paper.component import paper
from ecgfm_core.simulate.heart import Heart
from ecgfm_core.simulate.record import simulate


@st.cache_resource
def heart(seed: int) -> tuple[Shown, tuple]:
    made = simulate(Heart(), seed=seed, name=f"heart {seed}")
    return Shown(made.record.signal, made.record.fs, "mV", made.record.name), made.truth.beats


def overlay() -> Overlay:
    starts = np.arange(0, 10, 0.1, dtype=np.float32)
    values = np.tile(np.sin(starts), (12, 1)).astype(np.float32)
    return Overlay(values, starts, 0.1, True, "band", "made up", "against", "for")


st.button("again", key="again")
seed = st.segmented_control("seed", [1, 2], default=1, key="seed")
layout = st.segmented_control("layout", ["3x4+1", "6x2", "12x1"], default="3x4+1", key="layout")
dark = st.toggle("dark", key="dark")
covered = st.toggle("overlay", key="overlay")
gone = st.toggle("gone", key="gone")
for name in [] if gone else ["one", "two"][: int(st.query_params.get("papers", "1"))]:
    shown, beats = heart(seed or 1)
    touched = paper(
        shown, lay_out(shown, Setup(layout=layout or "3x4+1")), key=name, digest=str(seed), colors=theme(dark),
        beats=beats, overlay=overlay() if covered else None,
    )  # fmt: skip
    with st.container(key=f"told_{name}"):
        st.text(json.dumps(dataclasses.asdict(touched)))
