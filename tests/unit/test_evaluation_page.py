"""The page and the document: complete, self-contained, and safe whatever a label is called."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pytest
from plotly.offline import get_plotlyjs
from unit.scored import TWO, simulated

from app.figures.evaluation import calibration_chart, roc_chart, subgroup_chart, summary_chart
from app.figures.theme import DARK, LIGHT
from app.standalone.evaluation import Judged, evaluation_document, evaluation_page
from ecgfm_core.analysis.evaluate import evaluate
from ecgfm_core.labels import Label
from ecgfm_core.types import Evaluation

HOSTILE = "</script><script>alert('x')</script><img src=x onerror=alert(1)>"
LABELS = (*TWO, Label(HOSTILE), Label("Ventricular tachycardia", trained=False))
JUDGED = Judged("demo", "3fb2c19e55aa", "cohort & <b>more</b>", "held-out fifth", "2026-11-25")


@cache
def made() -> Evaluation:
    scores = simulated(300, 4)
    probabilities = scores.probabilities.copy()
    probabilities[:, 3] = np.nan
    return evaluate(replace(scores, probabilities=probabilities), LABELS, bootstrap=100)


@cache
def page() -> str:
    return evaluation_page(made(), JUDGED)


def without_scripts() -> str:
    return re.sub(r"<script>.*?</script>", "", page(), flags=re.DOTALL)


def test_it_names_every_label_with_its_figures_and_what_was_judged():
    text = without_scripts()
    for name in ("Atrial fibrillation", "Premature ventricular contraction", "Ventricular tachycardia"):
        assert f"<h2>{name}</h2>" in text
    auroc = made().labels[0].auroc
    assert f"{auroc.value:.3f}" in text
    assert f"[{auroc.low:.3f}, {auroc.high:.3f}]" in text
    assert "Not judged: not trained." in text
    assert "fingerprint 3fb2c19e<" in text
    assert "2026-11-25" in text
    assert f"held-out fifth of cohort &amp; &lt;b&gt;more&lt;/b&gt;: 300 recordings, {made().patients} patients" in text
    assert text.count("Research use only") == 2


def test_every_threshold_says_where_it_was_chosen():
    points = [point for entry in made().labels for point in entry.points]
    assert len(points) == 6
    assert without_scripts().count("chosen on the very recordings judged here, which flatters it") == 2 * len(points)


def test_a_hostile_label_stays_text():
    text = page()
    assert HOSTILE not in text
    assert "<img" not in without_scripts()
    assert text.count("<script>") - get_plotlyjs().count("<script>") == 2
    assert "&lt;/script&gt;&lt;script&gt;alert(" in text


class Elements(HTMLParser):
    """Every element that a browser would see, with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_nothing_is_asked_of_a_network():
    text, elements = without_scripts(), Elements(page()).found
    assert not re.findall(r"https?:|url\(|@import", text)
    assert {tag for tag, _ in elements} & {"link", "img", "iframe", "object", "base", "form"} == set()
    assert not [attributes for _, attributes in elements if {"src", "action", "onerror", "onload"} & set(attributes)]
    assert [attributes["href"] for _, attributes in elements if "href" in attributes] == [
        f"#label-{c}" for c in range(4)
    ]


def test_its_policy_allows_its_own_two_scripts_and_no_request():
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page())[1]
    scripts = re.findall(r"<script>(.*?)</script>", page(), flags=re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    assert policy == f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:"


def test_each_chart_has_its_place_and_each_place_its_chart():
    charts = json.loads(re.search(r'id="charts">(.*?)</script>', page(), flags=re.DOTALL)[1])
    assert re.findall(r'id="chart-(\d+)"', page()) == [str(number) for number in range(len(charts))]
    assert len(charts) == 1 + 3 * 4
    assert len(page()) < 6_000_000


def test_every_color_of_a_chart_has_its_counterpart_in_the_dark():
    light, dark = (
        json.dumps([chart(entry, colors).to_plotly_json() for entry in made().labels
                    for chart in (roc_chart, calibration_chart, subgroup_chart)], default=lambda x: x.to_plotly_json())
        for colors in (LIGHT, DARK)
    )  # fmt: skip
    pairs = json.loads(re.search(r'id="colors">(.*?)</script>', page())[1])
    for before, after in pairs:
        light = light.replace(before, after)
    assert light == dark


def test_the_document_is_json_in_full_precision():
    document = json.loads(json.dumps(evaluation_document(made(), JUDGED), allow_nan=False))
    assert document["evaluated"]["fingerprint"] == JUDGED.fingerprint
    assert document["recordings"] == 300
    first, last = document["labels"][0], document["labels"][-1]
    assert first["auroc"]["value"] == made().labels[0].auroc.value
    assert first["points"][0]["threshold"]["value"] == made().labels[0].points[0].threshold.value
    assert (last["auroc"]["value"], last["auroc"]["why"], last["roc"]) == (None, "not trained", None)


def test_the_chart_of_all_labels_is_sorted_and_hollow_without_an_interval():
    figure = summary_chart(made(), LIGHT)
    names = figure.layout.yaxis.categoryarray
    assert names[0] == "Ventricular tachycardia"  # the lowest row: not judged
    values = {entry.label: entry.auroc.value for entry in made().labels[:2]}
    assert sorted(values, key=values.get) == [name for name in names if name in values]
    filled, hollow = figure.data[:2]
    assert (list(hollow.y), hollow.marker.symbol) == (["Ventricular tachycardia"], "circle-open")
    row = list(filled.y).index("Atrial fibrillation")
    entry = made().labels[0].auroc
    assert filled.x[row] + filled.error_x.array[row] == pytest.approx(entry.high)
    assert filled.x[row] - filled.error_x.arrayminus[row] == pytest.approx(entry.low)


def test_a_threshold_lies_on_the_roc_curve():
    entry = made().labels[0]
    _, curve, best, sensitive = roc_chart(entry, LIGHT).data
    assert {best.marker.symbol, sensitive.marker.symbol} == {"circle", "diamond"}
    for mark in (best, sensitive):
        nearest = min(abs(x - mark.x[0]) + abs(y - mark.y[0]) for x, y in zip(curve.x, curve.y, strict=True))
        assert nearest < 0.011


def test_counts_stand_beside_bins_and_subgroups():
    entry = made().labels[0]
    assert re.fullmatch(r"Calibration, 10 bins of \d+( to \d+)?", calibration_chart(entry, LIGHT).layout.title.text)
    ticks = subgroup_chart(entry, LIGHT).layout.yaxis.categoryarray
    group = entry.subgroups[0]
    assert f"{group.positives} / {group.negatives}" in ticks[-1]
