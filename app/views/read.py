"""Read: a recording on paper, its quality, its probabilities, and what the model saw."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

import ecgfm_core as ecg
from app import cache, state
from app.figures.attention import attention_overlay
from app.figures.overlay import Overlay
from app.figures.probabilities import probability_chart, probability_table, score_note
from app.figures.steps import steps_chart, steps_in_words
from app.figures.theme import Theme, theme
from app.parts.measurements import essential_line, measurement_tables
from app.parts.notice import error_boundary, plain
from app.parts.paper import Drawn, choose_setup, choose_start, exports, on_paper, paper_panel
from app.parts.progress import tell_windows
from app.parts.quality import objections, quality_gate
from app.parts.recordings import choose_recording
from ecgfm_core.leads import LEADS
from ecgfm_core.types import Encoding, Measurements, Quality, Record

if TYPE_CHECKING:
    from ecgfm_core import Encoder

_LABELS_WIDTH = [13, 7]


def page() -> None:
    """Draw the page."""
    cache.warm_up()
    with error_boundary():
        record = choose_recording()
        if record is not None:
            _show(record)


def _show(record: Record) -> None:
    colors = theme(st.context.theme.type == "dark")
    measured, examined = cache.measured(record), cache.examined(record)
    with st.container(key="reading"):
        left, right = st.columns(_LABELS_WIDTH, gap="medium")
    with left:
        drawn, banded = _set_paper(record, measured)
        place, below = st.container(), st.container()
    if not banded:  # the paper does not wait for the model
        with place:
            paper_panel(drawn, colors)
    encoder = None
    with right, error_boundary():
        passes = quality_gate(examined, len(measured.beats))
        slot = st.empty()
        slot.empty()  # the probabilities of another recording must not stand beside this one
        encoder = cache.encoder(state.encoder_name())
        if not banded:
            with below:
                exports(drawn, encoder.fingerprint)
        encoding = cache.encoding(record, encoder, attention=banded, progress=tell_windows(slot))
        if banded:
            drawn = replace(drawn, overlay=_attention(encoding, encoder))
        with slot.container():
            _probabilities(record.name, encoding, colors, dimmed=not passes)
    if banded:
        with place:
            paper_panel(drawn, colors)
    with below:
        if drawn.overlay is not None:
            st.caption(_ATTENTION_CAPTION)
        if banded or encoder is None:
            exports(drawn, encoder.fingerprint if encoder else None)
    _details(record, measured, examined, drawn.start_s, colors)


def _set_paper(record: Record, measured: Measurements) -> tuple[Drawn, bool]:
    """The line above the paper: what it is, how it shall be drawn, whether with attention."""
    with st.container(horizontal=True, vertical_alignment="center", key="summary"):
        _summary(record)
        st.space("stretch")
        banded = st.toggle("Attention", key="attention", help=_ATTENTION_HELP)
        setup, filters = choose_setup(record.fs)
    _stated(record)
    essential_line(measured, cache.examined(record))
    return on_paper(record, measured, setup, filters, choose_start(record)), banded


_ATTENTION_HELP = (
    "The attention of the last layer. It is class-agnostic: the same for every label, and the same for every lead; "
    "it says where the encoder is focused, not what speaks for a diagnosis."
)
_ATTENTION_CAPTION = (
    "Band: **class-agnostic** attention of the last layer, what each frame receives (mean over heads, queries). "
    "Fixed logarithmic scale: no color up to an even share, full color at thirty times that. The same for all leads."
)


def _summary(record: Record) -> None:
    """Name and facts: what a reader must know before believing anything below."""
    st.markdown(f"**{plain(record.name)}**", width="content")
    st.caption(f"{record.fs:g} Hz · {record.duration_s:.1f} s · {record.unit or 'unit not stated'}", width="content")
    derived = [lead for lead in LEADS if lead not in record.leads]
    if derived:
        st.badge(f"derived: {', '.join(derived)}", color="blue")


def _stated(record: Record) -> None:
    """Warnings of the reader, and what the file itself says of the patient and the ECG."""
    for warning in record.meta.warnings:
        st.warning(plain(warning), icon=":material/warning:")
    meta = record.meta
    person = [
        f"{meta.age:g} years" if meta.age is not None else "",
        {"F": "female", "M": "male"}.get(meta.sex or "", ""),
    ]
    said = ", ".join(filter(None, [*person, *meta.statements[:4]]))
    if said:
        st.caption(f"The file says: {plain(said[:160])}")


def _attention(encoding: Encoding, encoder: Encoder) -> Overlay:
    frame_s = encoder.config.architecture.stride / encoder.config.input.fs
    return attention_overlay(ecg.attention_per_frame(encoding), encoding.starts_s, frame_s)


def _probabilities(name: str, encoding: Encoding, colors: Theme, *, dimmed: bool) -> None:
    prediction = ecg.predict(encoding)
    st.markdown("**Probabilities**", help=_PROBABILITY_HELP)
    st.plotly_chart(
        probability_chart(prediction, colors, dimmed=dimmed, large=state.large_type()),
        key="probabilities", config={"displayModeBar": False}, on_select="rerun", selection_mode="points",
        alt=f"Probabilities of {name}, highest first; the table below holds the same numbers",
    )  # fmt: skip
    asked = state.picked("probabilities")
    if asked is not None:
        state.go_to("explain", label=asked, **state.recording_address())
    st.caption(
        "Bar: the recording. Dots: its windows. Upright mark: how common the label was among the training recordings "
        "that state it. "
        f"{score_note(encoding.labels)} Encoder {encoding.encoder[:8]}."
    )
    with st.expander("As a table, with every window"):
        st.dataframe(
            probability_table(prediction), hide_index=True, key="probability_table",
            column_config={"probability": st.column_config.ProgressColumn(min_value=0, max_value=1, format="%.2f")},
        )  # fmt: skip


_PROBABILITY_HELP = (
    "Sigmoid of the model's output, not a risk. Bars combine the windows by each label's own rule (mean; maximum for "
    "events that may show in one window alone)."
)


def _details(record: Record, measured: Measurements, examined: Quality, start_s: float, colors: Theme) -> None:
    values, saw, stated = st.tabs(["Measurements", "What the model saw", "File and quality"])
    with values, error_boundary():
        measurement_tables(measured, record, colors)
    with saw, error_boundary():
        steps = ecg.preprocess(record)
        words, chart = st.columns(_LABELS_WIDTH[::-1], gap="medium")
        with words:
            for number, sentence in enumerate(steps_in_words(steps, record.fs, record.unit), 1):
                st.markdown(f"{number}. {sentence}")
            lead = st.selectbox("Lead", LEADS, index=1, key="lead")
        chart.plotly_chart(
            steps_chart(steps, record, lead, colors, start_s=start_s), key="steps", config={"displayModeBar": False},
            alt=f"Lead {lead} before and after the preprocessing",
        )  # fmt: skip
    with stated:
        _file_report(record, examined)


def _file_report(record: Record, examined: Quality) -> None:
    meta = record.meta
    facts = {
        "format": meta.format,
        "leads in the file": ", ".join(record.leads),
        "rate": f"{record.fs:g} Hz",
        "unit": f"{record.unit or 'not stated'} ({meta.unit_source})",
        "age, sex": f"{'-' if meta.age is None else f'{meta.age:g}'}, {meta.sex or '-'}",
        "digest": record.digest[:16],
    }
    left, right = st.columns(2, gap="medium")
    left.dataframe([{"what": k, "value": v} for k, v in facts.items()], hide_index=True, key="file_facts")
    with right:
        objections(examined)
        if meta.statements:
            st.markdown("**The file's own statements**")
            st.text("\n".join(meta.statements))
