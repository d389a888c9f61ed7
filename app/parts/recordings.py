"""Dropping files or picking a sample, what became of each file, and choosing one recording."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

import streamlit as st

from app import cache, state
from app.parts.notice import plain
from ecgfm_core.errors import FactsNeeded
from ecgfm_core.leads import LEADS
from ecgfm_core.types import Facts, Reading, Record, Source

_STANDARD = "I, II, III, aVR, aVL, aVF, V1 to V6"
_OWN = "another order ..."
_LOOKED_AT = "looked_at"
"""The key of the sample that the page Read shows."""


def choose_recording() -> Record | None:
    """The recording that the page is about: an uploaded one, else a sample."""
    # in a lecture hall the paper needs the room
    with st.expander("Open a recording") if state.large_type() else st.container():
        left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        files = st.file_uploader(
            "Drop 12-lead ECGs: WFDB (.hea with .dat or .mat), DICOM, CSV, NPY/NPZ, or a zip of these",
            accept_multiple_files=True,
            key=state.UPLOAD,
            on_change=state.keep_uploads,
        )
    sources = state.uploads()
    if sources and not files:  # back from another page: the uploader has forgotten them, the session has not
        left.button(f"Close {_names(sources)}", on_click=state.drop_uploads, key="close", type="tertiary")
    if not sources:
        with right:
            return _sample()
    state.link_sample(None)
    digests = [_digest(source) for source in sources]
    found = _read(sources, digests)
    records = [reading.record for reading in found if reading.record is not None]
    with right:
        record = _pick(records)
    _report(found, digests)
    _ask_again(digests)
    return record


def opened() -> list[Record]:
    """The recordings that the person has opened on the page Read; a sample only where its address names one."""
    sources = state.uploads()
    digests = [_digest(source) for source in sources]
    records = [reading.record for reading in _read(sources, digests) if reading.record is not None]
    sample = state.kept(_LOOKED_AT)
    if not records and isinstance(sample, str):
        return [cache.samples()[sample]]
    return records


def _digest(source: Source) -> str:
    return hashlib.sha256(source.name.encode() + b"\0" + source.content).hexdigest()


def _names(sources: list[Source]) -> str:
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    return plain(sources[0].name) + more


def _sample() -> Record:
    records = cache.samples()
    linked = state.linked_sample()
    names = list(records)
    index = names.index(linked) if linked in names else names.index("sinus_75")
    name = st.selectbox(
        "or pick a simulated sample",
        names,
        index=index,
        format_func=lambda key: f"{key}: {_labels(records[key])}",
        key="sample",
        persist_state="session",
    )
    state.link_sample(name)
    state.keep(_LOOKED_AT, name)
    return records[name]


def _labels(record: Record) -> str:
    text = next((s for s in record.meta.statements if s.startswith("Labels:")), "")
    return text.removeprefix("Labels:").strip()


def _read(sources: list[Source], digests: list[str]) -> list[Reading]:
    """Read the files, those of one statement together: what was said of one file holds for no other."""
    found: list[Reading] = []
    given = [state.facts_of(digest) for digest in digests]
    for facts in dict.fromkeys(given):
        rows = [row for row, said in enumerate(given) if said == facts]
        found += cache.readings(tuple(digests[row] for row in rows), [sources[row] for row in rows], facts)
    return found


def _ask_again(digests: list[str]) -> None:
    """Say what the person stated, and let them take it back."""
    said = dict.fromkeys(facts for facts in map(state.facts_of, digests) if facts != Facts())
    if not said:
        return
    words = "; ".join(_in_words(facts) for facts in said)
    if st.button(f"Stated by you: {words}. State it anew", key="ask_again", type="tertiary"):
        state.forget_facts(digests)
        st.rerun()


def _in_words(facts: Facts) -> str:
    rate = f"{facts.fs:g} Hz" if facts.fs else ""
    return ", ".join(filter(None, [rate, facts.unit, ", ".join(facts.leads or ())]))


def _pick(records: list[Record]) -> Record | None:
    if len(records) <= 1:
        return records[0] if records else None
    number = st.selectbox(
        f"{len(records)} recordings were read",
        range(len(records)),
        format_func=lambda i: f"{i + 1}. {records[i].name}",
        key="record",
        persist_state="session",
    )
    return records[number]


def _report(found: list[Reading], digests: list[str]) -> None:
    """One line a file that failed, a form where facts are missing, and the report as a table."""
    needed = [reading.error for reading in found if isinstance(reading.error, FactsNeeded)]
    if needed:
        _facts_form(needed, [digest for digest in digests if state.facts_of(digest) == Facts()])
    for reading in found:
        if reading.error is not None and not isinstance(reading.error, FactsNeeded):
            st.warning(plain(str(reading.error)), icon=":material/block:")
    read = [reading.record for reading in found if reading.record is not None]
    if len(found) > 1 and read:
        with st.expander(f"{len(read)} of {len(found)} recordings read"):
            st.dataframe([_row(reading) for reading in found], hide_index=True, key="report")


def _row(reading: Reading) -> dict[str, object]:
    file, record = PurePosixPath(reading.file).name, reading.record
    if record is None:
        return {"file": file, "result": str(reading.error)}
    return {
        "file": file,
        "result": "read",
        "format": record.meta.format,
        "leads": len(record.leads),
        "rate (Hz)": record.fs,
        "duration (s)": round(record.duration_s, 2),
        "unit": record.unit or "not stated",
        "warnings": " ".join(record.meta.warnings),
    }


def _facts_form(errors: list[FactsNeeded], digests: list[str]) -> None:
    """Ask for what the files do not state; the answer holds for the files that are here now."""
    facts = {fact for error in errors for fact in error.facts}
    many = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
    name = str(errors[0]).partition(":")[0]
    with st.form("facts", border=True):
        st.markdown(f"**{plain(name)}{many}** does not say everything. Nothing is guessed; please state it.")
        columns = st.columns(3, vertical_alignment="bottom")
        fs = unit = leads = None
        if "fs" in facts:
            fs = columns[0].number_input("Sampling rate (Hz)", 20.0, 32000.0, None, format="%g", key="fact_fs")
        if "unit" in facts:
            unit = columns[1].selectbox("Unit of the samples", ["mV", "uV", "V"], None, key="fact_unit")
        if "leads" in facts:
            options = [_STANDARD, _OWN] if errors[0].channels == len(LEADS) else [_OWN]
            order = columns[2].selectbox("Order of the leads", options, None, key="fact_order")
            own = st.text_input("Another order, separated by commas", placeholder="I, II, V1, ...", key="fact_leads")
            given = LEADS if order == _STANDARD else tuple(lead.strip() for lead in own.split(",") if lead.strip())
            leads = given or None
        if st.form_submit_button("Read", type="primary", key="fact_submit"):
            state.state_facts(digests, Facts(fs, unit, leads))
            st.rerun()
