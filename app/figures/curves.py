"""Metrics of a training -> one chart a column, over the updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from app.figures.theme import Theme

POINTS = 2000
"""Most points a line; longer runs are thinned."""


def curve_chart(metrics: Sequence[Mapping[str, str]], column: str, colors: Theme) -> go.Figure:
    """A column of metrics.csv over the updates: every update, its moving mean, and the recordings kept apart."""
    x, y = _points(metrics, "train", column)
    smooth = _moving_mean(y, max(1, len(y) // 50))
    step = max(1, len(x) // POINTS)
    figure = go.Figure([
        go.Scatter(x=x[::step], y=y[::step], mode="lines", line={"color": colors.muted + "66", "width": 1},
                   hoverinfo="skip"),
        go.Scatter(x=x[::step], y=smooth[::step], mode="lines", name="training",
                   line={"color": colors.bar, "width": 2.5}),
    ])  # fmt: skip
    kept_x, kept_y = _points(metrics, "valid", column)
    if len(kept_x):
        diamonds = {"color": colors.mark, "size": 7, "symbol": "diamond"}
        figure.add_trace(go.Scatter(x=kept_x, y=kept_y, mode="markers", name="kept apart", marker=diamonds))
    clear = "rgba(0,0,0,0)"
    axis = {"gridcolor": colors.muted + "33", "zeroline": False}
    figure.update_layout(
        template="none", width=520, height=230, paper_bgcolor=clear, plot_bgcolor=clear, showlegend=False,
        font={"color": colors.text, "size": 12}, margin={"l": 56, "r": 8, "t": 6, "b": 34},
        xaxis={**axis, "title": {"text": "updates", "standoff": 4}}, yaxis=axis,
    )  # fmt: skip
    return figure


def _points(metrics: Sequence[Mapping[str, str]], part: str, column: str) -> tuple[np.ndarray, np.ndarray]:
    rows = [row for row in metrics if row["part"] == part]
    x = np.array([int(row["step"]) for row in rows])
    y = np.array([float(row[column]) for row in rows])
    known = np.isfinite(y)
    return x[known], y[known]


def _moving_mean(y: np.ndarray, width: int) -> np.ndarray:
    """Mean of each value with those before it, over `width`."""
    sums = np.concatenate([[0.0], np.cumsum(y)])
    ends = np.arange(1, len(y) + 1)
    begins = np.maximum(ends - width, 0)
    mean: np.ndarray = (sums[ends] - sums[begins]) / (ends - begins)
    return mean
