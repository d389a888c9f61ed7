"""What a session remembers. The only file that touches st.session_state and st.query_params."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from app.settings import settings
from ecgfm_core.types import Facts, Source

_ENCODER, _IS_DEMO, _FACTS, _SAMPLE = "encoder", "encoder_is_demo", "given_facts", "sample"
UPLOAD, _KEPT = "upload", "kept_uploads"
"""The uploader's key; and where its files are kept."""
LARGE = "large"
"""The key of the choice of type."""


def encoder_name() -> str:
    """The encoder that this session uses."""
    return str(st.session_state.setdefault(_ENCODER, settings().encoder))


def is_demo() -> bool:
    """Whether that is the demo encoder, by whatever path it was loaded."""
    return bool(st.session_state.get(_IS_DEMO, encoder_name() == "demo"))


def choose_encoder(name: str, *, demo: bool) -> None:
    """Use another encoder from now on."""
    st.session_state[_ENCODER] = name
    st.session_state[_IS_DEMO] = demo


def keep_uploads() -> None:
    """Keep what the uploader holds, so that a look at another page does not lose it."""
    files = st.session_state.get(UPLOAD) or []
    st.session_state[_KEPT] = [Source(file.name, file.getvalue()) for file in files]


def uploads() -> list[Source]:
    """The files that the person uploaded last, until they are taken away."""
    kept: list[Source] = st.session_state.get(_KEPT, [])
    return kept


def drop_uploads() -> None:
    """Forget the uploaded files."""
    st.session_state.pop(_KEPT, None)


def large_type() -> bool:
    """Whether the type is that for the last row of a lecture hall."""
    return bool(st.session_state.get(LARGE, False))


def facts_of(digest: str) -> Facts:
    """What the person said of the file with this digest; nothing of any other file."""
    return _facts().get(digest, Facts())


def state_facts(digests: Iterable[str], given: Facts) -> None:
    """Remember what the person said of these files."""
    _facts().update(dict.fromkeys(digests, given))


def forget_facts(digests: Iterable[str]) -> None:
    """Ask again."""
    for digest in digests:
        _facts().pop(digest, None)


def _facts() -> dict[str, Facts]:
    stored: dict[str, Facts] = st.session_state.setdefault(_FACTS, {})
    return stored


def linked_sample() -> str | None:
    """The sample that the page's address names."""
    return st.query_params.get(_SAMPLE)


def link_sample(name: str | None) -> None:
    """Put the sample into the page's address; an uploaded file never goes there."""
    if name is None:
        st.query_params.pop(_SAMPLE, None)
    elif st.query_params.get(_SAMPLE) != name:
        st.query_params[_SAMPLE] = name
