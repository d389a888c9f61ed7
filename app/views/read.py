"""Read: a recording on paper, its quality, its probabilities, and what the model saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st

import ecgfm_core as ecg
from app import cache, state
from app.figures.attention import attention_strip
from app.figures.probabilities import probability_chart, probability_table, score_note
from app.figures.sheet import PAGE_S, Strip, lay_out
from app.figures.steps import steps_chart, steps_in_words
from app.figures.svg import to_svg
from app.figures.theme import Theme, theme
from app.parts.notice import error_boundary, plain
from app.parts.recordings import choose_recording
from ecgfm_core.leads import LEADS, arrange
from ecgfm_core.types import Encoding, Quality, Record

if TYPE_CHECKING:
    from ecgfm_core import Encoder

_LABELS_WIDTH = [13, 7]
_MOST_BADGES = 4


def page() -> None:
    """Draw the page."""
    cache.warm_up()
    with error_boundary():
        record = choose_recording()
        if record is not None:
            _show(record)


def _show(record: Record) -> None:
    colors = theme(st.context.theme.type == "dark")
    arranged, derived = arrange(record.signal, record.leads, one_scale=record.unit is not None, name=record.name)
    examined = ecg.quality(record)
    with st.container(key="reading"):
        left, right = st.columns(_LABELS_WIDTH, gap="medium")
    with left:
        with st.container(horizontal=True, vertical_alignment="center", key="summary"):
            _summary(record, derived, examined)
            st.space("stretch")
            banded = st.toggle("Attention", key="attention", help=_ATTENTION_HELP)
        _stated(record)
        place = st.empty()
        start_s = _page_start(record)
        _paper(place, record, arranged, start_s, colors, None)
    with right, error_boundary():
        encoder = cache.encoder(state.encoder_name())
        encoding = _encode(record, encoder, attention=banded)
        if banded:
            strip = attention_strip(ecg.attention_per_frame(encoding), encoding.starts_s, _frame_s(encoder))
            _paper(place, record, arranged, start_s, colors, strip)
            left.caption(_ATTENTION_CAPTION)
        _probabilities(record.name, encoding, colors)
    _details(record, examined, start_s, colors)


_ATTENTION_HELP = (
    "The attention of the last layer. It is class-agnostic: the same for every label, and the same for every lead; "
    "it says where the encoder is focused, not what speaks for a diagnosis."
)
_ATTENTION_CAPTION = (
    "Band: **class-agnostic** attention of the last layer, what each frame receives (mean over heads, queries). "
    "Fixed logarithmic scale: no color up to an even share, full color at thirty times that. The same for all leads."
)


def _summary(record: Record, derived: tuple[str, ...], examined: Quality) -> None:
    """Name and badges: what a reader must know before believing anything below."""
    st.markdown(f"**{plain(record.name)}**", width="content")
    st.caption(f"{record.fs:g} Hz · {record.duration_s:.1f} s · {record.unit or 'unit not stated'}", width="content")
    if derived:
        st.badge(f"derived: {', '.join(derived)}", color="blue")
    for flag in examined.flags[:_MOST_BADGES]:
        st.badge(f"{flag.lead or ''} {flag.flag}".strip(), color="red", help=flag.why)
    if len(examined.flags) > _MOST_BADGES:
        st.badge(f"{len(examined.flags) - _MOST_BADGES} more", color="red", help="See File and quality below.")
    if not examined.flags:
        st.badge("quality: nothing found", color="gray", help=_QUALITY_HELP)


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


_QUALITY_HELP = (
    "Checked where rate, unit and leads allow: contact, clipping, noise, wander, mains, pacing spikes, Einthoven's "
    "relation, exchanged cables."
)


def _page_start(record: Record) -> float:
    """Where the sheet begins; a choice only for recordings of more than a sheet."""
    pages = int(np.ceil(record.duration_s / PAGE_S - 1e-6))
    if pages <= 1:
        return 0.0
    starts = [page * PAGE_S for page in range(pages - 1)] + [round(record.duration_s - PAGE_S, 2)]
    return float(st.select_slider("The sheet begins at (s)", starts, key="start"))


def _paper(
    place: st.delta_generator.DeltaGenerator, record: Record, arranged: npt.NDArray[np.floating], start_s: float,
    colors: Theme, strip: Strip | None,
) -> None:  # fmt: skip
    sheet = lay_out(arranged, record.fs, record.unit, start_s=start_s, title=record.name, strip=strip)
    place.image(to_svg(sheet, colors), width="stretch", alt=f"ECG on paper: {record.name}, 12 leads and a rhythm strip")


def _encode(record: Record, encoder: Encoder, *, attention: bool) -> Encoding:
    bar = st.empty()

    def progress(done: int, total: int) -> None:
        if done < total:
            bar.progress(done / total, f"window {done} of {total}")

    encoding = cache.encoding(record, encoder, attention=attention, progress=progress)
    bar.empty()
    return encoding


def _frame_s(encoder: Encoder) -> float:
    """Seconds from one frame to the next."""
    return encoder.config.architecture.stride / encoder.config.input.fs


def _probabilities(name: str, encoding: Encoding, colors: Theme) -> None:
    prediction = ecg.predict(encoding)
    st.markdown("**Probabilities**", help=_PROBABILITY_HELP)
    st.plotly_chart(
        probability_chart(prediction, colors), key="probabilities", config={"displayModeBar": False},
        alt=f"Probabilities of {name}, highest first; the table below holds the same numbers",
    )  # fmt: skip
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


def _details(record: Record, examined: Quality, start_s: float, colors: Theme) -> None:
    saw, stated = st.tabs(["What the model saw", "File and quality"])
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
        **{f"stated {name}": f"{value:g}" for name, value in meta.measurements.items()},
    }
    left, right = st.columns(2, gap="medium")
    left.dataframe([{"what": k, "value": v} for k, v in facts.items()], hide_index=True, key="file_facts")
    with right:
        st.markdown(f"**Quality {examined.score:.0%}** of lead time can be used. {_QUALITY_HELP}")
        for flag in examined.flags:
            st.text(f"{flag.lead or 'all leads'}, {flag.from_s:.1f} to {flag.to_s:.1f} s: {flag.flag}, {flag.why}")
        if meta.statements:
            st.markdown("**The file's own statements**")
            st.text("\n".join(meta.statements))
