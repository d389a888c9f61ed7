"""Saliency -> an overlay: what speaks for a label in one color, what speaks against it in the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from app.figures.attention import attention_overlay
from app.figures.overlay import Overlay, Style
from ecgfm_core.types import FloatArray, Saliency, TypicalSaliency

Scale = Literal["one for all leads", "one a lead"]
FS = 500.0
"""Hz of the windows that maps are of."""
STEP = 8
"""Samples of a column: 16 ms, which at 25 mm/s is 0.4 mm."""
_FULL = 0.995
"""Share of the columns that stay below full color: a single one must not dim all others."""


_DOUBTED = ", NOT BETTER THAN RANDOM"


@dataclass(frozen=True, slots=True)
class Look:
    """How a map lies on the paper.

    Attributes:
        scale: whether full color is the same for all leads, or each lead has its own.
        style, opacity, doubted: see `Overlay`.
    """

    scale: Scale = "one for all leads"
    style: Style = "band"
    opacity: float = 1.0
    doubted: bool = False


def saliency_overlay(found: Saliency, look: Look | None = None) -> Overlay:
    """The mean over each column, divided by what full color stands for.

    Args:
        found: of one recording.
        look: how it shall lie on the paper.
    """
    look = look or Look()
    values = in_columns(found.values)
    _, leads, columns = values.shape
    if found.method == "attention":
        shares = values[:, 0] / values[:, 0].sum(axis=1, keepdims=True)  # of columns, as those of frames are
        weights = attention_overlay(shares, found.starts_s, STEP / FS)
        title = weights.title + _DOUBTED * look.doubted
        return replace(weights, style=look.style, opacity=look.opacity, doubted=look.doubted, title=title)
    flat = np.moveaxis(values, 1, 0).reshape(leads, -1)
    full = full_color(flat, axis=1 if look.scale == "one a lead" else None)
    at = found.starts_s[:, None] + np.arange(columns) * STEP / FS
    return Overlay(
        values=np.clip(flat / np.maximum(full, 1e-12), -1, 1).astype(np.float32),
        starts_s=at.ravel().astype(np.float32),
        step_s=STEP / FS,
        signed=bool((flat < 0).any()),
        style=look.style,
        title=title_of(found) + _DOUBTED * look.doubted,
        low=_end("against", full, found) if (flat < 0).any() else "nothing",
        high=_end("for", full, found),
        opacity=look.opacity,
        doubted=look.doubted,
    )


def title_of(found: Saliency | TypicalSaliency) -> str:
    """Method and target, and whether the leads say anything."""
    return f"{found.method.replace('_', ' ')}: {found.target}{'' if found.per_lead else ', the same for all leads'}"


def in_columns(values: FloatArray) -> FloatArray:
    """[..., S] -> [..., S // STEP]: the mean over each column."""
    columns = values.shape[-1] // STEP
    means: FloatArray = values[..., : columns * STEP].reshape(*values.shape[:-1], columns, STEP).mean(axis=-1)
    return means


def full_color(values: FloatArray, axis: int | None = None) -> FloatArray:
    """What full color stands for among the values of columns; of all axes, or of each place along the others."""
    sizes = np.abs(values)
    full: FloatArray = np.quantile(sizes, _FULL, axis=axis, keepdims=True)
    return np.where(full > 0, full, sizes.max(axis=axis, keepdims=True))  # of a map that is 0 nearly everywhere


def _end(side: str, full: FloatArray, found: Saliency) -> str:
    if found.unit in ("relative", "share") or full.size > 1:
        return f"most {side} it"
    return f"{side} it, {float(full.max()):.2g} {found.unit}{' a sample' if found.unit == 'logit' else ''}"
