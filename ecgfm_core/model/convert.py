"""Published checkpoint (.pt) -> our weights folder. The only reader of pickles, and never an unsafe one."""

from __future__ import annotations

import codecs
import pickle
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.serialization import get_unsafe_globals_in_checkpoint, safe_globals

from ecgfm_core.errors import UnsafeCheckpoint, WeightsInvalid, WeightsMismatch
from ecgfm_core.labels import Label
from ecgfm_core.model.checkpoint import build, save_folder
from ecgfm_core.model.config import ConvLayer, EncoderConfig
from ecgfm_core.model.manifest import InputSpec, Manifest
from ecgfm_core.model.rename import our_name

_SUPPORTED = {
    # setting of the published trainer -> the only value that this network implements
    "layer_norm_first": False,
    "extractor_mode": "default",
    "conv_bias": False,
    "normalize": False,
    "filter": False,
}
_SIZES = {
    "in_leads": "in_d",
    "embed_dim": "encoder_embed_dim",
    "layers": "encoder_layers",
    "heads": "encoder_attention_heads",
    "ffn_dim": "encoder_ffn_embed_dim",
    "position_kernel": "conv_pos",
    "position_groups": "conv_pos_groups",
}


@dataclass(frozen=True, slots=True)
class Published:
    """What is used of a published checkpoint: tensors under our names, and the sizes."""

    state: Mapping[str, Tensor]
    architecture: EncoderConfig

    @property
    def outputs(self) -> int:
        """Width of the head; 0 for a backbone without one."""
        return self.state["head.weight"].shape[0] if "head.weight" in self.state else 0


def convert(published: Path, folder: Path, *, name: str, labels: Sequence[Label], licence: str, origin: str) -> None:
    """Turn a published checkpoint into a weights folder.

    Args:
        published: the .pt file, pretrained or fine-tuned.
        folder: where the three files are written.
        name: short name for people.
        labels: what each logit means, in order; empty for a pretrained file, which has no head.
        licence: of the weights.
        origin: where the file comes from, in words.

    Raises:
        UnsafeCheckpoint: the pickle names something that is not on the allow-list.
        WeightsInvalid: the file is no such checkpoint, or of an architecture that is not implemented.
        WeightsMismatch: tensors do not fit the architecture, or the labels do not fit the head.
    """
    read = read_published(published)
    if read.outputs != len(labels):
        raise WeightsMismatch(
            f"{published.name}: the head has {read.outputs} outputs and the label list {len(labels)} names. "
            "Give one label for each output, in the order of the logits."
        )
    manifest = Manifest(name, read.architecture, InputSpec(), tuple(labels), licence, origin)
    build(manifest, read.state)
    save_folder(folder, read.state, manifest, _card(manifest))


def read_published(path: Path) -> Published:
    """Read a checkpoint of the published trainer.

    Raises:
        UnsafeCheckpoint: the pickle names something that is not on the allow-list.
        WeightsInvalid: the file is no such checkpoint, or of an architecture that is not implemented.
    """
    content = _load(path)
    state, config = content.get("model"), content.get("cfg")
    model = config.get("model") if isinstance(config, dict) else None
    if not isinstance(state, dict) or not isinstance(model, dict):
        raise WeightsInvalid(
            f"{path.name}: a checkpoint with 'model' and 'cfg' is needed. Found {sorted(map(str, content))[:8]}."
        )
    if not all(isinstance(key, str) and isinstance(tensor, Tensor) for key, tensor in state.items()):
        raise WeightsInvalid(f"{path.name}: 'model' must hold named tensors only. Export the checkpoint again.")
    _require_supported(path.name, model)
    return Published(_renamed(path.name, state), _architecture(path.name, model))


def _renamed(name: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors under our names, without those that only pretraining needs; two of one name are refused."""
    kept: dict[str, Tensor] = {}
    for key, tensor in state.items():
        ours = our_name(key, classifier="proj.weight" in state)
        if ours in kept:
            raise WeightsMismatch(
                f"{name}: two tensors stand for {ours}, one of them {key}. Export the checkpoint again."
            )
        if ours is not None:
            kept[ours] = tensor
    return kept


def _load(path: Path) -> dict[str, object]:
    try:
        with safe_globals(_allowed()):
            refused = tuple(sorted(get_unsafe_globals_in_checkpoint(path)))
            if refused:
                raise UnsafeCheckpoint(
                    f"{path.name}: the checkpoint asks for {', '.join(refused)}, which is not on the allow-list; "
                    "loading it could run foreign code. Use the file as its publisher offers it.",
                    refused,
                )
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (OSError, RuntimeError, ValueError, EOFError, KeyError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        raise WeightsInvalid(f"{path.name}: not a PyTorch checkpoint that can be read. Download it again.") from error
    if not isinstance(content, dict):
        raise WeightsInvalid(f"{path.name}: a checkpoint must be a dictionary. Got {type(content).__name__}.")
    return content


def _allowed() -> list[Callable[..., Any] | tuple[Callable[..., Any], str]]:
    """What the trainer's numpy meters need, under the names of numpy 1 and 2; nothing that can act."""
    rebuild = np._core.multiarray._reconstruct  # type: ignore[attr-defined]  # noqa: SLF001
    scalar = np._core.multiarray.scalar  # type: ignore[attr-defined]  # noqa: SLF001
    dtypes = [getattr(np.dtypes, name) for name in np.dtypes.__all__ if name != "ObjectDType"]
    return [
        np.ndarray,
        np.dtype,
        rebuild,
        (rebuild, "numpy.core.multiarray._reconstruct"),
        scalar,
        (scalar, "numpy.core.multiarray.scalar"),
        *dtypes,
        codecs.encode,  # how numpy spells bytes in a pickle
    ]


def _require_supported(name: str, model: Mapping[str, object]) -> None:
    for setting, value in _SUPPORTED.items():
        if model.get(setting, value) != value:
            raise WeightsInvalid(
                f"{name}: {setting} is {model[setting]!r}; only {value!r} is implemented. "
                "This checkpoint is of another architecture than ECG-FM."
            )


def _architecture(name: str, model: Mapping[str, object]) -> EncoderConfig:
    sizes = {ours: model.get(theirs) for ours, theirs in _SIZES.items()}
    for ours, size in sizes.items():
        if not isinstance(size, int):
            raise WeightsInvalid(f"{name}: cfg.model.{_SIZES[ours]} must be a whole number. Got {size!r:.40}.")
    layers = _conv_layers(name, str(model.get("conv_feature_layers")))
    return EncoderConfig(conv_layers=layers, **{ours: int(str(size)) for ours, size in sizes.items()})


def _conv_layers(name: str, text: str) -> tuple[ConvLayer, ...]:
    """Read `[(256, 2, 2)] * 4`, or several such terms joined by `+`, without evaluating it."""
    layers: list[ConvLayer] = []
    for term in text.replace(" ", "").split("+"):
        match = re.fullmatch(r"\[((?:\(\d{1,5},\d{1,5},\d{1,5}\),?)+)\](?:\*(\d{1,2}))?", term)
        if match is None:
            raise WeightsInvalid(f"{name}: conv_feature_layers must read like [(256, 2, 2)] * 4. Got {text:.60}.")
        triples = re.findall(r"\((\d+),(\d+),(\d+)\)", match[1])
        layers += [ConvLayer(int(c), int(k), int(s)) for c, k, s in triples] * int(match[2] or 1)
    return tuple(layers)


def _card(manifest: Manifest) -> str:
    labels = "\n".join(f"- {label.name}" for label in manifest.labels) or "None: a backbone without a head."
    return (
        f"# {manifest.name}\n\nConverted without change of any number from {manifest.origin}.\n\n"
        f"Licence: {manifest.licence}. For research and teaching only; not a medical device.\n\n"
        f"## Labels, in the order of the logits\n\n{labels}\n"
    )
