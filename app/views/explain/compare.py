"""All methods side by side: the same beats under every map, and how far the maps agree."""

from __future__ import annotations

import streamlit as st

from app.figures.check_card import agreement_table
from app.figures.overlay import Overlay
from app.figures.saliency import FS, Look, saliency_overlay
from app.figures.strips import strips
from app.figures.svg import render
from app.figures.theme import Theme
from app.parts.explaining import Asked, ask_maps, doubted_of, maps_of, method_titles
from app.parts.paper import Drawn
from app.views.explain.request import request
from ecgfm_core import analysis
from ecgfm_core.leads import LEADS
from ecgfm_core.types import ExplainMethod, Saliency


def compare_tab(asked: Asked, drawn: Drawn, colors: Theme) -> None:
    """What is there, and a button for what is not."""
    there = maps_of(asked)
    missing = [method for method in analysis.METHODS if method not in there]
    row = st.container(horizontal=True, vertical_alignment="bottom")
    lead = row.selectbox("Lead", LEADS, index=LEADS.index("V1"), key="explain_lead", width=120)
    if missing:
        request(
            "The other maps are", [asked.name(method=method) for method in missing],
            lambda: row.button(f"Make the other {len(missing)} maps", key="explain_all", icon=":material/stacks:"),
            lambda: ask_maps(asked, missing),
        )  # fmt: skip
    titles = method_titles()
    drawn_maps = [_row(asked, method, found, titles[method]) for method, found in there.items()]
    st.image(
        render(strips(drawn.sheet, drawn.shown, lead, drawn_maps, colors)), width="stretch",
        alt=f"Lead {lead} under the maps of {', '.join(titles[method] for method in there)}",
    )  # fmt: skip
    st.caption(
        "Orange, upper half: speaks for it; blue, lower half: against it; gray: checked, and not better than random. "
        "Each map has its own scale, the same for all of its leads. Relevance knows no against; attention is where the "
        "encoder looks, for or against anything, on a logarithmic scale. Both look the same in every lead."
    )
    agreement_of(asked, "explain_agree")


def _row(asked: Asked, method: ExplainMethod, found: Saliency, title: str) -> tuple[str, Overlay]:
    doubted = doubted_of(asked, method)
    name = f"{title} (not better than random)" if doubted else title
    return name, saliency_overlay(found, Look(style="background", doubted=doubted))


def agreement_of(asked: Asked, key: str) -> None:
    """How far the maps agree that are there."""
    first, *others = maps_of(asked).values()
    if not others:
        st.caption("How far methods agree is told once others are made: *All methods side by side*.")
        return
    st.markdown("**Agreement of the maps**, as rank correlation; empty: one knows only leads, the other only times")
    st.dataframe(agreement_table(analysis.map_agreement(first, others, FS), method_titles()), key=key)
