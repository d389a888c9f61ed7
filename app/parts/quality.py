"""The quality gate in words: badges before the probabilities, and every objection below."""

from __future__ import annotations

import streamlit as st

from app.parts.notice import plain
from ecgfm_core.types import Flag, Quality

_MOST_LEADS = 4
_FINDINGS = ("pacing_spikes",)
"""Said, but no fault."""
_HELP = (
    "Examined before any model: lost, flat and clipped leads, noise, wander, mains, pacing spikes, Einthoven's and "
    "Goldberger's relations, and signs of exchanged cables. 1 = no check objects. Every objection is under "
    "File and quality."
)


def quality_gate(examined: Quality, beats: int) -> bool:
    """One line: the score and a badge a fault; and the verdict where a recording fails, or holds no beat.

    Returns:
        Whether it passes.
    """
    verdict = examined.verdict or ("" if beats else "No heartbeat was found")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="gate"):
        words = "fails" if verdict else "passes"
        st.markdown(f"**Quality: {words}**, score {examined.score:.2f}", help=_HELP, width="content")
        for flag, found in _by_flag(examined).items():
            st.badge(
                f"{flag.replace('_', ' ')}{_leads(found)}", color="blue" if flag in _FINDINGS else "orange",
                help=plain(found[0].why),
            )  # fmt: skip
        if not examined.flags:
            st.badge("no objection", color="green", icon=":material/check:")
    if verdict:
        st.warning(
            f"{plain(verdict)}. The probabilities are dimmed: do not rely on them.",
            icon=":material/signal_disconnected:",
        )
    return not verdict


def objections(examined: Quality) -> None:
    """Every flag with its lead, its time and its reason."""
    st.markdown(f"**Quality {examined.score:.2f}**", help=_HELP)
    st.dataframe(
        [
            {"flag": flag.flag.replace("_", " "), "lead": flag.lead or "all", "from (s)": round(flag.from_s, 2),
             "to (s)": round(flag.to_s, 2), "why": flag.why}
            for flag in examined.flags
        ] or [{"flag": "none", "lead": "", "from (s)": None, "to (s)": None, "why": "no check objects"}],
        hide_index=True, key="objections",
    )  # fmt: skip
    st.caption(f"Checked: {', '.join(check.replace('_', ' ') for check in examined.checks)}.")


def _by_flag(examined: Quality) -> dict[str, list[Flag]]:
    found: dict[str, list[Flag]] = {}
    for flag in examined.flags:
        found.setdefault(flag.flag, []).append(flag)
    return found


def _leads(found: list[Flag]) -> str:
    leads = list(dict.fromkeys(flag.lead for flag in found if flag.lead))
    if len(leads) > _MOST_LEADS:
        return f": {len(leads)} leads"
    return f": {', '.join(leads)}" if leads else ""
