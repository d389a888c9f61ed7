"""Which map is shown, what it keeps of the embedding, and where recordings from elsewhere lie on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

import ecgfm_core as ecg
from app import cache, jobs, state
from app.map.scene import Star
from app.parts.cohorts import Found
from app.parts.notice import plain
from app.parts.progress import dismiss, running, tell_outcome, watch
from app.parts.recordings import opened
from app.views.map.points import Rows
from ecgfm_core import analysis
from ecgfm_core.errors import EcgfmError
from ecgfm_core.types import Method, Placement

if TYPE_CHECKING:
    from ecgfm_core.analysis import Cohort, MapFacts
    from ecgfm_core.types import Map

_MOST_STARS = 9
_JOB = "map-job"
_METHODS: dict[Method, str] = {"umap": "UMAP", "pca": "PCA", "tsne": "t-SNE"}


def choose_map(cohort: Cohort, maps: Sequence[MapFacts], key: str = "map", place: int = 0) -> MapFacts | None:
    """Ask which of the cohort's maps; kept in the page's address. None where it has none yet."""
    there = {facts.name: facts for facts in maps}
    if not there:
        return None
    names = list(there)
    name = st.selectbox(
        "Map", names, index=state.linked(key, names, min(place, len(names) - 1)), key=f"{key}-{cohort.folder.name}",
        format_func=lambda name: there[name].title if name in there else name, label_visibility="collapsed",
    )  # fmt: skip
    state.link(key, name)
    return there[name]


def choose_second(cohort: Cohort, maps: Sequence[MapFacts]) -> list[MapFacts]:
    """Ask whether to put another map beside the first: another method, or another encoder. None, or one."""
    if len(maps) < 2:
        return []
    with st.container(horizontal=True, vertical_alignment="center"):
        if not st.toggle("Two maps", key="two", bind="query-params", help="They share selection, filters and colors."):
            return []
        second = choose_map(cohort, maps, "map2", place=1)
    return [] if second is None else [second]


def trust_line(drawn: Map) -> None:
    """What the two dimensions keep, in one line."""
    trust = drawn.trust
    st.caption(
        f"Trustworthiness **{trust.trustworthiness:.2f}**, continuity **{trust.continuity:.2f}**; "
        f"**{trust.overlap:.0%}** of the {trust.k} nearest by embedding are nearest here. Encoder {drawn.encoder[:8]}.",
        help="1 = perfect. Distances between far groups, and the sizes of groups, mean nothing on such a map; color by "
        "*neighbors kept* to see where it can be believed.",
    )


def stars_of(cohort: Cohort, drawn: Map, rows: Rows) -> tuple[tuple[Star, ...], list[tuple[str, Placement]]]:
    """The recordings that are open on the page Read, at their places."""
    records = opened()[:_MOST_STARS]
    if not records or cohort.encoder is None or drawn.encoder != cohort.encoder.fingerprint:
        return (), []
    try:
        encoder = cache.encoder(state.encoder_name())
    except EcgfmError as error:
        st.caption(plain(str(error)))
        return (), []
    if encoder.fingerprint != cohort.encoder.fingerprint:
        st.caption(
            f"Your ECG is not on this map: it was encoded by {plain(encoder.name)} {encoder.fingerprint[:8]}, the "
            f"cohort by {plain(cohort.encoder.name)} {cohort.encoder.fingerprint[:8]}. Choose it on the page Model."
        )
        return (), []
    point_of = {int(row): point for point, row in enumerate(rows)}
    stars, placed = [], []
    for number, record in enumerate(records, 1):
        try:
            encoding = cache.encoding(record, encoder, attention=False, progress=lambda done, total: None)
            found = ecg.place(encoding, cohort, drawn)
        except EcgfmError as error:
            st.caption(plain(str(error)))
            continue
        points = tuple(point_of[cohort.row_of[id]] for id in found.neighbors.ids[:8] if cohort.row_of[id] in point_of)
        stars.append(Star(*found.xy, f"{number}", points))
        placed.append((f"{number}. {record.name}", found))
    return tuple(stars), placed


def placement_lines(placed: list[tuple[str, Placement]]) -> None:
    """How sure each place is."""
    for name, found in placed:
        far = f"farther from the cohort than {found.percentile:.0f} % of its own recordings are from theirs"
        st.caption(
            f":material/star: **{plain(name)}** is placed among its {len(found.neighbors.ids)} nearest by "
            f"embedding (nearest at {found.neighbors.distances[0]:.3f}; {far})."
        )
        if not found.sure:
            st.warning(f"The place is not sure: {plain(found.why)}.", icon=":material/wrong_location:")
        elif found.overlap < 0.2:
            st.caption(
                f"Its neighbors on the map are others: {found.overlap:.0%} of its nearest by embedding are among "
                "the nearest points. Believe the list, not the picture."
            )


def new_map(found: Found, cohort: Cohort) -> None:
    """Ask for a map that is not there yet, and make it in a process of its own."""
    jobs.MAPS.begin()  # so that the first map does not wait for numba
    if running(_JOB):
        watch(_JOB, "Map")
        return
    tell_outcome(_JOB, "The map is made. ")
    dismiss(_JOB)
    with st.popover("New map", icon=":material/add:", width="stretch"):
        method = st.segmented_control(
            "Method", list(_METHODS), default="umap", required=True, key="new_method", format_func=_METHODS.__getitem__
        )
        of = st.segmented_control(
            "A point is", ["recordings", "windows"], default="recordings", required=True, key="new_of",
            format_func={"recordings": "a recording", "windows": "a window of 5 s"}.__getitem__,
        )  # fmt: skip
        encoder = cohort.encoders[0]
        if len(cohort.encoders) > 1:
            encoder = st.selectbox(
                "Embeddings of", cohort.encoders, key="new_encoder",
                format_func=lambda facts: f"{facts.name} {facts.fingerprint[:8]}",
            )  # fmt: skip
        neighbors, min_dist = 15, 0.1
        if method == "umap":
            neighbors = st.slider("Neighbors that hold a point", 5, 100, 15, key="new_neighbors")
            min_dist = st.slider("Smallest distance", 0.0, 1.0, 0.1, 0.05, key="new_min_dist")
        elif method == "tsne":
            neighbors = st.slider("Perplexity", 5, 100, 30, key="new_perplexity")
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="new_seed")
        if st.button("Make it", type="primary", key="new_make"):
            recipe = analysis.Recipe(method, neighbors, min_dist, int(seed))
            state.keep(_JOB, jobs.start(jobs.MAPS, jobs.make_map, found.folder, encoder.fingerprint, recipe, of))
            st.rerun()
        st.caption("UMAP: some seconds for thousands, a minute for 100,000. The first minute of a server takes longer.")
