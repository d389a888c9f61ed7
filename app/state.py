"""What a session remembers. The only file that touches st.session_state and st.query_params."""

from __future__ import annotations

import streamlit as st

from app.settings import settings
from ecgfm_core.types import Facts

_ENCODER, _FACTS, _SAMPLE = "encoder", "given_facts", "sample"


def encoder_name() -> str:
    """The encoder that this session uses."""
    return str(st.session_state.setdefault(_ENCODER, settings().encoder))


def choose_encoder(name: str) -> None:
    """Use another encoder from now on."""
    st.session_state[_ENCODER] = name


def facts() -> Facts:
    """What the person said of files that do not state their rate, unit or leads."""
    stored = st.session_state.get(_FACTS)
    return stored if isinstance(stored, Facts) else Facts()


def state_facts(given: Facts) -> None:
    """Remember what the person said; what is None keeps its earlier value."""
    known = facts()
    st.session_state[_FACTS] = Facts(given.fs or known.fs, given.unit or known.unit, given.leads or known.leads)


def forget_facts() -> None:
    """Ask again."""
    st.session_state.pop(_FACTS, None)


def linked_sample() -> str | None:
    """The sample that the page's address names."""
    return st.query_params.get(_SAMPLE)


def link_sample(name: str | None) -> None:
    """Put the sample into the page's address; an uploaded file never goes there."""
    if name is None:
        st.query_params.pop(_SAMPLE, None)
    elif st.query_params.get(_SAMPLE) != name:
        st.query_params[_SAMPLE] = name
