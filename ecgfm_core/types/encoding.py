"""What an encoder gives, and the probabilities that follow."""

from __future__ import annotations

from dataclasses import dataclass

from ecgfm_core.labels import Label
from ecgfm_core.types.arrays import FloatArray, freeze


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """What one forward pass gives, for one recording.

    Attributes:
        pooled: [W, D] mean of the frames; "the embedding".
        logits: [W, C] before temperature and sigmoid; None for a backbone without a head.
        attention: [W, F, F] of the last layer, mean over heads, (query, key); None unless asked for.
        starts_s: [W] start of each window in seconds.
        labels: [C] what each logit means.
        source: digest of the record.
        encoder: fingerprint of the encoder.
    """

    pooled: FloatArray
    logits: FloatArray | None
    attention: FloatArray | None
    starts_s: FloatArray
    labels: tuple[Label, ...]
    source: str
    encoder: str

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze(self, "pooled", 2)
        freeze(self, "starts_s", 1)
        if self.logits is not None:
            freeze(self, "logits", 2)
        if self.attention is not None:
            freeze(self, "attention", 3)


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Probabilities, addressed by label.

    Attributes:
        labels: [C] in the head's order.
        per_window: [W, C] 0..1; NaN where the label was not trained.
        overall: [C] combined over the windows by each label's own rule; NaN where not trained.
        starts_s: [W] start of each window in seconds.
        source: digest of the record.
        encoder: fingerprint of the encoder.
    """

    labels: tuple[Label, ...]
    per_window: FloatArray
    overall: FloatArray
    starts_s: FloatArray
    source: str
    encoder: str

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze(self, "per_window", 2)
        freeze(self, "overall", 1)
        freeze(self, "starts_s", 1)

    def __getitem__(self, label: str) -> float | None:
        """Probability of a label for the recording, or None where it was not trained."""
        return self.by_name()[label]

    def by_name(self, window: int | None = None) -> dict[str, float | None]:
        """Probabilities by label, of the recording or of one window; None where not trained."""
        row = self.overall if window is None else self.per_window[window]
        return {label.name: float(p) if label.trained else None for label, p in zip(self.labels, row, strict=True)}

    def top(self, k: int) -> list[tuple[str, float]]:
        """The k most probable labels of the recording, highest first, untrained ones left out."""
        known = [(name, p) for name, p in self.by_name().items() if p is not None]
        return sorted(known, key=lambda pair: -pair[1])[:k]
