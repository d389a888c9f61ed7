"""The cohorts that there are, and choosing one. A browser chooses among them; it never names a folder."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from app import cache, state
from app.settings import settings
from ecgfm_core.errors import EcgfmError

SHIPPED = "sample"
"""Key of the cohort that comes with the project."""


class Found(NamedTuple):
    """A cohort on this machine.

    Attributes:
        key: its name in addresses and in the session; says nothing of where it lies.
        folder: where it lies.
        title: for people.
        recordings: how many.
        encoder: that it was built with, and the beginning of its fingerprint.
        made: when its description was written last.
    """

    key: str
    folder: Path
    title: str
    recordings: int
    encoder: str
    made: datetime


def available() -> list[Found]:
    """The cohort of the project, then those of the settings' folder, the newest first.

    What cannot be opened, or holds nothing that an encoder has embedded, is left out.
    """
    places = [(SHIPPED, cache.SAMPLES / "cohort")]
    own = settings().cohorts_folder
    if own.is_dir():
        places += [(key_of(path), path) for path in own.iterdir()]
    found = []
    for key, folder in places:
        if not (folder / "cohort.json").is_file():
            continue
        try:
            title, recordings, encoder = cache.in_brief(folder)
            made = datetime.fromtimestamp((folder / "cohort.json").stat().st_mtime).astimezone()
        except (EcgfmError, OSError):
            continue  # it does not hide the others
        if recordings and encoder:
            found.append(Found(key, folder, title, recordings, encoder, made))
    return sorted(found, key=lambda one: (one.key == SHIPPED, one.made), reverse=True)


def key_of(folder: Path) -> str:
    """Name in addresses of a cohort in the settings' folder."""
    return hashlib.sha256(folder.name.encode()).hexdigest()[:10]


def by_key(key: object) -> Found | None:
    """The cohort that an address means."""
    return next((one for one in available() if one.key == key), None)


def choose_cohort(name: str = "cohort") -> Found | None:
    """The cohort that the page is about, kept under `name` in the page's address; None where there is none."""
    found = {one.key: one for one in available()}
    if not found:
        st.info("No cohort is here yet. Make one on the page Build, or with `ecgfm embed`.")
        return None
    keys = list(found)
    key = st.selectbox(
        "Cohort", keys, index=state.linked(name, keys), key=name, persist_state="session",
        label_visibility="collapsed",
        format_func=lambda key: f"{found[key].title} ({found[key].recordings:,})" if key in found else key,
    )  # fmt: skip
    state.link(name, key)
    return found[key]
