"""Steps -> the preprocessing of one lead, before and after, with the windows and the dropped tail marked."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.figures.theme import Theme
from ecgfm_core.leads import LEADS
from ecgfm_core.types import Steps

MODEL_FS = 500.0
WINDOW_S = 5.0


def steps_chart(steps: Steps, fs: float, unit: str | None, lead: str, colors: Theme) -> go.Figure:
    """Two rows: the lead as stored, and as the model sees it."""
    row = LEADS.index(lead)
    figure = make_subplots(
        2, 1, vertical_spacing=0.16,
        subplot_titles=(f"Lead {lead} in the file, {fs:g} Hz", f"Lead {lead} for the model, {MODEL_FS:g} Hz"),
    )  # fmt: skip
    for number, (values, rate) in enumerate(((steps.arranged[row], fs), (steps.standardized[row], MODEL_FS)), 1):
        figure.add_trace(
            go.Scatter(y=values, x0=0, dx=1 / rate, mode="lines", line={"color": colors.trace, "width": 1},
                       hovertemplate="%{x:.3f} s: %{y:.3f}<extra></extra>"),
            number, 1,
        )  # fmt: skip
    for window in range(steps.windows):
        figure.add_vrect(
            window * WINDOW_S, (window + 1) * WINDOW_S, row=2, col=1, layer="below",
            line={"width": 1, "color": colors.bar}, fillcolor=colors.bar, opacity=0.10,
            annotation_text=f"window {window + 1}", annotation_position="top left",
        )  # fmt: skip
    if steps.dropped_s > 0:
        start = steps.windows * WINDOW_S
        figure.add_vrect(
            start, start + steps.dropped_s, row=2, col=1, layer="below", line={"width": 0}, fillcolor=colors.mark,
            opacity=0.25, annotation_text="dropped", annotation_position="top left",
        )  # fmt: skip
    figure.update_layout(
        height=380, margin={"l": 0, "r": 8, "t": 26, "b": 0}, showlegend=False, dragmode="pan",
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", font={"color": colors.text, "size": 12},
    )  # fmt: skip
    figure.update_xaxes(gridcolor=colors.muted + "33", matches="x")
    figure.update_xaxes(title_text="s", row=2, col=1)
    figure.update_yaxes(title_text=unit or "unit not stated", row=1, col=1, gridcolor=colors.muted + "33")
    figure.update_yaxes(title_text="standard deviations", row=2, col=1, gridcolor=colors.muted + "33")
    return figure


def steps_in_words(steps: Steps, fs: float, unit: str | None) -> list[str]:
    """Each step of the preprocessing as a sentence with its numbers."""
    before, after = steps.arranged.shape[1], steps.resampled.shape[1]
    derived = f"; {', '.join(steps.derived)} derived from I and II" if steps.derived else ""
    constant = f"; {', '.join(steps.constant)} never changes and is zero for the model" if steps.constant else ""
    spread = steps.std[steps.std > 0]
    scale = f" (spreads of {spread.min():.3g} to {spread.max():.3g} {unit or 'unknown units'})" if len(spread) else ""
    tail = f"; the last {steps.dropped_s:.2f} s fill no window and are dropped" if steps.dropped_s > 0 else ""
    resampled = (
        "Not resampled: the file has 500 Hz." if fs == MODEL_FS else
        f"Resampled linearly from {fs:g} to {MODEL_FS:g} Hz: {before} to {after} samples a lead."
    )  # fmt: skip
    return [
        f"Leads put in the order {', '.join(LEADS)}, by name{derived}.",
        resampled,
        "No filter.",
        f"Each lead minus its mean, divided by its standard deviation over the whole recording{scale}{constant}. "
        "So voltage and offset are gone: the probabilities do not depend on them.",
        f"Cut into {steps.windows} window{'s' if steps.windows != 1 else ''} of 5 s{tail}.",
    ]
