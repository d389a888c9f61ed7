"""A map in words: what was scored, where what speaks for it lies, and in tables of waves, leads and beats."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app.figures.evidence import beat_table, lead_table, segment_table
from app.parts.explaining import Asked
from app.parts.notice import plain
from ecgfm_core import analysis
from ecgfm_core.types import Check, FloatArray, Prediction, Saliency


def in_short(asked: Asked, found: Saliency, card: Check | None, prediction: Prediction | None) -> None:
    """What stands beside the paper."""
    if isinstance(asked.target, str) and prediction is not None:
        st.markdown(_probability(asked.target, found, prediction))
    st.markdown(plain(analysis.in_words(found, asked.beats)))
    if found.gap is not None:
        st.caption(f"Not explained by the map: {_each(found, found.gap, '.2%')} of the score's change.")
    if found.standard_error is not None:
        st.caption(f"Standard error: {_each(found, found.standard_error, '.3f')} of probability.")
    if card is None:
        st.caption(":material/help: Not checked yet. Whether to believe it: below.")
    elif card.better_than_random:
        st.success(plain(card.verdict), icon=":material/verified:")
    else:
        st.warning(plain(card.verdict), icon=":material/gpp_bad:")


def _probability(label: str, found: Saliency, prediction: Prediction) -> str:
    """Over the recording, and in the windows that are explained; and where it is highest, if that is elsewhere."""
    each = {float(start): prediction.by_name(row)[label] or 0.0 for row, start in enumerate(prediction.starts_s)}
    shown = {start: each[start] for start in found.starts_s.tolist()}
    told = f"**{plain(label)}**: probability {prediction[label]:.2f} over the recording"
    if len(each) > 1:
        told += f", {', '.join(f'{p:.2f} from {start:g} s' for start, p in shown.items())}"
    highest = max(each, key=lambda start: each[start])
    return told if highest in shown else f"{told}. Highest from {highest:g} s: {each[highest]:.2f}"


def _each(found: Saliency, values: FloatArray, form: str) -> str:
    """A number a window."""
    told = [f"{value:{form}}".replace("%", " %") for value in values]
    if len(told) == 1:
        return told[0]
    return ", ".join(f"{text} ({start:g} s)" for text, start in zip(told, found.starts_s, strict=True))


def where_tab(asked: Asked, found: Saliency) -> None:
    """In which waves, leads and beats the positive evidence lies."""
    lies = analysis.energy(found, asked.beats)
    if lies is None:
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        if lies.segments:
            st.markdown("**In which waves**")
            st.dataframe(segment_table(lies), hide_index=True, key="explain_segments")
        elif np.isfinite(found.resolution_s):
            st.caption("No beats are known: waves cannot be named.")
        else:
            st.caption("This method knows leads only, no times.")
        if lies.leads is not None and not lies.segments:
            st.dataframe(lead_table(lies), hide_index=True, key="explain_leads")
    with right:
        if lies.beats:
            st.markdown("**In which beats**, most first")
            st.dataframe(beat_table(lies), hide_index=True, key="explain_beats", height=280)
    st.caption(
        f"Shares of the {'positive evidence' if found.class_specific else 'attention'}, in percent. More than the "
        "share of the time = more than an even map would lay there. Waves are those of the delineation; *other* has no "
        "name in it."
    )
