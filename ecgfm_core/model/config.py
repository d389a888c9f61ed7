"""The sizes of an encoder. They travel with its weights; the defaults are those of the published ECG-FM."""

from __future__ import annotations

from dataclasses import dataclass

from ecgfm_core.errors import WeightsInvalid

_MOST, _MOST_LAYERS = 65_536, 128


@dataclass(frozen=True, slots=True)
class ConvLayer:
    """One strided convolution of the stem."""

    channels: int
    kernel: int
    stride: int


@dataclass(frozen=True, slots=True)
class Dropout:
    """Chances with which training silences values, 0..1; none by default, as for inference.

    Attributes:
        input: of the projected features.
        hidden: of the transformer's input and of what each of its blocks adds.
        attention: of the attention probabilities.
        activation: of the feed-forward block's inner values.
    """

    input: float = 0.0
    hidden: float = 0.0
    attention: float = 0.0
    activation: float = 0.0


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """Sizes of the network.

    Attributes:
        in_leads: leads of the input.
        conv_layers: the stem, first to last.
        embed_dim: D, width of the transformer.
        layers: number of transformer layers.
        heads: H, attention heads a layer.
        ffn_dim: width of the feed-forward block.
        position_kernel: taps of the positional convolution, in frames.
        position_groups: groups of the positional convolution.
    """

    in_leads: int = 12
    conv_layers: tuple[ConvLayer, ...] = (ConvLayer(256, 2, 2),) * 4
    embed_dim: int = 768
    layers: int = 12
    heads: int = 12
    ffn_dim: int = 3072
    position_kernel: int = 128
    position_groups: int = 16

    def __post_init__(self) -> None:
        """Refuse sizes that no network has.

        Raises:
            WeightsInvalid: a size is out of range, or two sizes do not divide.
        """
        sizes = {
            "in_leads": self.in_leads,
            "embed_dim": self.embed_dim,
            "layers": self.layers,
            "heads": self.heads,
            "ffn_dim": self.ffn_dim,
            "position_kernel": self.position_kernel,
            "position_groups": self.position_groups,
            "conv_layers": len(self.conv_layers),
        }
        for layer in self.conv_layers:
            sizes |= {"conv channels": layer.channels, "conv kernel": layer.kernel, "conv stride": layer.stride}
        for name, size in sizes.items():
            most = _MOST_LAYERS if name in ("layers", "conv_layers") else _MOST
            if not 1 <= size <= most:
                raise WeightsInvalid(f"architecture: {name} must be between 1 and {most}. Got {size}.")
        for name, divisor in (("heads", self.heads), ("position_groups", self.position_groups)):
            if self.embed_dim % divisor:
                raise WeightsInvalid(
                    f"architecture: embed_dim {self.embed_dim} must be a multiple of {name} {divisor}."
                )

    @property
    def stride(self) -> int:
        """Samples from one frame to the next: 16, that is 32 ms at 500 Hz, for ECG-FM."""
        product = 1
        for layer in self.conv_layers:
            product *= layer.stride
        return product

    def frames(self, samples: int) -> int:
        """Frames of a window of this many samples: 156 for 2500 and ECG-FM."""
        for layer in self.conv_layers:
            samples = (samples - layer.kernel) // layer.stride + 1
        return max(samples, 0)
