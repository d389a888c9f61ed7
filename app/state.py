"""What a session remembers. The only file that touches st.session_state and st.query_params."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

from app.settings import settings
from ecgfm_core.types import Facts, Source

_ENCODER, _IS_DEMO, _FACTS, _SAMPLE = "encoder", "encoder_is_demo", "given_facts", "sample"
_SELECTED, _CHOSEN, _SEEN, _PAGES = "selected", "id", "seen", "pages"
OUTLINE = "lasso"
"""What the page's address calls the outline by which recordings were selected."""
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


def selected(cohort: str) -> frozenset[str]:
    """Ids of the recordings that are selected in this cohort; none where nothing is."""
    found: frozenset[str] = st.session_state.get(_SELECTED, {}).get(cohort, frozenset())
    return found


def select(cohort: str, ids: Iterable[str]) -> None:
    """Select these recordings of a cohort, in place of those that were; the address names their outline no more."""
    st.session_state[_SELECTED] = {**st.session_state.get(_SELECTED, {}), cohort: frozenset(ids)}
    st.query_params.pop(OUTLINE, None)


def has_selected(cohort: str) -> bool:
    """Whether anything was selected in this cohort, or cleared, since the session began."""
    return cohort in st.session_state.get(_SELECTED, {})


def outline() -> str:
    """The outline that the page's address names, as it stands there; "" where it names none."""
    return st.query_params.get(OUTLINE, "")


def chosen() -> str | None:
    """The recording that the page's address names."""
    return st.query_params.get(_CHOSEN)


def choose(id: str | None) -> None:
    """Look at this recording, and put it into the page's address."""
    if id is None:
        st.query_params.pop(_CHOSEN, None)
    elif st.query_params.get(_CHOSEN) != id:
        st.query_params[_CHOSEN] = id


def mark_row(key: str, row: int | None) -> None:
    """Select a row of the table with this key, or none, before it is drawn."""
    st.session_state[key] = {"selection": {"rows": [] if row is None else [row], "columns": [], "cells": []}}


def marked_row(key: str) -> int | None:
    """The row that is selected in the table with this key."""
    rows = st.session_state.get(key, {}).get("selection", {}).get("rows", [])
    return int(rows[0]) if rows else None


def picked(key: str) -> str | None:
    """What the point means that was clicked in the chart with this key: the first of its custom data."""
    points = st.session_state.get(key, {}).get("selection", {}).get("points", [])
    found = points[0].get("customdata") if points else None
    return str(found[0] if isinstance(found, list) else found) if found else None


def recording_address() -> dict[str, str]:
    """What addresses say of the recording that Read shows: a sample's name, and nothing of an upload."""
    sample = linked_sample()
    return {} if sample is None else {_SAMPLE: sample}


def texts(key: str) -> list[str]:
    """What is chosen in a widget of several choices, before it is drawn."""
    return list(st.session_state.get(key) or [])


def text(key: str) -> str:
    """What is written in a widget, before it is drawn."""
    return str(st.session_state.get(key) or "")


def remember_pages(pages: Mapping[str, object]) -> None:
    """Know the pages by name, so that one may lead to another."""
    st.session_state[_PAGES] = dict(pages)


def go_to(page: str, **address: str) -> None:
    """Turn to a page by its name; what its address shall say goes before what was chosen there."""
    for name in address:
        st.session_state.pop(name, None)
    st.switch_page(st.session_state[_PAGES][page], query_params=address)


def linked(name: str, options: Sequence[str], first: int = 0) -> int:
    """Place of the option that the page's address names, else of the first."""
    value = st.query_params.get(name)
    return options.index(value) if value in options else first


def address(name: str) -> str | None:
    """What the page's address says under this name."""
    return st.query_params.get(name)


def link(name: str, value: str) -> None:
    """Put a choice into the page's address."""
    if st.query_params.get(name) != value:
        st.query_params[name] = value


def keep(key: str, value: object) -> None:
    """Remember something for this session."""
    st.session_state[key] = value


def kept(key: str) -> object:
    """What was remembered under this key, or None."""
    return st.session_state.get(key)


def fresh(what: str, value: object) -> bool:
    """Whether a widget tells something that it had not told when it was last asked."""
    seen = st.session_state.setdefault(_SEEN, {})
    if seen.get(what) == value:
        return False
    seen[what] = value
    return True
