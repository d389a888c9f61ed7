"""Steps -> the preprocessing of one lead, before and after, with the windows and the dropped tail marked."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.figures.sheet import PAGE_S
from app.figures.theme import Theme
from ecgfm_core.leads import LEADS
from ecgfm_core.types import Record, Steps

MODEL_FS = 500.0
WINDOW_S = 5.0


def steps_chart(steps: Steps, record: Record, lead: str, colors: Theme, *, start_s: float = 0.0) -> go.Figure:
    """Two rows: the lead as stored, and as the model sees it, over the 10 s that the sheet shows."""
    row = LEADS.index(lead)
    figure = make_subplots(
        2,
        1,
        vertical_spacing=0.16,
        subplot_titles=(f"Lead {lead} in the file, {record.fs:g} Hz", f"Lead {lead} for the model, {MODEL_FS:g} Hz"),
    )
    for number, (values, rate) in enumerate(((steps.arranged[row], record.fs), (steps.standardized[row], MODEL_FS)), 1):
        first = round(start_s * rate)
        shown = values[first : first + round(PAGE_S * rate)]
        line = {"color": colors.trace, "width": 1}
        hover = "%{x:.3f} s: %{y:.3f}<extra></extra>"
        trace = go.Scatter(y=shown, x0=start_s, dx=1 / rate, mode="lines", line=line, hovertemplate=hover)
        figure.add_trace(trace, number, 1)
    for from_s, to_s, text in _stretches(steps):
        if to_s > start_s and from_s < start_s + PAGE_S:
            dropped = text == "dropped"
            figure.add_vrect(
                max(from_s, start_s),
                min(to_s, start_s + PAGE_S),
                row=2,
                col=1,
                layer="below",
                line={"width": 1, "color": colors.bar},
                fillcolor=colors.mark if dropped else colors.bar,
                opacity=0.25 if dropped else 0.10,
                annotation_text=text,
                annotation_position="top left",
            )
    _style(figure, record.unit, colors)
    return figure


def _stretches(steps: Steps) -> list[tuple[float, float, str]]:
    """From, to and name of every window, and of the tail that fills none."""
    windows = [(w * WINDOW_S, (w + 1) * WINDOW_S, f"window {w + 1}") for w in range(steps.windows)]
    end_s = steps.windows * WINDOW_S
    return windows + ([(end_s, end_s + steps.dropped_s, "dropped")] if steps.dropped_s > 0 else [])


def _style(figure: go.Figure, unit: str | None, colors: Theme) -> None:
    clear, grid = "rgba(0,0,0,0)", colors.muted + "33"
    figure.update_layout(
        height=380,
        margin={"l": 0, "r": 8, "t": 26, "b": 0},
        showlegend=False,
        dragmode="pan",
        paper_bgcolor=clear,
        plot_bgcolor=clear,
        font={"color": colors.text, "size": 12},
    )
    figure.update_xaxes(gridcolor=grid, matches="x")
    figure.update_xaxes(title_text="s", row=2, col=1)
    figure.update_yaxes(title_text=unit or "unit not stated", row=1, col=1, gridcolor=grid)
    figure.update_yaxes(title_text="standard deviations", row=2, col=1, gridcolor=grid)


def steps_in_words(steps: Steps, fs: float, unit: str | None) -> list[str]:
    """Each step of the preprocessing as a sentence with its numbers."""
    before, after = steps.arranged.shape[1], steps.resampled.shape[1]
    derived = f"; {', '.join(steps.derived)} derived from I and II" if steps.derived else ""
    one = len(steps.constant) == 1
    verbs = ("never changes", "is") if one else ("never change", "are")
    constant = f"; {', '.join(steps.constant)} {verbs[0]} and {verbs[1]} zero for the model" if steps.constant else ""
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
