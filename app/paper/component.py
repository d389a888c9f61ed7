"""The paper as a Streamlit component: what is drawn goes in, what a reader did comes back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, cast

import streamlit as st

from app.figures.overlay import Overlay
from app.figures.sheet import Sheet, Shown
from app.figures.theme import Theme
from app.paper.scene import scene
from app.paper.touched import Touched, touched
from app.script import script, style

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

    from ecgfm_core.types import Beat


def paper(  # noqa: PLR0913  (each is a part of what is seen)
    shown: Shown,
    sheet: Sheet,
    *,
    key: str,
    digest: str,
    colors: Theme,
    beats: Sequence[Beat] = (),
    overlay: Overlay | None = None,
) -> Touched:
    """Draw a sheet that people measure on.

    Calipers, zoom and marks stay while `key` and `digest` do, whatever the layout; nothing is drawn again while all
    arguments are equal.

    Args:
        shown: [12, S] signal in mV, or of unknown scale.
        sheet: the layout of `shown`.
        key: one paper's name on this page and all others.
        digest: of the recording, not of what filters make of it for the eye.
        colors: light or dark.
        beats: their times are s from the recording's first sample.
        overlay: values along the leads.
    """
    data = {"key": key, "digest": digest, **scene(shown, sheet, colors=colors, beats=beats, overlay=overlay)}
    result = _mount()(key=key, data=data, on_touched_change=_nothing)
    return touched(cast("object", result.get("touched")), digest, len(beats))


@cache
def _mount() -> ComponentRenderer:
    """Registered at its first use, so that importing this module reads no file."""
    return st.components.v2.component("ecg_paper", js=script("paper"), css=style("paper"))


def _nothing() -> None:
    """A state comes back only where a callback is given."""
