"""A column's distribution: all recordings, and the selected ones over them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from app.figures.theme import Theme

BINS = 30
HEIGHT = 110


def histogram_chart(
    values: npt.NDArray[np.float64], selected: npt.NDArray[np.bool_], title: str, colors: Theme
) -> go.Figure:
    """Bars of all recordings in a muted color, of the selected ones before them; missing values are left out.

    Args:
        values: [N].
        selected: [N].
        title: of the axis, with its unit.
        colors: light or dark.
    """
    known = np.isfinite(values)
    edges = np.histogram_bin_edges(values[known], BINS) if known.any() else np.array([0.0, 1.0])
    middle, width = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    figure = go.Figure()
    for name, rows, color in (("all", known, colors.muted), ("selected", known & selected, colors.mark)):
        counts, _ = np.histogram(values[rows], edges)
        figure.add_trace(
            go.Bar(x=middle, y=counts, width=width, name=name, marker={"color": color, "line": {"width": 0}},
                   opacity=0.5 if name == "all" else 1, hovertemplate="%{x:.3g}: %{y}<extra>" + name + "</extra>")
        )  # fmt: skip
    figure.update_layout(
        barmode="overlay", height=HEIGHT, margin={"l": 4, "r": 4, "t": 4, "b": 30}, showlegend=False,
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", font={"color": colors.text, "size": 11},
    )  # fmt: skip
    figure.update_xaxes(title={"text": title, "standoff": 2}, showgrid=False, zeroline=False, fixedrange=True)
    figure.update_yaxes(visible=False, fixedrange=True)
    return figure
