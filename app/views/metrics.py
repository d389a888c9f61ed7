"""Metrics: how well a cohort's labels are told by its encoder; a cell of a confusion opens its ECGs on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app import cache, state
from app.figures.evaluation import interval_text, summary_chart
from app.figures.theme import Theme, theme
from app.parts.cohorts import choose_cohort
from app.parts.notice import error_boundary, plain
from app.standalone.evaluation import LABEL_CHARTS
from ecgfm_core import analysis
from ecgfm_core.types import Evaluation, LabelEvaluation

if TYPE_CHECKING:
    from ecgfm_core.analysis import Cohort

_CELLS = {
    (True, True): "true positive", (False, True): "false positive",
    (True, False): "false negative", (False, False): "true negative",
}  # fmt: skip
_NOTE = (
    "Brackets: 95 % intervals by patient. Labels with fewer than 10 positives or 10 negatives are not judged. "
    "Recordings that the encoder was trained on, or close relatives of them, flatter these figures; so do thresholds "
    "that were chosen on the very recordings they are judged by."
)


def page() -> None:
    """Draw the page."""
    with error_boundary():
        found = choose_cohort()
        if found is not None:
            _show(found.key, cache.cohort(found.folder))


def _show(key: str, cohort: Cohort) -> None:
    colors = theme(st.context.theme.type == "dark")
    evaluation = cache.judged(cohort)
    _headline(cohort, evaluation)
    judged = [entry for entry in evaluation.labels if entry.auroc.value is not None]
    names = [entry.label for entry in judged]
    if not judged:
        st.info("No label has 10 positives and 10 negatives: nothing is judged.")
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.plotly_chart(
            summary_chart(evaluation, colors), key="summary_chart", width="content", config={"displayModeBar": False},
            alt="AUROC and average precision of every label with intervals",
        )  # fmt: skip
    with right:
        name = st.selectbox("Label", names, key="judged_label", bind="query-params")
        _confusion(key, cohort, next(entry for entry in judged if entry.label == name))
    _charts(next(entry for entry in judged if entry.label == name), colors)
    left_out = [entry.label for entry in evaluation.labels if entry.auroc.value is None]
    if left_out:
        st.caption(f"Not judged, too few recordings: {plain(', '.join(left_out))}.")


def _headline(cohort: Cohort, evaluation: Evaluation) -> None:
    encoder = cohort.encoder
    told_by = "" if encoder is None else f" · encoder {plain(encoder.name)} {encoder.fingerprint[:8]}"
    st.markdown(
        f"**Macro AUROC {interval_text(evaluation.macro_auroc)}**, "
        f"average precision {interval_text(evaluation.macro_average_precision)} "
        f"over {len(evaluation.macro_labels)} labels · {evaluation.recordings:,} recordings, "
        f"{evaluation.patients:,} patients{told_by}"
    )
    st.caption(_NOTE)


def _confusion(key: str, cohort: Cohort, entry: LabelEvaluation) -> None:
    """The four cells at a threshold; each is a button that selects its recordings on the map."""
    first = next((point.threshold.value for point in entry.points), 0.5)
    threshold = st.slider(
        "Threshold", 0.0, 1.0, float(np.floor(first * 1e4) / 1e4), 0.0001, format="%.4f", persist_state="session",
        key=f"threshold-{key}-{entry.label}", help="A recording is called positive from this probability on.",
    )  # fmt: skip
    cells = analysis.confusion(cohort, entry.label, threshold)
    for row in (True, False):
        for column, holds in zip(st.columns(2), (True, False), strict=True):
            rows = cells[holds, row]
            text = f"{len(rows):,} {_CELLS[holds, row]}{'' if len(rows) == 1 else 's'}"
            if column.button(text, key=f"cell-{holds}-{row}", disabled=not len(rows), width="stretch"):
                state.select(key, [cohort.ids[i] for i in rows])
                state.go_to("map")
    counts = {cell: len(rows) for cell, rows in cells.items()}
    st.caption(f"{_shares(counts)} A click on a cell opens its ECGs on the map.")
    for point in entry.points:
        st.caption(f"{point.threshold.value:.3f}: {plain(point.threshold.provenance)}")


def _shares(counts: dict[tuple[bool, bool], int]) -> str:
    pairs = {
        "Sensitivity": (counts[True, True], counts[True, False]),
        "specificity": (counts[False, False], counts[False, True]),
        "PPV": (counts[True, True], counts[False, True]),
    }
    told = [f"{name} {good / (good + bad):.3f}" if good + bad else f"{name} -" for name, (good, bad) in pairs.items()]
    return ", ".join(told) + "."


def _charts(entry: LabelEvaluation, colors: Theme) -> None:
    st.markdown(
        f"**{plain(entry.label)}**: AUROC {interval_text(entry.auroc)}, average precision "
        f"{interval_text(entry.average_precision)}, {entry.positives:,} positive, {entry.negatives:,} negative"
    )
    for number, (column, (name, chart)) in enumerate(zip(st.columns(4), LABEL_CHARTS.items(), strict=True)):
        column.plotly_chart(
            chart(entry, colors), key=f"judged_{number}", config={"displayModeBar": False},
            alt=f"{name}: {entry.label}",
        )  # fmt: skip
