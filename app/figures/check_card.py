"""Check card -> a chart and tables: what the map was put through, and what was found."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.figures.theme import Theme
from ecgfm_core.types import Agreement, Chance, Check, Estimate, OrderCurve


def order_chart(card: Check, colors: Theme) -> go.Figure:
    """The score while cells are removed, and while they are put back, in the map's order."""
    figure = go.Figure([
        _curve(card.deletion, "removed", colors.band, "dot"), _curve(card.insertion, "put back", colors.mark, "solid"),
    ])  # fmt: skip
    clear = "rgba(0,0,0,0)"
    figure.update_layout(
        height=260, margin={"l": 0, "r": 8, "t": 8, "b": 0}, paper_bgcolor=clear, plot_bgcolor=clear,
        font={"color": colors.text}, legend={"orientation": "h", "y": 1.12, "x": 0}, dragmode=False,
    )  # fmt: skip
    figure.update_xaxes(
        title="share of the cells", tickformat=".0%", fixedrange=True, gridcolor=colors.muted + "44", zeroline=False
    )
    figure.update_yaxes(
        title="score (logits)", fixedrange=True, gridcolor=colors.muted + "44", zerolinecolor=colors.muted
    )
    return figure


def _curve(curve: OrderCurve, name: str, color: str, dash: str) -> go.Scatter:
    return go.Scatter(
        x=curve.shares, y=curve.scores, mode="lines+markers", name=f"cells {name}, area {curve.area:.2f}",
        line={"color": color, "dash": dash, "width": 2}, hovertemplate="%{x:.0%}: %{y:.2f}",
    )  # fmt: skip


def chance_table(card: Check) -> pd.DataFrame:
    """The map beside orders that know nothing; areas and gains in logits."""
    rows = [_chance(f"{card.random.draws} random orders", card.random)]
    if card.shuffled is not None:
        rows.append(_chance(f"the map shuffled, {card.shuffled.draws} times", card.shuffled))
    return pd.DataFrame(rows)


def _chance(name: str, chance: Chance) -> dict[str, str]:
    return {
        "beside": name, "removed": _told(chance.deletion), "put back": _told(chance.insertion),
        "better by": _told(chance.gain, signed=True),
    }  # fmt: skip


def _told(estimate: Estimate, *, signed: bool = False) -> str:
    """The value with its 95 % interval."""
    if estimate.value is None:
        return estimate.why or "-"
    form = "+.2f" if signed else ".2f"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:{form}}"
    return f"{estimate.value:{form}} [{estimate.low:{form}}, {estimate.high:{form}}]"


def change_table(card: Check) -> pd.DataFrame:
    """How much of the map is left after each change, as rank correlation with it."""
    rows = [
        {"what is changed": f"random weights: {stage.part}", "sizes": stage.correlation, "signed": stage.signed}
        for stage in card.randomization
    ]
    stable = card.stability
    rows += [
        {"what is changed": "noise that nobody sees", "sizes": None, "signed": stable.noise},
        {"what is changed": "a shift by 20 ms", "sizes": None, "signed": stable.shift},
    ]
    return pd.DataFrame(rows).round(2)


def agreement_table(found: Agreement, titles: Mapping[str, str]) -> pd.DataFrame:
    """Rank correlations between methods; empty where two have nothing in common."""
    names = [titles[method] for method in found.methods]
    values = np.where(np.isfinite(found.correlations), found.correlations, np.nan).round(2)
    return pd.DataFrame(values, columns=names).assign(method=names).set_index("method")
