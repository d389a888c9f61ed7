"""Filters: which recordings are on the map at all, column by column, each with its histogram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from app import state
from app.figures.histogram import histogram_chart
from app.figures.theme import Theme
from app.parts.notice import plain
from ecgfm_core import analysis

if TYPE_CHECKING:
    from ecgfm_core.analysis import Cohort

Mask = npt.NDArray[np.bool_]
NOT_STATED = "not stated"
_ANSWERS = {1.0: "yes", 0.0: "no"}
_MOST = 12
"""Different numbers up to which a column is filtered by value and not by range."""


def choose_filters(cohort: Cohort, selected: Mask, colors: Theme) -> Mask:
    """Ask for filters; returns [N] which recordings pass all of them."""
    table, kept = cohort.table, np.ones(len(cohort.ids), bool)
    columns = [name for name in table.columns if name not in ("id", "patient_id", "stated")]
    active = len(state.texts("filters"))
    with st.popover(f"Filter{f' ({active})' if active else ''}", icon=":material/filter_alt:"):
        chosen = st.multiselect(
            "Show only recordings by", columns, key="filters", persist_state="session",
            placeholder="a column, a label, a probability",
        )  # fmt: skip
        for name in chosen:
            kept &= _filter(table[name], name, name in cohort.labels, selected, colors)
        if chosen:
            st.caption(f"{kept.sum():,} of {len(kept):,} recordings pass.")
    return kept


def _filter(values: pd.Series, name: str, is_label: bool, selected: Mask, colors: Theme) -> Mask:
    if not is_label and pd.api.types.is_numeric_dtype(values) and values.nunique() > _MOST:
        return _range(values, name, selected, colors)
    return _categories(values, name, is_label)


def _range(values: pd.Series, name: str, selected: Mask, colors: Theme) -> Mask:
    numbers = values.to_numpy(np.float64)
    low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    st.plotly_chart(
        histogram_chart(numbers, selected, name, colors), key=f"histogram-{name}", config={"displayModeBar": False},
        alt=f"How {name} is distributed, in all recordings and in the selection",
    )  # fmt: skip
    ends = st.slider(
        plain(name), low, high, (low, high), key=f"range-{name}", persist_state="session", label_visibility="collapsed"
    )
    missing = int((~np.isfinite(numbers)).sum())
    keep = True
    if missing:
        keep = st.checkbox(f"also the {missing:,} without it", True, key=f"missing-{name}", persist_state="session")
    return analysis.in_range(values, *ends, missing=keep)


def _categories(values: pd.Series, name: str, is_label: bool) -> Mask:
    words = values.map(_ANSWERS).fillna(NOT_STATED) if is_label else values.map(_word)
    counts = words.value_counts()
    picked = st.multiselect(
        plain(name), list(counts.index), key=f"values-{name}", persist_state="session", placeholder="all",
        format_func=lambda word: f"{word} ({counts[word]:,})" if word in counts else str(word),
    )  # fmt: skip
    return words.isin(picked).to_numpy() if picked else np.ones(len(words), bool)


def _word(value: object) -> str:
    if value is None or value == "" or (isinstance(value, float) and np.isnan(value)):
        return NOT_STATED
    return f"{value:g}" if isinstance(value, float) else str(value)
