"""The check card: made when it is asked for, and kept."""

from __future__ import annotations

import streamlit as st

from app.figures.check_card import chance_table, change_table, order_chart
from app.figures.theme import Theme
from app.parts.explaining import Asked, ask_card
from app.parts.notice import plain
from app.views.explain.compare import agreement_of
from app.views.explain.request import request
from ecgfm_core.types import Check, Saliency


def card_tab(asked: Asked, found: Saliency, card: Check | None, colors: Theme) -> None:
    """The card, or a button that has it made."""
    if card is not None:
        _show(card, asked, colors)
        return
    st.caption(
        "A map can look convincing and mean nothing. The check removes and puts back what the map marks and compares "
        "with random orders, makes the network's weights random, adds noise that nobody sees, shifts the recording by "
        "20 ms. Seconds for most maps, minutes for occlusion, Shapley values and integrated gradients; you may go on "
        "looking at other maps."
    )
    request(
        "The check is", [asked.name("card")],
        lambda: st.button("Check this map", type="primary", key="explain_check", icon=":material/fact_check:"),
        lambda: ask_card(asked, found),
    )  # fmt: skip


def _show(card: Check, asked: Asked, colors: Theme) -> None:
    st.markdown(f"**{plain(card.verdict)}**")
    left, right = st.columns([5, 4], gap="large")
    with left:
        st.markdown("**Removing and putting back**, what speaks most for it first")
        st.plotly_chart(
            order_chart(card, colors), key="explain_orders", config={"displayModeBar": False},
            alt="The score while cells of the map are removed and put back; the table below compares with chance",
        )  # fmt: skip
        st.dataframe(chance_table(card), hide_index=True, key="explain_chance")
        st.caption(
            "Areas under the curves in logits, with the interval of 95 % of such orders: small is good where cells are "
            "removed, large where they are put back. The last column says by how much the map is better; its "
            "interval must lie above 0."
        )
    with right:
        st.markdown("**What is left of the map**, as rank correlation")
        st.dataframe(change_table(card), hide_index=True, key="explain_changes")
        st.caption(
            "With random weights the sizes of a map's values should be of another order: below 0.7 at the last stage. "
            "Under noise they should stay, with their signs: above 0.8. Stages follow one another from the head down."
        )
        agreement_of(asked, "explain_agreement")
