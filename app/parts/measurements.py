"""Measurements on a page: the few that are looked at first, all of them as tables, and the median beat."""

from __future__ import annotations

import streamlit as st

from app.figures.measurements import VOLTAGES, essentials, interval_table, lead_table
from app.figures.median import median_drawing
from app.figures.svg import render
from app.figures.theme import Theme
from app.parts.notice import plain
from ecgfm_core.types import Measurements, Quality, Record

NOTICE = "Measured by this program's delineator on the median beat of all leads; not checked by a person."


def essential_line(measured: Measurements, examined: Quality) -> None:
    """Rate, intervals and axis in one line; how each was found, or why not, behind it."""
    if not measured.beats:
        st.markdown(f"**Nothing was measured**: {plain(measured['HR'].why or '')}.")
        return
    found = essentials(measured)
    hows = [f"- **{plain(name)}**: {plain(how)}" for name, _, how in found]
    st.markdown(
        " · ".join(f"{plain(name)} **{plain(value)}**" for name, value, _ in found),
        help="\n".join([NOTICE, "", *hows]),
    )
    if any(flag.flag in ("einthoven", "limb_swap") for flag in examined.flags):
        st.caption("The limb leads are in doubt (see the quality): axes and voltages may be wrong.")


def measurement_tables(measured: Measurements, record: Record, colors: Theme) -> None:
    """Everything that was measured, beside what the file states."""
    left, right = st.columns([8, 5], gap="medium")
    text = st.column_config.TextColumn
    left.dataframe(
        interval_table(measured, record.meta.measurements), hide_index=True, key="intervals", height="content",
        column_config={"what": text(width=130), "measured": text(width=90)},
    )  # fmt: skip
    with right:
        st.dataframe(lead_table(measured).style.format(precision=2, na_rep="-", subset=list(VOLTAGES)), hide_index=True,
                     key="lead_voltages", height="content")  # fmt: skip
        st.caption("In mV, above the level just before QRS; ST at the end of QRS (J), 60 and 80 ms later.")
    st.caption(NOTICE)
    median = measured.median
    if median is None:
        st.markdown("No median beat: no beat was found.")
        return
    st.markdown(f"**Median of {median.beats} beats**, each lead; this is no rhythm strip")
    st.image(
        render(median_drawing(median, record.unit, colors)), width="stretch",
        alt=f"Median beat of {record.name} in {len(median.leads)} leads with P, QRS and T marked",
    )  # fmt: skip
