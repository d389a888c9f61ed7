"""What the encoder looks at in many recordings: the mean of their maps on their median beat."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app import cache, state
from app.figures.evidence import share_table
from app.figures.svg import render
from app.figures.theme import Theme
from app.figures.typical import typical_saliency_drawing
from app.parts.cohorts import choose_cohort
from app.parts.explaining import Asked, Group, ask_mean, mean_of, name_of
from app.parts.notice import plain
from app.views.explain.request import request
from ecgfm_core import analysis
from ecgfm_core.types import Saliency, TypicalSaliency

if TYPE_CHECKING:
    from app.parts.cohorts import Found
    from ecgfm_core.analysis import Cohort

_SELECTED = "the selection on the Map"


def group_tab(asked: Asked, found: Saliency, colors: Theme) -> None:
    """Choose a group of a cohort, and see the mean of its maps."""
    st.caption(
        "The maps of up to 200 recordings, each on the R peaks of its beats and all weighing alike, on their "
        "median beat."
    )
    if not isfinite(found.resolution_s):
        st.info("This method knows leads only, no times. Choose another above.")
        return
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        of = choose_cohort("group")  # the address's `cohort` is that of the recording
    if of is None:
        return
    cohort = cache.cohort(of.folder)
    groups = _groups(of, cohort)
    if not groups:
        st.info("No group is here: no label holds, and nothing is selected on the Map.")
        return
    name = row.selectbox("Recordings", list(groups), index=_first(list(groups), asked), key="explain_group")
    group = Group(of.folder, tuple(np.flatnonzero(groups[name]).tolist()))
    mean = mean_of(asked, group)
    if mean is not None:
        _show(mean, colors)
        return
    words = f"Look at {min(len(group.rows), 200):,} recordings"
    request(
        "It is", [name_of(asked, group)],
        lambda: row.button(words, key="explain_mean", icon=":material/groups:"), lambda: ask_mean(asked, group),
    )  # fmt: skip


def _groups(of: Found, cohort: Cohort) -> dict[str, np.ndarray]:
    """[N] which recordings are in each group that can be chosen, by its name; the empty ones are left out."""
    held = state.selected(of.key)
    groups = {_SELECTED: np.fromiter((id in held for id in cohort.ids), bool)}
    groups |= {f"state {label}": cohort.targets[:, place] == 1 for place, label in enumerate(cohort.labels)}
    members = state.kept(f"clusters-{of.key}")
    if isinstance(members, np.ndarray) and len(members) == len(cohort.ids):
        groups |= {f"cluster {number + 1}": members == number for number in range(int(members.max()) + 1)}
    return {name: rows for name, rows in groups.items() if rows.any()}


def _first(names: list[str], asked: Asked) -> int:
    """Those that state what is asked about."""
    label = asked.target.label if isinstance(asked.target, analysis.Contrast) else asked.target
    wanted = f"state {label}"
    return names.index(wanted) if wanted in names else 0


def _show(mean: TypicalSaliency, colors: Theme) -> None:
    st.image(
        render(typical_saliency_drawing(mean, colors)), width="stretch",
        alt=f"Median beat of {len(mean.recordings)} recordings with the mean map for {mean.target}",
    )  # fmt: skip
    if mean.segments:
        st.dataframe(share_table(mean), hide_index=True, key="explain_mean_shares")
    if mean.left_out:
        with st.expander(f"Left out: {len(mean.left_out)}"):
            rows = [{"recording": id, "why": why} for id, why in mean.left_out.items()]
            st.dataframe(rows, hide_index=True, key="explain_left_out")
    st.caption(
        f"Method {plain(mean.method.replace('_', ' '))}, {mean.beats:,} beats of {len(mean.recordings):,} recordings. "
        "Shares of the positive evidence in percent with 95 % intervals by patient. A mean says what these recordings "
        "have in common; whether a map is to be believed, the check says for each."
    )
