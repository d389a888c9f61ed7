"""A run's metrics -> one HTML page of its curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import ecgfm_core as ecg
from app.figures.curves import curve_chart
from app.figures.theme import LIGHT
from app.standalone.page import page, slot

WORDS = {
    "loss": "loss: what is minimized",
    "contrastive": "contrastive: telling a hidden frame's code from others",
    "cmsc": "CMSC: finding the other half of a recording",
    "diversity": "diversity: use of all codes, lower is more even",
    "penalty": "penalty: size of the stem's output",
    "accuracy": "accuracy: share of hidden frames told rightly",
    "codes": "codes in use",
    "windows_per_s": "windows a second",
}
"""What is recorded, in words; and the order of the charts."""


def curves_page(name: str, metrics: Sequence[Mapping[str, str]]) -> str:
    """The page of a run.

    Args:
        name: of the run.
        metrics: rows of metrics.csv.
    """
    there = [column for column in WORDS if metrics and metrics[-1].get(column)]
    charts = [curve_chart(metrics, column, LIGHT) for column in there]
    slots = "".join(
        f"<figure><figcaption>{escape(WORDS[column])}</figcaption>{slot(number, WORDS[column])}</figure>"
        for number, column in enumerate(there)
    )
    updates = metrics[-1]["step"] if metrics else "0"
    body = f"""<header>
<h1>Training of {escape(name)}</h1>
<p class="notice">Research use only. Not a medical device.</p>
<p>{updates} updates. Thin line: single updates (at most 2,000 of them); thick line: mean over a fiftieth of the run;
diamonds: recordings kept apart. The numbers are in metrics.csv.</p>
</header>
<main class="curves">{slots}</main>
<footer><p>ecgfm {ecg.__version__}. Research use only.</p></footer>"""
    return page(f"Training of {name}", body, charts)
