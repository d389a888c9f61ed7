"""Mean map of many recordings -> a drawing on paper: their typical beat, and under each lead what speaks for what."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.figures.drawing import Drawing
from app.figures.lettering import clean, fit
from app.figures.median import MM_PER_MV, MM_PER_S, Panels, on_paper, panel_shapes, panels_of
from app.figures.overlay import Overlay
from app.figures.saliency import STEP, full_color, in_columns, title_of
from app.figures.shading import LEVELS, Bar, Values, filled, hues_of, legend
from app.figures.shapes import MARGIN, Area, Shape, Text
from app.figures.sheet import RELATIVE_MM
from app.figures.theme import Theme
from ecgfm_core.leads import LEADS
from ecgfm_core.types import TypicalSaliency

SURE = 2.0
"""Standard errors within which a mean is taken for 0 and left blank."""
_HEAD, _FOOT, _BAND = 7.0, 3.0, 3.2
"""mm above the panels for the legend, under each row, and of the band there."""
_TYPE = 4.2


def typical_saliency_drawing(found: TypicalSaliency, colors: Theme) -> Drawing:
    """Draw the typical beat at 25 mm/s, and 10 mm/mV or 4 mm a standard deviation, with the mean map in bands below.

    A band lies under its lead; all are on one scale of colors. What speaks for the target is in the upper half of a
    band, what speaks against it in the lower. A column is blank where its mean is within two standard errors of 0.
    """
    panels = panels_of(found.beat, MM_PER_MV if found.unit else RELATIVE_MM, head=_HEAD, foot=_FOOT)
    overlay = typical_overlay(found)
    bands = (shape for number in range(len(LEADS)) for shape in _band(panels, number, overlay, colors))
    texts = (*_words(found, panels, colors), *legend(panels.size[0], _TYPE, colors, overlay))
    traces = (*bands, *panel_shapes(found.beat, panels, colors))
    return on_paper(panels, colors, traces, texts, clean(f"typical saliency: {found.target}"))


def typical_overlay(found: TypicalSaliency) -> Overlay:
    """The mean over columns of 16 ms, on one scale for all leads; 0 where it may as well be 0.

    The standard error of a column is at most the mean of its samples' errors, which is what is taken. Where there is
    none, since all recordings are of one patient, nothing is sure and all is blank.
    """
    means, errors = in_columns(found.mean), in_columns(found.standard_error)
    shown = np.where(np.abs(means) > SURE * np.nan_to_num(errors, nan=np.inf), means, 0)
    sure = shown[shown != 0]
    full = float(full_color(sure).max()) if sure.size else 0.0
    signed = bool((shown < 0).any())
    size = f"{full:.1f} times the mean size" if full else "nothing is sure"
    return Overlay(
        values=np.clip(shown / max(full, 1e-12), -1, 1).astype(np.float32),
        starts_s=(np.arange(means.shape[1]) * STEP / found.beat.fs).astype(np.float32),
        step_s=STEP / found.beat.fs,
        signed=signed,
        style="band",
        title=title_of(found),
        low="against" if signed else "nothing",
        high=f"for ({size})" if found.method != "attention" else f"attention ({size})",
    )


def _band(panels: Panels, number: int, overlay: Overlay, colors: Theme) -> Iterator[Area]:
    """Under a panel; a frame shows where it lies even where it is blank."""
    top = panels.below(number)
    left = panels.at(number)[0] + overlay.starts_s.astype(np.float64) * MM_PER_S
    right = left + overlay.step_s * MM_PER_S
    yield Area(left[0], top, right[-1] - left[0], _BAND, colors.paper)
    yield Area(left[0], top, right[-1] - left[0], _BAND, colors.muted, 0.12)
    level = np.rint(overlay.values[number].astype(np.float64) * LEVELS)
    yield from filled(Values(left, right, level), Bar(top, _BAND, overlay.signed, 1.0), hues_of(overlay, colors))


def _words(found: TypicalSaliency, panels: Panels, colors: Theme) -> Iterator[Shape]:
    """How many recordings, above; the scale and what is blank, at the foot."""
    width, height = panels.size
    head = f"{len(found.recordings)} recordings, {found.beats} beats"
    head += f", drawn from {found.asked}" if found.sampled else ""
    scale = f"{panels.gain:g} mm/{found.unit or 'standard deviation'}"
    foot = (
        f"{MM_PER_S:g} mm/s   {scale}   thin lines: ± half the interquartile range over recordings   "
        f"band: blank within {SURE:g} standard errors of 0   encoder {found.encoder[:8]}   research use only"
    )
    text, size = fit(head, 3.4, 0.4 * (width - 2 * MARGIN), bold=True)
    yield Text(MARGIN, 2.2 + 0.95 * _TYPE, text, size, colors.text, bold=True, halo=colors.paper)
    text, size = fit(foot, 3.0, width - 2 * MARGIN)
    yield Text(MARGIN, height - 2, text, size, colors.muted, halo=colors.paper)
