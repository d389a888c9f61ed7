"""The shell of a page that needs nothing but itself: text, charts, and what draws them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple
from html import escape
from importlib.resources import files

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from app.figures.theme import DARK, LIGHT


def page(title: str, body: str, charts: Sequence[go.Figure]) -> str:
    """A page with charts; plotly.js is inside, so it is some 5 MB and opens without a network.

    A policy in its head forbids every request and every script but the page's own two, whatever a name on it says.

    Args:
        title: plain text.
        body: HTML; it has a `slot` for each chart.
        charts: in the light theme's colors; the page swaps them where its reader prefers dark ones.
    """
    colors = list(zip(astuple(LIGHT), astuple(DARK), strict=True))
    blocks = _json("charts", [chart.to_plotly_json() for chart in charts]) + _json("colors", colors)
    scripts = (get_plotlyjs(), _beside("js"))
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_beside("css")}</style>
</head>
<body>
{body}
{blocks}
{"".join(f"<script>{script}</script>" for script in scripts)}
</body>
</html>
"""


def _beside(kind: str) -> str:
    return (files("app.standalone") / f"page.{kind}").read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _json(name: str, content: object) -> str:
    """A block of data for the script; no text in it can end the block."""
    text = json.dumps(content, allow_nan=False, default=_plain).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>'


def _plain(value: object) -> object:
    if hasattr(value, "to_plotly_json"):
        return value.to_plotly_json()
    raise TypeError(f"{type(value).__name__} is no JSON")


def slot(number: int, words: str) -> str:
    """Where chart `number` is drawn; `words` say what it is to those who do not see it."""
    return f'<div id="chart-{number}" role="img" aria-label="{escape(words)}"></div>'
