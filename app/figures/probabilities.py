"""Prediction -> a bar a label, highest first, with every window and the training set's prevalence marked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.figures.theme import Theme
from ecgfm_core.labels import Label
from ecgfm_core.types import Prediction

_ASK_AT, _WIDTH = 1.4, 1.5
"""Where the rows ask why, and where the chart ends, as the axis goes: 0 to 1 are probabilities."""
NO_THRESHOLD = "no threshold"
NOT_TRAINED = "not trained"


def probability_chart(prediction: Prediction, colors: Theme, *, dimmed: bool = False, large: bool = False) -> go.Figure:
    """Bars of the combined probabilities; dots are windows, the upright mark is the prevalence in training.

    Dimmed are those of a recording that fails the quality gate; large is the type for a lecture hall.
    """
    labels = [prediction.labels[c] for c in _order(prediction)]
    names = [_short(label.name) for label in labels]
    overall = [prediction[label.name] for label in labels]
    shown = "%{y}: %{x:.3f}"
    figure = go.Figure(
        go.Bar(x=overall, y=names, orientation="h", name="recording", marker={"color": colors.bar},
               customdata=[label.name if label.trained else "" for label in labels],
               hovertemplate=shown + "<extra>recording</extra>")
    )  # fmt: skip
    if len(prediction.per_window) > 1:
        windows = [(_short(name), p) for w in range(len(prediction.per_window))
                   for name, p in prediction.by_name(w).items() if p is not None]  # fmt: skip
        dots = {"color": colors.text, "size": 5, "opacity": 0.65}
        figure.add_trace(_marks(windows, "each window", dots, shown))
    known = [
        (name, label.prevalence) for name, label in zip(names, labels, strict=True) if label.prevalence is not None
    ]
    upright = {"symbol": "line-ns", "size": 11, "line": {"width": 2.5, "color": colors.mark}}
    figure.add_trace(_marks(known, "prevalence", upright, shown))
    for name, p in zip(names, overall, strict=True):
        text, x = (NOT_TRAINED, 0) if p is None else (f"<b>{p:.2f}</b>" if p >= 0.005 else "&lt;0.01", 1)
        figure.add_annotation(x=x, xshift=5, y=name, text=text, showarrow=False, xanchor="left")
    figure.add_trace(_questions([label.name for label in labels if label.trained], colors, large=large))
    _style(figure, names, colors, large=large)
    if dimmed:
        figure.update_traces(opacity=0.25)
        figure.update_annotations(opacity=0.45)
    return figure


def _questions(labels: list[str], colors: Theme, *, large: bool) -> go.Scatter:
    """A word in each row that asks what the probability rests on; its custom data names the label."""
    return go.Scatter(
        x=[_ASK_AT] * len(labels), y=[_short(label) for label in labels], mode="markers+text", name="why",
        text=["<u>why?</u>"] * len(labels), textposition="middle center", textfont={"color": colors.bar},
        marker={"size": 30 if large else 22, "color": "rgba(0,0,0,0)"}, customdata=labels,
        hovertemplate="What %{y} rests on<extra></extra>",
    )  # fmt: skip


def _style(figure: go.Figure, names: list[str], colors: Theme, *, large: bool) -> None:
    clear, size = "rgba(0,0,0,0)", 19 if large else 12
    figure.update_layout(
        height=660 if large else 430,
        margin={"l": 0, "r": 4, "t": 0, "b": 4},
        bargap=0.35,
        showlegend=False,
        paper_bgcolor=clear,
        plot_bgcolor=clear,
        font={"color": colors.text, "size": size},
        dragmode=False,
    )
    ticks = [0, 0.25, 0.5, 0.75, 1]
    figure.update_xaxes(
        range=[0, _WIDTH], tickvals=ticks, fixedrange=True, gridcolor=colors.muted + "44", tickfont={"size": size}
    )
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], fixedrange=True, ticklabelstandoff=6)
    figure.update_yaxes(range=[-0.6, len(names) - 0.4], tickfont={"color": colors.text, "size": size})
    figure.update_annotations(font={"size": size})  # said outright: the page keeps a size that was once set


def _marks(points: list[tuple[str, float]], name: str, marker: dict[str, object], shown: str) -> go.Scatter:
    return go.Scatter(
        x=[p for _, p in points], y=[label for label, _ in points], mode="markers", name=name, marker=marker,
        hovertemplate=f"{shown}<extra>{name}</extra>",
    )  # fmt: skip


def probability_table(prediction: Prediction) -> pd.DataFrame:
    """The same as a table: a row a label, highest first; None where a number does not exist."""
    rows = []
    for c in _order(prediction):
        label = prediction.labels[c]
        row: dict[str, object] = {"label": label.name, "probability": prediction[label.name]}
        for window, start_s in enumerate(prediction.starts_s):
            row[f"{start_s:g}-{start_s + 5:g} s"] = prediction.by_name(window)[label.name]
        threshold = f"{label.threshold.value:.3f} ({label.threshold.provenance})" if label.threshold else NO_THRESHOLD
        calibrated = "not calibrated" if label.temperature == 1.0 else f"temperature {label.temperature:.2f}"
        row |= {
            "combined by": label.rule, "prevalence": label.prevalence, "threshold": threshold,
            "calibration": calibrated if label.trained else NOT_TRAINED,
        }  # fmt: skip
        rows.append(row)
    return pd.DataFrame(rows)


def score_note(labels: Sequence[Label]) -> str:
    """What a reader must know of the scores: calibrated or not, with thresholds or without."""
    calibrated = any(label.temperature != 1.0 for label in labels)
    thresholds = any(label.threshold is not None for label in labels)
    return (
        f"Scores are {'calibrated by temperature' if calibrated else 'not calibrated'} "
        f"and have {'thresholds: see the table' if thresholds else 'no thresholds'}."
    )


def _order(prediction: Prediction) -> list[int]:
    """Columns by falling probability; untrained labels last, in the head's order."""
    return sorted(range(len(prediction.labels)), key=lambda c: -np.nan_to_num(prediction.overall[c], nan=-1.0))


def _short(name: str) -> str:
    """Names that fit beside a bar, in the field's usual abbreviations."""
    return {
        "Premature ventricular contraction": "PVC",
        "Supraventricular tachycardia with aberrancy": "SVT with aberrancy",
        "Ventricular tachycardia": "VT",
        "1st degree atrioventricular block": "1st degree AV block",
        "Atrioventricular block": "AV block",
        "Accessory pathway conduction": "Accessory pathway",
        "Right bundle branch block": "RBBB",
        "Left bundle branch block": "LBBB",
        "Electronic pacemaker": "Pacemaker",
    }.get(name, name)
