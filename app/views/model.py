"""Model: which encoder, its fingerprint, licence, labels, device and versions; and switching to another."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

import ecgfm_core as ecg
from app import cache, state
from app.parts.notice import error_boundary, plain
from app.settings import settings

if TYPE_CHECKING:
    from ecgfm_core import Encoder

_NARROW = {"what": st.column_config.TextColumn(width=90)}
_NAMES = {"demo": "Demo (in the repository)", "ecg-fm": "ECG-FM (published, 90.9 M parameters)", "folder": "A folder"}


def page() -> None:
    """Draw the page."""
    left, right = st.columns([2, 3], gap="large")
    with left, error_boundary():
        _switch()
    with right, error_boundary():
        _describe(cache.encoder(state.encoder_name()))


def _switch() -> None:
    st.subheader("Encoder")
    current = state.encoder_name()
    kind = current if current in _NAMES else "folder"
    chosen = st.radio("Use", list(_NAMES), index=list(_NAMES).index(kind), format_func=_NAMES.get, key="kind")
    if chosen == "ecg-fm" and not ecg.is_downloaded(settings().cache_folder):
        _download()
    elif chosen == "folder":
        path = st.text_input(
            "Folder with model.safetensors and config.json", value=current if kind == "folder" else "", key="folder"
        )
        if st.button("Load", key="load", disabled=not path):
            _use(path)
    elif chosen != current:
        _use(chosen)


def _use(name: str) -> None:
    chosen = cache.encoder(name)  # one that cannot be loaded never becomes the session's
    state.choose_encoder(name, demo=chosen.name == "demo")
    st.rerun()


def _download() -> None:
    st.markdown(
        "ECG-FM is not on this machine yet. It is fetched once from the Hugging Face repository `wanglab/ecg-fm` "
        "(about 1 GB, MIT licence), verified and converted. Nothing else is sent or fetched."
    )
    if not st.button("Download ECG-FM", type="primary", key="download"):
        return
    bar = st.progress(0.0, "asking the hub ...")
    st.caption("Leaving this page cancels; a later download resumes.")

    def progress(done: int, total: int) -> None:
        if total:
            bar.progress(min(done / total, 1.0), f"{done / 1e6:,.0f} of {total / 1e6:,.0f} MB")

    chosen = settings()
    ecg.download_ecg_fm(chosen.cache_folder, endpoint=chosen.hub or None, progress=progress)
    _use("ecg-fm")


def _describe(encoder: Encoder) -> None:
    config, sizes = encoder.config, encoder.config.architecture
    parameters = sum(tensor.numel() for tensor in encoder.net.parameters())
    st.subheader(plain(config.name))
    facts = {
        "fingerprint": encoder.fingerprint,
        "licence": config.licence,
        "origin": config.origin,
        "size": f"{parameters / 1e6:.1f} M parameters: {sizes.layers} layers of {sizes.embed_dim}, {sizes.heads} heads",
        "input": f"{len(config.input.leads)} leads, {config.input.fs:g} Hz, {config.input.window_s:g} s a window",
        "device": f"{encoder.device} ({settings().precision})",
        "versions": f"ecgfm {ecg.__version__}, torch {version('torch')}, Python {platform.python_version()}",
    }
    st.dataframe(
        [{"what": k, "value": v} for k, v in facts.items()], hide_index=True, key="encoder_facts", column_config=_NARROW
    )
    if not config.labels:
        st.info("A backbone without a head: it gives embeddings, no probabilities.")
        return
    st.markdown(f"**{len(config.labels)} labels**, in the order of the outputs")
    rows = [
        {
            "label": label.name,
            "trained": "yes" if label.trained else "not trained",
            "prevalence": label.prevalence,
            "combined by": label.rule,
            "threshold": f"{label.threshold.value:.3f} ({label.threshold.provenance})" if label.threshold else "none",
            "calibration": "none" if label.temperature == 1.0 else f"temperature {label.temperature:.2f}",
        }
        for label in config.labels
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="labels", height=38 + 35 * len(rows))
    if encoder.card:
        with st.expander("Model card"):
            if state.encoder_name() == "demo":
                st.markdown(encoder.card)
            else:  # a foreign card as text: its pictures would be fetched from elsewhere
                st.code(encoder.card, language=None, wrap_lines=True)
