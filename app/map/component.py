"""The map as a Streamlit component: points and their looks go in, what a reader did comes back."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast

import streamlit as st

from app.figures.theme import Theme
from app.map.scene import Points, State
from app.map.touched import Touched, touched
from app.map.wire import marks_sent, paint_sent, points_sent
from app.script import script, style

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer


def map_view(
    points: Points,
    state: State | Callable[[Touched], State],
    *,
    key: str,
    colors: Theme,
    height: int,
    large: bool = False,
) -> Touched:
    """Draw a map that people explore.

    Zoom, tool and what was not handled yet stay while `key` and the points' digest do. Points are sent again only when
    they change, looks only when they change: see docs/adr/0013-map-component.md.

    Args:
        points: where they lie.
        state: how they look now; or a function that answers what the reader did, which spares a second run.
        key: one map's name on this page and all others.
        colors: light or dark.
        height: of the drawing, in CSS pixels.
        large: large type and large points.
    """
    with st.container(gap=None):
        data = {"key": key, **points_sent(points)}
        result = _map()(key=key, data=data, on_touched_change=_nothing)
        done = touched(cast("object", result.get("touched")), points.digest, len(points.xy))
        looks = state(done) if callable(state) else state
        for part, sent in (
            ("paint", paint_sent(points, looks, colors, height, large)),
            ("marks", marks_sent(points, looks)),
        ):
            _courier()(key=f"{key}_{part}", data={"key": key, "part": part, **sent})
    return done


@cache
def _map() -> ComponentRenderer:
    """Registered at its first use, so that importing this module reads no file."""
    return st.components.v2.component("ecg_map", js=script("map"), css=style("map"))


@cache
def _courier() -> ComponentRenderer:
    """A component without looks of its own: its data reach the map without the map's data being sent again."""
    return st.components.v2.component("ecg_map_courier", js=(files("app.map") / "courier.js").read_text("utf-8"))


def _nothing() -> None:
    """A state comes back only where a callback is given."""
