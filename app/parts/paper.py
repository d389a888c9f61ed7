"""The paper on a page: its settings, the component, what a person measured on it, and the exports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import PurePath
from typing import Literal, get_args

import numpy as np
import streamlit as st

import ecgfm_core as ecg
from app import state
from app.figures.drawing import Stamp
from app.figures.filters import Filters, shown
from app.figures.overlay import Overlay
from app.figures.pdf import PRINTED, to_pdf, to_png
from app.figures.sheet import PAGE_S, Halved, Layout, Setup, Sheet, Shown, lay_out
from app.figures.svg import to_svg
from app.figures.theme import Theme
from app.paper.component import paper
from app.paper.touched import Touched
from ecgfm_core.leads import LEADS, arrange
from ecgfm_core.types import Measurements, Record

_LAYOUTS: dict[Layout, str] = {
    "3x4+1": "3 x 4, one rhythm strip", "3x4+3": "3 x 4, three rhythm strips", "6x2": "6 x 2", "12x1": "12 x 1",
}  # fmt: skip
_FILTERS = {
    "baseline 0.5 Hz": Filters(baseline=True),
    "mains 50 Hz": Filters(mains_hz=50),
    "mains 60 Hz": Filters(mains_hz=60),
    "muscle 40 Hz": Filters(muscle=True),
}
_SHEET = "sheet"
_KEPT: Literal["query-params"] = "query-params"
"""How the paper is set goes into the page's address: a link shows the same paper."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Everything that the paper of one recording shows.

    Attributes:
        digest: of the recording.
        shown: its samples, as the filters for the eye leave them.
        sheet: the layout.
        measured: beats to mark.
        overlay: drawn over the traces, or None.
    """

    digest: str
    shown: Shown
    sheet: Sheet
    measured: Measurements
    overlay: Overlay | None = None

    @property
    def start_s(self) -> float:
        """Where the sheet begins in the recording."""
        return self.sheet.cells[0].from_s


def on_paper(
    record: Record, measured: Measurements, setup: Setup, filters: Filters | None = None, start_s: float = 0.0
) -> Drawn:
    """The sheet of a recording that begins at `start_s`."""
    signal, _ = arrange(record.signal, record.leads, one_scale=record.unit is not None, name=record.name)
    drawn = shown(signal, record.fs, record.unit, record.name, filters or Filters(), start_s)
    return Drawn(record.digest, drawn, lay_out(drawn, setup, start_s=start_s), measured)


def choose_start(record: Record) -> float:
    """Where the sheet begins, in s; a choice only for recordings of more than a sheet."""
    pages = int(np.ceil(record.duration_s / PAGE_S - 0.005))  # a few samples more are no sheet
    if pages <= 1:
        return 0.0
    starts = [page * PAGE_S for page in range(pages - 1)] + [round(record.duration_s - PAGE_S, 2)]
    kept = state.kept(_SHEET)  # the same on every page
    first = kept if kept in starts else starts[0]
    chosen = float(st.select_slider("The sheet begins at (s)", starts, value=first, key="start"))
    state.keep(_SHEET, chosen)
    return chosen


def choose_setup(fs: float) -> tuple[Setup, Filters]:
    """Ask how the paper shall be; the answers are in the page's address."""
    with st.popover("Paper", icon=":material/tune:", help="Layout, speed, gain, filters"):
        layout = st.selectbox("Layout", list(_LAYOUTS), format_func=_LAYOUTS.__getitem__, key="layout", bind=_KEPT)
        columns = st.segmented_control(
            "Columns", ["consecutive", "simultaneous"], default="consecutive", required=True, key="columns", bind=_KEPT,
            help="Consecutive: each column is the next stretch of time. Simultaneous: each begins at the same moment.",
        )  # fmt: skip
        order = st.segmented_control(
            "Limb leads", ["standard", "Cabrera"], default="standard", required=True, key="order", bind=_KEPT
        )
        rhythm = st.selectbox("Rhythm lead", LEADS, index=1, key="rhythm", bind=_KEPT)
        speed = st.segmented_control("Speed (mm/s)", [25, 50], default=25, required=True, key="speed", bind=_KEPT)
        gain = st.segmented_control("Gain (mm/mV)", [5, 10, 20], default=10, required=True, key="gain", bind=_KEPT)
        half = st.segmented_control(
            "At half the gain", get_args(Halved), default="none", required=True, key="half", bind=_KEPT
        )
        filters = _choose_filters(fs)
    setup = Setup(
        layout=layout, cabrera=order == "Cabrera", simultaneous=columns == "simultaneous", rhythm=rhythm,
        mm_per_s=speed, mm_per_mv=gain, halved=half, large=state.large_type(),
    )  # fmt: skip
    return setup, filters


def _choose_filters(fs: float) -> Filters:
    """Filters for the eye alone; those that the rate does not allow are not offered."""
    offered = [name for name, one in _FILTERS.items() if one.obstacle(fs) is None]
    chosen = st.pills(
        "Filters, for the eye only", offered, selection_mode="multi", key="filters", bind=_KEPT,
        help="What the model sees is never filtered. Filters alter QRS and ST: the paper names those that are on.",
    )  # fmt: skip
    wanted = [_FILTERS[name] for name in chosen]
    return Filters(
        baseline=any(one.baseline for one in wanted),
        mains_hz=max((one.mains_hz for one in wanted), default=0),
        muscle=any(one.muscle for one in wanted),
    )


@st.fragment
def paper_panel(drawn: Drawn, colors: Theme) -> None:
    """The paper, and what was measured on it by hand."""
    sheet, beats, overlay = drawn.sheet, drawn.measured.beats, drawn.overlay
    touched = paper(drawn.shown, sheet, key="paper", digest=drawn.digest, colors=colors, beats=beats, overlay=overlay)
    if touched.canvas_failed:
        picture = to_svg(sheet, drawn.shown, colors, overlay=overlay, beats=beats)
        st.image(picture, width="stretch", alt=f"ECG on paper: {drawn.shown.name}")
    _touched(touched, drawn.measured)


def exports(drawn: Drawn, encoder: str | None) -> None:
    """The sheet as files, each made when it is asked for; `encoder` is the fingerprint that they name."""
    name = PurePath(drawn.shown.name).stem or "ecg"
    with st.container(horizontal=True, vertical_alignment="center", key="exports"):
        st.caption(
            "Save the sheet as",
            width="content",
            help="Without calipers and marks. PDF and SVG are true to the millimetre.",
        )
        for kind, mime, make in (
            ("PDF", "application/pdf", to_pdf), ("SVG", "image/svg+xml", to_svg), ("PNG", "image/png", to_png),
        ):  # fmt: skip
            st.download_button(
                kind, partial(_export, make, drawn, encoder),
                f"{name}.{kind.lower()}", mime, key=f"save_{kind.lower()}", type="tertiary", on_click="ignore",
            )  # fmt: skip


def _export(make: Callable[..., str | bytes], drawn: Drawn, encoder: str | None) -> str | bytes:
    """Make a file, with the time at which it was asked for."""
    stamp = Stamp(datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"), encoder, ecg.__version__)
    return make(drawn.sheet, drawn.shown, PRINTED, overlay=drawn.overlay, stamp=stamp)


def _touched(touched: Touched, measured: Measurements) -> None:
    """A sentence for the beat and the interval that a person chose."""
    if touched.beat is not None and touched.beat < len(measured.beats):
        st.caption(_beat_in_words(measured, touched.beat))
    if touched.interval is not None:
        lead, from_s, to_s = touched.interval
        st.caption(f"Interval in {lead}: {from_s:.3f} to {to_s:.3f} s, {1000 * (to_s - from_s):.0f} ms")


def _beat_in_words(measured: Measurements, number: int) -> str:
    beats = measured.beats
    beat = beats[number]
    before = f", RR before it {1000 * (beat.r_s - beats[number - 1].r_s):.0f} ms" if number else ""
    waves = [
        f"{name} {1000 * (span[1] - span[0]):.0f} ms"
        for name, span in (("P", beat.p), ("QRS", beat.qrs), ("T", beat.t))
        if span is not None
    ]
    kind = beat.kind.replace("_", " ")
    return f"Beat {number + 1} of {len(beats)} at {beat.r_s:.3f} s: {kind}{before}, {', '.join(waves)}"
