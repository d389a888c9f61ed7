"""Evaluation -> one JSON document, and one HTML page that needs nothing but itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape

import ecgfm_core as ecg
from app.figures.evaluation import (
    calibration_chart,
    interval_text,
    precision_recall_chart,
    roc_chart,
    subgroup_chart,
    summary_chart,
)
from app.figures.theme import LIGHT
from app.standalone.page import page, slot
from ecgfm_core.types import Estimate, Evaluation, LabelEvaluation, OperatingPoint

LABEL_CHARTS = {
    "ROC curve": roc_chart,
    "Precision-recall curve": precision_recall_chart,
    "Calibration": calibration_chart,
    "AUROC by sex and age": subgroup_chart,
}
MARKS = "\u25cf\u25c6\u25a0\u25b2"
"""The thresholds' symbols as characters, in the order of the charts' symbols."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was evaluated, on what, and when.

    Attributes:
        encoder: short name of the encoder.
        fingerprint: of its weights and labels.
        store: name of the store that holds the recordings.
        split: which of its recordings, in words.
        date: day of the evaluation, as it is to be read.
        note: what a reader must know of the recordings; empty where there is nothing.
    """

    encoder: str
    fingerprint: str
    store: str
    split: str
    date: str
    note: str = ""


def evaluation_document(evaluation: Evaluation, judged: Judged) -> dict[str, object]:
    """Everything as plain values for JSON: full precision, None for what does not exist, with the reason in `why`."""
    return {"format": "ecgfm-evaluation", "version": 1, "evaluated": asdict(judged), **asdict(evaluation)}


def evaluation_page(evaluation: Evaluation, judged: Judged) -> str:
    """The page: text, tables and charts; plotly.js is inside, so it is some 5 MB and opens without a network.

    A policy in its head forbids every request and every script but the page's own two, whatever a label's name says.
    """
    charts = [summary_chart(evaluation, LIGHT)]
    sections = []
    for number, entry in enumerate(evaluation.labels):
        mine = [] if entry.auroc.value is None else [chart(entry, LIGHT) for chart in LABEL_CHARTS.values()]
        sections.append(_section(entry, number, len(charts)))
        charts += mine
    title = f"{judged.encoder} on {judged.split}"
    body = (_head(evaluation, judged, title), _overview(evaluation), *sections, _footer(evaluation))
    return page(title, "\n".join(body), charts)


def _head(evaluation: Evaluation, judged: Judged, title: str) -> str:
    counts = f"{evaluation.recordings:,} recordings, {evaluation.patients:,} patients"
    facts = {
        "Encoder": f"{judged.encoder}, fingerprint {judged.fingerprint[:8]}",
        "Recordings": f"{judged.split} of {judged.store}: {counts}",
        "Date": judged.date,
    }
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    return f"""<header>
<h1>{escape(title)}</h1>
<p class="notice">Research use only. Not a medical device; no figure here supports a decision about a patient.</p>
<dl>{rows}</dl>
{f'<p class="notice">{escape(judged.note)}</p>' if judged.note else ""}
</header>"""


def _overview(evaluation: Evaluation) -> str:
    counted = len(evaluation.macro_labels)
    tiles = "".join(
        f"<div><span>macro {name}</span><b>{_value(one)}</b><span>{_interval(one)}</span></div>"
        for name, one in (("AUROC", evaluation.macro_auroc), ("average precision", evaluation.macro_average_precision))
    )
    rows = "".join(_row(number, entry) for number, entry in enumerate(evaluation.labels))
    names = ("label", "positive", "negative", "AUROC", "average precision", "ECE")
    headings = "".join(f"<th>{name}</th>" for name in names)
    return f"""<main>
<div class="figures">{tiles}<div><span>labels in the mean</span><b>{counted} of {len(evaluation.labels)}</b>
<span>those with 10 positives and 10 negatives</span></div></div>
<p>Brackets hold 95 % intervals by patient. On the right, the short upright mark is the label's prevalence: the average
precision of guessing. Hollow symbols have too few patients for an interval.</p>
<div class="wide summary">{slot(0, "AUROC and average precision of every label")}</div>
<div class="wide"><table>
<thead><tr>{headings}<th class="words">threshold</th><th>sensitivity</th><th>specificity</th></tr></thead>
<tbody>{rows}</tbody></table></div>
</main>"""


def _row(number: int, entry: LabelEvaluation) -> str:
    span = f' rowspan="{max(1, len(entry.points))}"'
    cells = [
        f'<a href="#label-{number}">{escape(entry.label)}</a>', f"{entry.positives:,}", f"{entry.negatives:,}",
        _estimate(entry.auroc), _estimate(entry.average_precision), "-" if entry.ece is None else f"{entry.ece:.3f}",
    ]  # fmt: skip
    first = "".join(f"<td{span}>{cell}</td>" for cell in cells)
    why = escape(entry.auroc.why if entry.auroc.value is None else "choosing one takes 10 positives and 10 negatives")
    none = f'<td class="words"><small>none: {why}</small></td><td>-</td><td>-</td>'
    points = [
        f'<td class="words">{point.threshold.value:.3f}<small>{escape(point.threshold.provenance)}</small></td>'
        f"<td>{_estimate(point.sensitivity)}</td><td>{_estimate(point.specificity)}</td>"
        for point in entry.points
    ] or [none]
    return f"<tr>{first}{points[0]}</tr>" + "".join(f"<tr>{point}</tr>" for point in points[1:])


def _section(entry: LabelEvaluation, number: int, first: int) -> str:
    counts = f"{entry.positives:,} positive, {entry.negatives:,} negative"
    heading = f'<section class="label" id="label-{number}">\n<h2>{escape(entry.label)}</h2>'
    if entry.auroc.value is None or entry.brier is None:
        return f"{heading}\n<p>{counts}. Not judged: {escape(entry.auroc.why)}.</p>\n</section>"
    slots = "".join(slot(first + k, f"{name}: {entry.label}") for k, name in enumerate(LABEL_CHARTS))
    confusions = "".join(_confusion(point, symbol) for point, symbol in zip(entry.points, MARKS, strict=False))
    return f"""{heading}
<p>{counts}; AUROC {interval_text(entry.auroc)}; average precision {interval_text(entry.average_precision)};
Brier score {entry.brier:.3f}; ECE {entry.ece or 0:.3f}.</p>
<div class="charts">{slots}</div>
<div class="confusions">{confusions}</div>
</section>"""


def _confusion(point: OperatingPoint, symbol: str) -> str:
    shares = {"sensitivity": point.sensitivity, "specificity": point.specificity, "PPV": point.ppv, "NPV": point.npv}
    words = "".join(f"<tr><td>{name}</td><td>{interval_text(one)}</td></tr>" for name, one in shares.items())
    return f"""<figure><figcaption>{symbol} threshold {point.threshold.value:.3f}
<small>{escape(point.threshold.provenance)}</small></figcaption>
<div class="pair"><table class="confusion">
<tr><th></th><th>label holds</th><th>does not</th></tr>
<tr><th>called positive</th><td class="right">{point.true_positives:,}</td><td>{point.false_positives:,}</td></tr>
<tr><th>called negative</th><td>{point.false_negatives:,}</td><td class="right">{point.true_negatives:,}</td></tr>
</table>
<table>{words}<tr><td>F1</td><td>{interval_text(point.f1)}</td></tr></table></div></figure>"""


def _value(one: Estimate) -> str:
    return "-" if one.value is None else f"{one.value:.3f}"


def _interval(one: Estimate) -> str:
    if one.low is None or one.high is None:
        return escape(one.why)
    return f'<span class="value">[{one.low:.3f}, {one.high:.3f}]</span>'


def _estimate(one: Estimate) -> str:
    """A value over its interval, or over the reason why there is none."""
    return f'<span class="value">{_value(one)}</span><small>{_interval(one)}</small>'


def _footer(evaluation: Evaluation) -> str:
    return f"""<footer>
<p>AUROC and average precision: percentile intervals over {evaluation.replicates:,} replicates that draw whole
patients (seed {evaluation.seed}), given from 10 patients with and 10 without the label on. Wilson intervals, which
count recordings as independent, at thresholds and in the calibration chart. ECE: mean over recordings of the
distance between share and mean probability in bins of equal mass; chance alone keeps it above zero. Subgroups:
positives / negatives below each name. PPV and NPV hold for the prevalence of these recordings only.</p>
<p>ecgfm {ecg.__version__}. Research use only.</p>
</footer>"""
