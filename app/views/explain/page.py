"""Explain: what a score rests on, drawn on the paper and in words, and whether to believe it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import streamlit as st

import ecgfm_core as ecg
from app import cache, jobs, state
from app.figures.filters import Filters
from app.figures.overlay import Style
from app.figures.saliency import FS, Look, Scale, saliency_overlay
from app.figures.sheet import Setup
from app.figures.theme import Theme, theme
from app.parts.explaining import MAP, STUDY, Asked, ask_maps, awaits, card_of, collect, doubted_of, gave_up, map_of
from app.parts.notice import error_boundary, plain
from app.parts.paper import Drawn, choose_setup, choose_start, exports, on_paper, paper_panel
from app.parts.progress import running, tell_outcome, tell_windows, watch
from app.views.explain.ask import ask, find_recording, offer
from app.views.explain.card import card_tab
from app.views.explain.compare import compare_tab
from app.views.explain.group import group_tab
from app.views.explain.words import in_short, where_tab
from ecgfm_core import analysis
from ecgfm_core.types import Record, Saliency

if TYPE_CHECKING:
    from ecgfm_core import Encoder
    from ecgfm_core.types import Check, Prediction

_WIDTHS = [13, 7]


def page() -> None:
    """Draw the page."""
    jobs.EXPLANATIONS.begin()  # so that the first map does not wait for torch
    collect()
    with error_boundary():
        with st.container(horizontal=True, vertical_alignment="center"):
            name = st.container(width="content")
            record = find_recording()
            st.space("stretch")
            look = _choose_look()
            setup, filters = choose_setup(record.fs if record else FS)
        if record is None:
            st.info("Open a recording, or answer what its file does not say, under *Recording*.")
        else:
            name.markdown(f"**{plain(record.name)}**", width="content")
            _show(record, look, setup, filters)


def _show(record: Record, look: Look, setup: Setup, filters: Filters) -> None:
    colors = theme(st.context.theme.type == "dark")
    encoder = cache.encoder(state.encoder_name())
    start_s = choose_start(record)
    prediction = _predicted(record, encoder)
    asked = ask(record, encoder, offer(prediction, encoder), start_s)
    if asked is None:
        return
    found, card, fault = map_of(asked), card_of(asked), cache.examined(record).verdict
    if fault:
        st.warning(f"{plain(fault)}. Do not rely on the probability or its map.", icon=":material/signal_disconnected:")
    drawn = on_paper(record, cache.measured(record), setup, filters, start_s)
    if found is not None:
        drawn = replace(drawn, overlay=saliency_overlay(found, replace(look, doubted=doubted_of(asked))))
    _lay_out(drawn, asked, found, card, prediction, colors)


def _lay_out(
    drawn: Drawn, asked: Asked, found: Saliency | None, card: Check | None, prediction: Prediction | None, colors: Theme
) -> None:
    with st.container(key="reading"):
        left, right = st.columns(_WIDTHS, gap="medium")
    with left:
        paper_panel(drawn, colors)
        exports(drawn, asked.network.fingerprint)
    with right, error_boundary():
        st.caption(plain(analysis.METHODS[asked.method].says))
        if found is not None:
            in_short(asked, found, card, prediction)
        else:
            _ask(asked)
        for job, what, every_s in ((MAP, "Explaining", 0.4), (STUDY, "Beside it", 1.5)):
            if running(job):
                watch(job, what, every_s=every_s)
    if found is None:
        return
    where, check, others, group = st.tabs(
        ["Where it lies", "Whether to believe it", "All methods side by side", "Over a cohort"]
    )
    with where, error_boundary():
        where_tab(asked, found)
    with check, error_boundary():
        card_tab(asked, found, card, colors)
    with others, error_boundary():
        compare_tab(asked, drawn, colors)
    with group, error_boundary():
        group_tab(asked, found, colors)


def _choose_look() -> Look:
    """How the map shall lie on the paper."""
    with st.popover("Map", icon=":material/palette:", help="How the map lies on the paper"):
        style = st.segmented_control(
            "Drawn as", get_args(Style), default="background", required=True, key="map_style", bind="query-params"
        )
        scale = st.segmented_control(
            "Full color", get_args(Scale), default="one for all leads", required=True, key="map_scale",
            bind="query-params", help="One scale for all leads shows which leads count; one a lead, where in each.",
        )  # fmt: skip
        opacity = st.slider("Opacity (%)", 10, 100, 100, 10, key="map_opacity", bind="query-params")
    return Look(scale=scale, style=style, opacity=opacity / 100)


def _predicted(record: Record, encoder: Encoder) -> Prediction | None:
    """The probabilities; None from a backbone, which has no labels."""
    if not encoder.labels:
        return None
    slot = st.empty()
    encoding = cache.encoding(record, encoder, attention=False, progress=tell_windows(slot))
    slot.empty()
    return ecg.predict(encoding)


def _ask(asked: Asked) -> None:
    """Have the map made; not again after the person has canceled it."""
    job = gave_up(asked.name())
    if job is not None:
        tell_outcome(job, "")
        if not st.button("Explain", type="primary", key="explain_again"):
            return
    if not awaits(asked.name()):
        ask_maps(asked, [asked.method])
