"""Evaluation -> charts: all labels at a glance; one label's ROC, precision-recall, calibration and subgroups."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.figures.theme import Theme
from ecgfm_core.types import CalibrationBin, Curve, Estimate, Evaluation, LabelEvaluation, OperatingPoint

SIZE = 262
"""Width and height in pixels of one label's charts: four fit side by side, two on a printed page."""

SYMBOLS = ("circle", "diamond", "square", "triangle-up")


def summary_chart(evaluation: Evaluation, colors: Theme) -> go.Figure:
    """AUROC and average precision of every label with their intervals; the short mark is the prevalence.

    A label of average precision no higher than its prevalence is not told at all.
    """
    entries = sorted(evaluation.labels, key=lambda entry: (entry.auroc.value is not None, entry.auroc.value or 0))
    names = [escape(entry.label) for entry in entries]
    figure = make_subplots(
        1, 2, shared_yaxes=True, horizontal_spacing=0.04, subplot_titles=("AUROC", "Average precision")
    )
    _add_dots(figure, [entry.auroc for entry in entries], names, colors, symbol="circle", row=1, col=1)
    _add_dots(figure, [entry.average_precision for entry in entries], names, colors, symbol="diamond", row=1, col=2)
    mark = {"symbol": "line-ns", "size": 10, "line": {"width": 2.5, "color": colors.mark}}
    prevalence = [entry.prevalence for entry in entries]
    figure.add_trace(
        go.Scatter(x=prevalence, y=names, mode="markers", marker=mark,
                   hovertemplate="%{y}: prevalence %{x:.3f}<extra></extra>"), 1, 2,
    )  # fmt: skip
    lowest = min((e.auroc.low or e.auroc.value or 1 for e in entries), default=1)
    _style(figure, colors, width=1060, height=70 + 24 * len(entries))
    figure.update_layout(margin={"l": 290, "r": 12, "t": 34, "b": 34})
    figure.update_xaxes(range=[min(0.45, lowest - 0.03), 1.01], row=1, col=1)
    figure.update_xaxes(range=[-0.01, 1.01], row=1, col=2)
    figure.update_yaxes(range=[-0.7, len(names) - 0.3], type="category", categoryorder="array", categoryarray=names)
    figure.add_vline(0.5, line={"color": colors.muted, "dash": "dot", "width": 1}, row=1, col=1)
    return figure


def roc_chart(entry: LabelEvaluation, colors: Theme) -> go.Figure:
    """Sensitivity against 1 - specificity; the symbols are the thresholds, the dotted diagonal is chance."""
    figure = _curve(entry.roc, ((0, 1), (0, 1)), colors, shape="linear")
    for symbol, point in zip(SYMBOLS, entry.points, strict=False):
        specificity = point.specificity.value
        _add_point(
            figure, None if specificity is None else 1 - specificity, point.sensitivity.value, point, symbol, colors
        )
    return _square(figure, "ROC", "1 - specificity", "sensitivity", colors)


def precision_recall_chart(entry: LabelEvaluation, colors: Theme) -> go.Figure:
    """PPV against sensitivity; the symbols are the thresholds, the dotted level is the prevalence."""
    level = entry.prevalence or 0
    figure = _curve(entry.precision_recall, ((0, 1), (level, level)), colors, shape="vh")
    for symbol, point in zip(SYMBOLS, entry.points, strict=False):
        _add_point(figure, point.sensitivity.value, point.ppv.value, point, symbol, colors)
    return _square(figure, "Precision-recall", "recall (sensitivity)", "precision (PPV)", colors)


def calibration_chart(entry: LabelEvaluation, colors: Theme) -> go.Figure:
    """Share of positives against mean probability of each bin, with Wilson intervals; on the diagonal = calibrated."""
    bins = entry.calibration
    shares = [one.observed for one in bins]
    figure = go.Figure(_line((0, 1), (0, 1), colors, dash="dot"))
    figure.add_trace(
        go.Scatter(
            x=[one.probability for one in bins],
            y=[share.value for share in shares],
            error_y=_reach(shares, colors),
            customdata=[one.count for one in bins],
            mode="lines+markers",
            line={"color": colors.bar, "width": 1},
            marker={"color": colors.bar, "size": 7},
            hovertemplate="mean probability %{x:.3f}<br>%{y:.3f} positive of %{customdata}<extra></extra>",
        )
    )
    _square(figure, f"Calibration{_sizes(bins)}", "mean probability", "share of positives", colors)
    reach = max((max(one.probability, one.observed.high or 0) for one in bins), default=1)
    for update in (figure.update_xaxes, figure.update_yaxes):  # a rare label's bins all lie near the corner
        update(range=[-0.02 * reach, 1.04 * reach])
    return figure


def _sizes(bins: Sequence[CalibrationBin]) -> str:
    counts = sorted({one.count for one in bins})
    if not counts:
        return ""
    each = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f", {len(bins)} bin{'s' if len(bins) > 1 else ''} of {each}"


def subgroup_chart(entry: LabelEvaluation, colors: Theme) -> go.Figure:
    """AUROC of each subgroup with its interval; the line is that of all; counts are positives / negatives."""
    groups = entry.subgroups[::-1]
    few = ["" if one.auroc.value is not None else ", too few" for one in groups]
    names = [
        f"{escape(one.name)}<br><span style='font-size:9px'>{one.positives} / {one.negatives}{note}</span>"
        for one, note in zip(groups, few, strict=True)
    ]
    figure = go.Figure()
    _add_dots(figure, [one.auroc for one in groups], names, colors, symbol="circle")
    if entry.auroc.value is not None:
        figure.add_vline(entry.auroc.value, line={"color": colors.mark, "width": 1.5})
    lowest = min((e.low or e.value or 1 for e in (entry.auroc, *(one.auroc for one in groups))), default=1)
    _style(figure, colors, width=SIZE, height=SIZE)
    figure.update_layout(title=_title("AUROC by sex and age"), margin={"l": 108, "r": 8, "t": 34, "b": 40})
    figure.update_xaxes(range=[min(0.7, lowest - 0.03), 1.02], nticks=4, title={"text": "AUROC", "standoff": 4})
    figure.update_yaxes(
        range=[-0.6, len(names) - 0.4],
        type="category",
        tickfont={"size": 11},
        categoryorder="array",
        categoryarray=names,
    )
    return figure


def _curve(
    curve: Curve | None, chance: tuple[tuple[float, float], tuple[float, float]], colors: Theme, *, shape: str
) -> go.Figure:
    figure = go.Figure(_line(*chance, colors, dash="dot"))
    if curve is not None:
        line = {"color": colors.bar, "width": 2, "shape": shape}
        figure.add_trace(go.Scatter(x=curve.x, y=curve.y, mode="lines", line=line,
                                    hovertemplate="%{x:.3f}, %{y:.3f}<extra></extra>"))  # fmt: skip
    return figure


def _add_point(
    figure: go.Figure, x: float | None, y: float | None, point: OperatingPoint, symbol: str, colors: Theme
) -> None:
    if x is None or y is None:
        return
    marker = {"symbol": symbol, "size": 10, "color": colors.mark, "line": {"color": colors.text, "width": 1}}
    shown = f"{escape(point.aim)}<br>threshold {point.threshold.value:.3f}<br>%{{x:.3f}}, %{{y:.3f}}<extra></extra>"
    figure.add_trace(go.Scatter(x=[x], y=[y], mode="markers", marker=marker, hovertemplate=shown, cliponaxis=False))


def _add_dots(figure: go.Figure, estimates: list[Estimate], names: list[str], colors: Theme, **look: object) -> None:
    """Dots with their intervals, hollow and without a bar where there is none; `look` holds symbol, row and col."""
    place = {name: look[name] for name in ("row", "col") if name in look}
    for hollow in (False, True):
        shown = [(one, name) for one, name in zip(estimates, names, strict=True) if (one.low is None) == hollow]
        dots = go.Scatter(
            x=[one.value for one, _ in shown],
            y=[name for _, name in shown],
            error_x=None if hollow else _reach([one for one, _ in shown], colors),
            mode="markers",
            marker={"color": colors.bar, "size": 8, "symbol": f"{look['symbol']}{'-open' if hollow else ''}"},
            customdata=[interval_text(one) for one, _ in shown],
            hovertemplate="%{y}: %{customdata}<extra></extra>",
        )
        figure.add_trace(dots, **place)


def interval_text(one: Estimate) -> str:
    """A value and its interval, "0.912 [0.871, 0.943]", without what does not exist; the reason stands in `why`."""
    if one.value is None:
        return "-"
    return (
        f"{one.value:.3f}"
        if one.low is None or one.high is None
        else f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"
    )


def _reach(estimates: list[Estimate], colors: Theme) -> dict[str, object]:
    """Error bars that reach to the bounds; none where there is no interval."""
    ends = [(one.value or 0, one.low, one.high) for one in estimates]
    return {
        "type": "data",
        "symmetric": False,
        "array": [0 if high is None else high - value for value, _, high in ends],
        "arrayminus": [0 if low is None else value - low for value, low, _ in ends],
        "color": colors.bar,
        "thickness": 1.5,
        "width": 3,
    }


def _line(x: tuple[float, float], y: tuple[float, float], colors: Theme, *, dash: str) -> go.Scatter:
    return go.Scatter(x=x, y=y, mode="lines", line={"color": colors.muted, "width": 1, "dash": dash}, hoverinfo="skip")


def _square(figure: go.Figure, title: str, x: str, y: str, colors: Theme) -> go.Figure:
    _style(figure, colors, width=SIZE, height=SIZE)
    figure.update_layout(title=_title(title), margin={"l": 48, "r": 8, "t": 34, "b": 40})
    figure.update_xaxes(range=[-0.02, 1.02], title={"text": x, "standoff": 4})
    figure.update_yaxes(range=[-0.02, 1.02], title={"text": y, "standoff": 4})
    return figure


def _title(text: str) -> dict[str, object]:
    return {"text": text, "font": {"size": 13}, "x": 0.5, "y": 0.97, "xanchor": "center", "yanchor": "top"}


def _style(figure: go.Figure, colors: Theme, *, width: int, height: int) -> None:
    clear, grid = "rgba(0,0,0,0)", colors.muted + "33"
    figure.update_layout(
        template="none",
        width=width,
        height=height,
        showlegend=False,
        dragmode=False,
        paper_bgcolor=clear,
        plot_bgcolor=clear,
        font={"color": colors.text, "size": 12, "family": "system-ui, sans-serif"},
    )
    line = {"gridcolor": grid, "zeroline": False, "fixedrange": True, "showline": True, "linecolor": colors.muted}
    figure.update_xaxes(**line)
    figure.update_yaxes(**line)
