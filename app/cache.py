"""What is computed once. The only file with st.cache_*: encoders are shared, recordings stay in their session."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

import ecgfm_core as ecg
from app.settings import settings
from ecgfm_core.types import Encoding, Facts, Reading, Record, Source

if TYPE_CHECKING:
    from ecgfm_core import Encoder

SAMPLES = Path(__file__).parents[1] / "data_samples"


@st.cache_resource(max_entries=2, show_spinner="Loading the encoder ...")
def encoder(name: str) -> Encoder:
    """The encoder of this name, one for all sessions."""
    chosen = settings()
    return ecg.load_encoder(name, device=chosen.device or None, cache=chosen.cache_folder, endpoint=chosen.hub or None)


@st.cache_resource(scope="session", max_entries=2, show_spinner=False)
def readings(digests: tuple[str, ...], _sources: list[Source], facts: Facts) -> list[Reading]:
    """What became of the uploaded files; the digests of their names and bytes are the key."""
    return list(ecg.read_each(_sources, facts))


@st.cache_resource(show_spinner=False)
def samples() -> dict[str, Record]:
    """The recordings that come with the project, by name."""
    return {path.stem: ecg.read_record(path) for path in sorted(SAMPLES.glob("*.hea"))}


@st.cache_resource(scope="session", max_entries=32, show_spinner=False)
def encoding(
    digest: str, fingerprint: str, attention: bool, _record: Record, _encoder: Encoder,
    _progress: Callable[[int, int], None],
) -> Encoding:  # fmt: skip
    """The encoding of a record; digest and fingerprint are the key."""
    windows = ecg.to_windows(_record)
    return ecg.encode(windows, _encoder, attention=attention, precision=settings().precision, progress=_progress)


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Import torch and the readers in the background, so that the first upload does not wait for them."""
    thread = threading.Thread(target=_warm_up, name="warm-up", daemon=True)
    thread.start()
    return thread


def _warm_up() -> None:
    from ecgfm_core.errors import EcgfmError

    try:
        ecg.encode(ecg.to_windows(ecg.read_record(SAMPLES / "af.hea")), ecg.load_encoder("demo", device="cpu"))
    except EcgfmError:
        return  # the page will say it
