"""Windows, an encoder and a target -> Saliency."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ecgfm_core.analysis.encode import require_input
from ecgfm_core.analysis.explain.aim import Target, aim_at
from ecgfm_core.analysis.explain.attention import ATTENTION, RELEVANCE
from ecgfm_core.analysis.explain.gradients import GRADIENT_X_INPUT, INTEGRATED_GRADIENTS, SMOOTHGRAD
from ecgfm_core.analysis.explain.method import Answer, Method, Question
from ecgfm_core.analysis.explain.occlusion import LEAD_IMPORTANCE, LEAD_REMOVAL, OCCLUSION
from ecgfm_core.model.checkpoint import Encoder
from ecgfm_core.types import Beat, ExplainMethod, Saliency, Windows

METHODS: dict[ExplainMethod, Method] = {
    method.name: method
    for method in (
        OCCLUSION, RELEVANCE, INTEGRATED_GRADIENTS, SMOOTHGRAD, GRADIENT_X_INPUT, LEAD_IMPORTANCE, LEAD_REMOVAL,
        ATTENTION,
    )
}  # fmt: skip
"""All methods that passed the test with planted shapes (tests/unit/test_explain_planted.py), by name."""


def explain(  # noqa: PLR0913  (each is a part of the question, or how to watch its answer being found)
    windows: Windows,
    encoder: Encoder,
    target: Target,
    *,
    method: ExplainMethod = "relevance",
    beats: Sequence[Beat] = (),
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
    cancel: Callable[[], bool] = lambda: False,
) -> Saliency:
    """Say what a score rests on, sample by sample.

    Args:
        windows: [W, 12, 2500].
        encoder: from `load_encoder`; it is left as it was found, however this ends.
        target: the name of a label, a `Contrast` of two, or a `Probe`.
        method: see docs/explanations.md.
        beats: of `measure(record)`; occlusion takes out their waves, and 100 ms at a time where there are none.
        seed: of what the method draws at random.
        progress: called with (steps done, steps).
        cancel: asked between the steps.

    Raises:
        EncoderMismatch: the windows are not what the encoder takes, or the probe belongs to another one.
        NoLabels: the encoder has no such label.
        Canceled: `cancel` said so.
    """
    require_input(windows, encoder)
    chosen, aim = METHODS[method], aim_at(target, encoder)
    answer = chosen.run(Question(windows.values, windows.starts_s, encoder, aim, beats, seed, progress, cancel))
    return _as_saliency(answer, chosen, aim.name, windows, encoder)


def _as_saliency(answer: Answer, method: Method, target: str, windows: Windows, encoder: Encoder) -> Saliency:
    """The answer, with what the method says of itself and where it comes from."""
    return Saliency(
        values=answer.values,
        target=target,
        method=method.name,
        unit=method.unit,
        resolution_s=method.resolution_s(encoder),
        per_lead=method.per_lead,
        class_specific=method.class_specific,
        gap=answer.gap,
        starts_s=windows.starts_s,
        source=windows.source,
        encoder=encoder.fingerprint,
        standard_error=answer.standard_error,
    )
