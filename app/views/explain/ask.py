"""What is to be explained: the recording, the label, the method, the windows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

import ecgfm_core as ecg
from app import cache, jobs, state
from app.parts.annotations import probes_of
from app.parts.chosen import chosen_row
from app.parts.cohorts import SHIPPED, by_key
from app.parts.explaining import Asked, method_titles
from app.parts.notice import plain
from app.parts.recordings import choose_recording
from ecgfm_core import analysis
from ecgfm_core.types import ExplainMethod, Prediction, Probe, Record, Windows

if TYPE_CHECKING:
    from ecgfm_core import Encoder
    from ecgfm_core.analysis import Target

PROBE = "probe:"
_ANYTHING = "anything else"
_FIRST: ExplainMethod = "relevance"


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be explained: labels by falling probability, then the person's own probes, by their names in addresses.

    Attributes:
        words: for people, by name.
        probes: by name.
    """

    words: dict[str, str]
    probes: dict[str, Probe]


def find_recording() -> Record | None:
    """That of the cohort which the page's address names, else the one that is looked at on Read."""
    found = by_key(state.address("cohort") or state.kept("cohort")) if state.chosen() else None
    cohort = None if found is None else cache.cohort(found.folder)
    row = None if cohort is None else chosen_row(cohort)
    if found is None or cohort is None or row is None:
        if state.chosen():
            st.caption("The recording of the address is in no cohort here.", width="content")
        with st.popover("Recording", icon=":material/folder_open:", help="Open a file, or pick a sample"):
            return choose_recording()
    st.caption(f"From the cohort {plain(found.title)}", width="content")
    st.button("Close", on_click=state.choose, args=(None,), key="explain_close", type="tertiary")
    return cache.cohort_record(cohort, cohort.ids[row])


def offer(prediction: Prediction | None, encoder: Encoder) -> Offer:
    """Labels of the encoder, and probes of the cohort that was looked at last."""
    known = {} if prediction is None else {name: p for name, p in prediction.by_name().items() if p is not None}
    words = {name: f"{known[name]:.2f}  {name}" for name in sorted(known, key=lambda name: -known[name])}
    probes = {_address(probe): probe for probe in _own_probes(encoder)}
    return Offer(words | {name: f"probe: {probe.label.name}" for name, probe in probes.items()}, probes)


def _own_probes(encoder: Encoder) -> tuple[Probe, ...]:
    found = by_key(state.kept("cohort") or SHIPPED)
    if found is None:
        return ()
    probes = probes_of(found.key, cache.cohort(found.folder))
    return tuple(probe for probe in probes if probe.encoder == encoder.fingerprint)


def _address(probe: Probe) -> str:
    """What addresses call a probe: its name is a person's own words."""
    return PROBE + hashlib.sha256(probe.label.name.encode()).hexdigest()[:10]


def ask(record: Record, encoder: Encoder, offered: Offer, start_s: float) -> Asked | None:
    """The question, by the widgets of one line; None where the encoder has nothing to explain."""
    names = list(offered.words)
    if not names:
        st.info("This encoder has no trained label. Choose another on the page Model, or learn a probe on the Map.")
        return None
    left, middle, right, last = st.columns([4, 3, 3, 2], vertical_alignment="bottom")
    with left:
        label = _choice("Why", "label", names, offered.words)
    with middle:
        others = [name for name in names if name != label and name not in offered.probes]
        versus = _choice("rather than", "versus", [_ANYTHING, *others], offered.words, disabled=label in offered.probes)
    with right:
        titles = method_titles()
        method = _choice("by", "method", sorted(titles, key=lambda name: name != _FIRST), titles)
    with last:
        windows = _windows(record, start_s)
    network = jobs.Network(state.encoder_name(), encoder.fingerprint)
    target = _target(label, versus, offered)
    return Asked(windows, cache.measured(record).beats, network, target, method)  # type: ignore[arg-type]


def _target(label: str, versus: str, offered: Offer) -> Target:
    if label in offered.probes:
        return offered.probes[label]
    return label if versus == _ANYTHING else analysis.Contrast(label, versus)


def _choice(title: str, name: str, options: list[str], words: dict[str, str], *, disabled: bool = False) -> str:
    """A choice that is kept in the page's address."""
    chosen = st.selectbox(
        title, options, index=state.linked(name, options), key=f"explain_{name}", disabled=disabled,
        format_func=lambda option: words.get(option, option),
    )  # fmt: skip
    state.link(name, chosen)
    return chosen


def _windows(record: Record, start_s: float) -> Windows:
    """The windows of the sheet that begins at `start_s`, or one of them."""
    every = ecg.to_windows(record)
    on = np.flatnonzero((every.starts_s > start_s - 5) & (every.starts_s < start_s + 10))
    on = on if len(on) else np.arange(len(every.values))[-1:]
    words = {f"{every.starts_s[row]:g}": f"{every.starts_s[row]:g} to {every.starts_s[row] + 5:g} s" for row in on}
    rows = on
    if len(on) > 1:
        chosen = _choice("Windows", "window", ["all", *words], {"all": "the whole sheet", **words})
        rows = on if chosen == "all" else on[list(words).index(chosen)][None]
    return replace(every, values=every.values[rows], starts_s=every.starts_s[rows])
