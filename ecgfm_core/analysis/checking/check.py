"""A map and what it was made of -> Check: whether the map may be believed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ecgfm_core.analysis.checking.agreement import map_agreement
from ecgfm_core.analysis.checking.curves import Bench, curves
from ecgfm_core.analysis.checking.energy import energy
from ecgfm_core.analysis.checking.grid import grid_of
from ecgfm_core.analysis.checking.randomization import STAGES, randomization
from ecgfm_core.analysis.checking.stability import MAPS, stability
from ecgfm_core.analysis.checking.verdict import judge
from ecgfm_core.analysis.checking.watch import Watch
from ecgfm_core.analysis.encode import require_input
from ecgfm_core.analysis.explain.aim import Target, aim_at
from ecgfm_core.analysis.explain.explain import explain
from ecgfm_core.errors import EncoderMismatch
from ecgfm_core.model.checkpoint import Encoder
from ecgfm_core.types import Beat, Check, FloatArray, Saliency, Stability, Stage, Windows
from ecgfm_core.types.measurements import Span

AGAIN = 2
"""Windows, from the first on, whose map is made again with random weights, noise and a shift: occlusion needs as many
passes for one map as all the curves, and a card needs eight maps."""


def check(  # noqa: PLR0913  (each is a part of what the map was made of, or how to watch the work)
    saliency: Saliency,
    windows: Windows,
    encoder: Encoder,
    target: Target,
    *,
    beats: Sequence[Beat] = (),
    others: Sequence[Saliency] = (),
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
    cancel: Callable[[], bool] = lambda: False,
) -> Check:
    """Say whether a map may be believed.

    Args:
        saliency: of `explain`; `windows`, `encoder`, `target`, `beats` and `seed` as they were handed to it.
        windows: that it is of.
        encoder: that it is of; it is left as it was found, however this ends.
        target: that was explained.
        beats: of the recording.
        others: maps of the same score by other methods, to compare with.
        seed: of what is drawn at random.
        progress: called with (steps done, steps).
        cancel: asked between the steps.

    Raises:
        EncoderMismatch: the map, or another one, is of another encoder, recording or target.
        NoLabels: the encoder has no such label.
        Canceled: `cancel` said so.
    """
    aim, fs, watch = aim_at(target, encoder), encoder.config.input.fs, Watch(progress, cancel)
    _require_same((saliency, *others), windows, encoder, aim.name)
    grid = grid_of(saliency, fs)
    tried = curves(Bench(encoder, aim, windows.values, grid), grid.pool(saliency.values), seed, watch.part(0, 0.5))
    maker = _Maker(_first(windows), encoder, target, saliency, beats, seed, watch.part(0.5, 1))
    stages, stable = maker.randomization(), maker.stability()
    return Check(
        saliency.method, saliency.target, *tried, stages, map_agreement(saliency, others, fs), energy(saliency, beats),
        stable, saliency.gap, *judge(tried, stages, stable, saliency.class_specific),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Maker:
    """Makes a map again, of another network or of other windows.

    Attributes:
        windows: whose map is made again.
        encoder: of the map.
        target: of the map.
        saliency: the map.
        beats: of the recording.
        seed: with which the map was made.
        watch: of all the maps together.
    """

    windows: Windows
    encoder: Encoder
    target: Target
    saliency: Saliency
    beats: Sequence[Beat]
    seed: int
    watch: Watch

    def randomization(self) -> tuple[Stage, ...]:
        """Of the first windows."""
        grid = grid_of(self.saliency, self.encoder.config.input.fs)

        def again(encoder: Encoder, target: Target, number: int) -> FloatArray:
            return grid.pool(self._made(self.windows, encoder, target, self.beats, number))

        original = grid.pool(self.saliency.values[:AGAIN])
        return randomization(original, self.encoder, self.target, self.seed, again)

    def stability(self) -> Stability:
        """Of the first windows."""

        def again(windows: Windows, later_s: float, number: int) -> FloatArray:
            beats = [_earlier(beat, later_s) for beat in self.beats]
            return self._made(windows, self.encoder, self.target, beats, STAGES + number)

        first = replace(self.saliency, values=self.saliency.values[:AGAIN], gap=None)
        return stability(first, self.windows, self.encoder.config.input.fs, again, self.seed)

    def _made(
        self, windows: Windows, encoder: Encoder, target: Target, beats: Sequence[Beat], number: int
    ) -> FloatArray:
        watch = self.watch.part(number / (STAGES + MAPS), (number + 1) / (STAGES + MAPS))
        made = explain(
            windows, encoder, target, method=self.saliency.method, beats=beats, seed=self.seed,
            progress=watch.report, cancel=watch.cancel,
        )  # fmt: skip
        return made.values


def _first(windows: Windows) -> Windows:
    return replace(windows, values=windows.values[:AGAIN], starts_s=windows.starts_s[:AGAIN])


def _earlier(beat: Beat, by_s: float) -> Beat:
    def moved(span: Span) -> Span:
        return span[0] - by_s, span[1] - by_s

    p, t = (None if span is None else moved(span) for span in (beat.p, beat.t))
    return replace(beat, r_s=beat.r_s - by_s, p=p, qrs=moved(beat.qrs), t=t)


def _require_same(maps: Sequence[Saliency], windows: Windows, encoder: Encoder, target: str) -> None:
    """Refuse a map of something else.

    Raises:
        EncoderMismatch: says of what.
    """
    require_input(windows, encoder)
    for one in maps:
        pairs = (
            ("encoder", one.encoder[:8], encoder.fingerprint[:8]),
            ("recording", one.source[:8], windows.source[:8]),
            ("target", one.target, target),
            ("window", _times(one), _times(windows)),
        )
        for what, found, wanted in pairs:
            if found != wanted:
                raise EncoderMismatch(
                    f"the map by {one.method} is of another {what} than is asked for: {found}, not {wanted}. "
                    f"Explain again with what is to be checked."
                )


def _times(of: Saliency | Windows) -> str:
    return f"{len(of.values)} from {', '.join(f'{start:g}' for start in of.starts_s)} s"
