"""Groups on the map: clusters, what a selection is rich in, a probe between two subsets, data that is in doubt."""

from __future__ import annotations

from typing import Literal

import numpy as np
import streamlit as st

from app import cache, state
from app.figures.median import median_drawing
from app.figures.svg import render
from app.parts.annotations import keep_probe, probes_of
from app.parts.chosen import choose
from app.parts.notice import plain
from app.views.map.explored import Explored
from ecgfm_core import analysis
from ecgfm_core.types import Clusters, Enrichment, Issue

_METHODS: dict[Literal["kmeans", "hdbscan"], str] = {
    "kmeans": "k-means, every recording in one", "hdbscan": "HDBSCAN, dense groups",
}  # fmt: skip
_MOST_BEATS = 30


def group_tab(view: Explored) -> None:
    """Clusters, and what the selection is rich in."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        found = _clusters(view)
        if found is not None:
            _cluster_list(view, found)
    with right:
        _enrichment(view)


def _clusters(view: Explored) -> Clusters | None:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    method = row.selectbox("Clusters", list(_METHODS), key="cluster_method", format_func=_METHODS.__getitem__)
    count = row.number_input("How many", 2, 40, 8, key="cluster_count", disabled=method != "kmeans")
    if row.button("Find", key="cluster_find"):
        made = cache.clusters(view.cohort, method, int(count))
        state.keep(f"clusters-{view.key}", made.members)
        state.keep(f"found-clusters-{view.key}", made)
        st.rerun()  # the map may be colored by them
    found = state.kept(f"found-clusters-{view.key}")
    return found if isinstance(found, Clusters) and len(found.members) == len(view.cohort.ids) else None


def _cluster_list(view: Explored, found: Clusters) -> None:
    """A click selects a cluster and shows its most typical ECG."""
    sizes = np.bincount(found.members[found.members >= 0], minlength=len(found.medoids))
    table = cache.summary(view.cohort).iloc[list(found.medoids)]
    rows = [
        {"cluster": number + 1, "recordings": int(size), "its medoid states": states, "the encoder tells": told}
        for number, (size, states, told) in enumerate(zip(sizes, table["states"], table["encoder"], strict=True))
    ]
    st.dataframe(rows, hide_index=True, key="cluster_list", on_select=lambda: _select_cluster(view, found),
                 selection_mode="single-row")  # fmt: skip
    left_out = int((found.members < 0).sum())
    note = f" {left_out:,} recordings are in none." if left_out else ""
    st.caption(f"Color the map by *cluster*. A click selects one and shows its most typical ECG.{note}")


def _select_cluster(view: Explored, found: Clusters) -> None:
    number = state.marked_row("cluster_list")
    if number is not None:
        state.select(view.key, [view.cohort.ids[row] for row in np.flatnonzero(found.members == number)])
        choose(view.cohort, view.cohort.ids[found.medoids[number]])


def _enrichment(view: Explored) -> None:
    if not view.selected.any() or view.selected.all():
        st.caption("Select recordings to see what they are rich in, against all the others.")
        return
    columns = [*view.cohort.labels, "sex", "age", "quality", "source", *view.cohort.metadata]
    found = analysis.enrichment(view.selected, view.cohort.table, columns)
    st.markdown(f"**What {int(view.selected.sum()):,} selected recordings are rich in, and poor in**")
    st.dataframe(
        [_enriched(one) for one in found[:40]], hide_index=True, key="enrichment", height=280,
        column_config={"q": st.column_config.NumberColumn(format="scientific")},
    )  # fmt: skip
    st.caption(
        "Missing left out; intervals take a patient's recordings together. Lift: share inside over share "
        "outside, with its 95 % interval. q: "
        "false discovery rate over all rows. A selection made on the map is not independent of what it shows."
    )
    if st.button("Show its typical beat", key="typical"):
        _typical_beat(view)


def _enriched(one: Enrichment) -> dict[str, object]:
    lift = one.lift
    reach = "" if lift.low is None or lift.high is None else f" [{lift.low:.2f}, {lift.high:.2f}]"
    return {
        "what": one.column if one.value is None else f"{one.column}: {one.value}",
        "inside": f"{one.held_inside} of {one.known_inside}", "outside": f"{one.held_outside} of {one.known_outside}",
        "lift": f"{lift.value:.2f}{reach}" if lift.value is not None else lift.why or reach, "q": one.q,
    }  # fmt: skip


def _typical_beat(view: Explored) -> None:
    rows = np.flatnonzero(view.selected)[:_MOST_BEATS]
    with st.spinner(f"Measuring {len(rows)} recordings ..."):
        found = analysis.typical_beat(view.cohort.record(view.cohort.ids[row]) for row in rows)
    st.image(
        render(median_drawing(found.beat, found.unit, view.colors)), width="stretch",
        alt=f"Median over the median beats of {found.beat.beats} selected recordings, in twelve leads",
    )  # fmt: skip
    st.caption(
        f"Median over the median beats of {found.beat.beats} recordings; thin lines: half the "
        f"interquartile range. "
        f"{found.left_out} left out: no beat, or another unit."
    )


def probe_tab(view: Explored) -> None:
    """A few recordings on each side become a classifier."""
    subsets = view.annotations.subsets
    st.caption(
        "Two subsets become a probe: logistic regression on the embeddings, cross-validated by patient. It needs ten "
        "patients on each side. Keep subsets first. Two ends of one map are told apart by design: that proves nothing."
    )
    encoder = view.cohort.encoder
    if len(subsets) < 2 or encoder is None:
        return
    row = st.container(horizontal=True, vertical_alignment="bottom")
    yes = row.selectbox("Yes", list(subsets), key="probe_yes")
    no = row.selectbox("No", list(subsets), index=1, key="probe_no")
    name = row.text_input("Name of the probe", key="probe_name", placeholder="what it tells")
    if row.button("Learn", key="probe_learn", type="primary", disabled=not name):
        patients = tuple(view.cohort.table["patient_id"])
        a, b = _rows(view, subsets[yes]), _rows(view, subsets[no])
        made = analysis.contrast(view.cohort.vectors, patients, a, b, name, encoder.fingerprint)
        keep_probe(view.key, view.cohort, made)
        st.rerun()
    for probe in probes_of(view.key, view.cohort):
        auroc = probe.auroc
        reach = "" if auroc.low is None else f" [{auroc.low:.3f}, {auroc.high:.3f}]"
        st.markdown(
            f"**{plain(probe.label.name)}**: AUROC {auroc.value:.3f}{reach} on patients that it had not seen; learned "
            f"from {probe.positives} and {probe.negatives} recordings. Color the map by it."
        )


def _rows(view: Explored, ids: frozenset[str]) -> list[int]:
    return sorted(view.cohort.row_of[id] for id in ids if id in view.cohort.row_of)


def issue_tab(view: Explored) -> None:
    """Copies, doubtful labels, outliers; a click shows one."""
    st.caption("What a person should look at. A doubtful label is one that the neighbors and the encoder contradict.")
    copies = [one for one in analysis.load_failures(view.cohort.folder) if one.is_copy]
    if copies:
        with st.expander(f"Left out as exact copies when the cohort was made: {len(copies):,}"):
            st.dataframe(
                [{"recording": one.id, "why": one.message} for one in copies], hide_index=True, key="issue_copies"
            )
    if st.button("Look for issues", key="issues_find"):
        state.keep(f"issues-{view.key}", (view.cohort.ids, cache.issues(view.cohort)))
    found = state.kept(f"issues-{view.key}")
    if not isinstance(found, tuple) or found[0] != view.cohort.ids:
        return  # of a cohort that has changed since
    issues: tuple[Issue, ...] = found[1]
    ids = view.cohort.ids
    rows = [
        {"kind": one.kind.replace("_", " "), "recordings": ", ".join(ids[row] for row in one.rows[:4]),
         "what is the matter": one.sentence, "score": one.score}
        for one in issues
    ]  # fmt: skip
    st.dataframe(
        rows, hide_index=True, key="issues", height=300, selection_mode="single-row",
        on_select=lambda: _show_issue(view, issues),
    )  # fmt: skip


def _show_issue(view: Explored, issues: tuple[Issue, ...]) -> None:
    number = state.marked_row("issues")
    if number is not None:
        rows = issues[number].rows
        choose(view.cohort, view.cohort.ids[rows[0]])
        state.select(view.key, [view.cohort.ids[row] for row in rows])
