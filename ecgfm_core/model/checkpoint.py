"""Our weights folder: model.safetensors, config.json, README.md (the model card). Loading is strict."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ecgfm_core.errors import WeightsInvalid, WeightsMismatch
from ecgfm_core.labels import Label
from ecgfm_core.model.device import choose_device
from ecgfm_core.model.encoder import EcgFm
from ecgfm_core.model.manifest import Manifest, parse_manifest

_LONGEST_CARD = 100_000
WEIGHTS, CONFIG, CARD = "model.safetensors", "config.json", "README.md"


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """A network with what its outputs mean.

    Attributes:
        net: the network, in evaluation mode, without gradients for its weights.
        config: what the weights folder says of it.
        fingerprint: sha256 of the weights and the canonical config together.
        device: where the network lies.
        card: the model card, Markdown; empty where there is none.
    """

    net: EcgFm
    config: Manifest
    fingerprint: str
    device: torch.device
    card: str

    @property
    def labels(self) -> tuple[Label, ...]:
        """[C] what each logit means; empty for a backbone without a head."""
        return self.config.labels

    @property
    def name(self) -> str:
        """Short name for people."""
        return self.config.name


def load_folder(folder: Path, *, device: str | None = None) -> Encoder:
    """Load an encoder from a weights folder.

    Args:
        folder: holds model.safetensors and config.json.
        device: "cpu", "cuda", "mps"; None = the best there is.

    Raises:
        WeightsInvalid: a file is absent or breaks its format.
        WeightsMismatch: the tensors do not fit the architecture.
        DeviceUnavailable: the device is not there.
    """
    place = choose_device(device)
    manifest, state = load_state(folder)
    net = build(manifest, state)
    card = _card(folder / CARD)
    return Encoder(net.to(place), manifest, fingerprint(folder / WEIGHTS, manifest), place, card)


def load_state(folder: Path) -> tuple[Manifest, dict[str, Tensor]]:
    """The config and the tensors of a weights folder, as training goes on from them.

    Raises:
        WeightsInvalid: a file is absent or breaks its format.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise WeightsInvalid(f"{folder.name}: {name} is missing. An encoder folder holds {WEIGHTS} and {CONFIG}.")
    try:
        text = (folder / CONFIG).read_text(encoding="utf-8")
        state = load_file(folder / WEIGHTS)
    except UnicodeDecodeError as error:
        raise WeightsInvalid(f"{folder.name}: {CONFIG} is not text. Convert or download the encoder again.") from error
    except (SafetensorError, OSError) as error:
        message = f"{folder.name}: {WEIGHTS} cannot be read as safetensors. Convert or download the encoder again."
        raise WeightsInvalid(message) from error
    return parse_manifest(text), state


def _card(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(_LONGEST_CARD)


def build(manifest: Manifest, state: Mapping[str, Tensor]) -> EcgFm:
    """A network for inference with these tensors: evaluation mode, frozen, weight norm folded.

    Raises:
        WeightsMismatch: a tensor is missing, unknown or of another shape.
        WeightsInvalid: a tensor holds NaN or infinity.
    """
    with torch.device("meta"):  # shapes only: nothing is initialized that is overwritten at once
        net = EcgFm(manifest.architecture, len(manifest.labels))
    require_match({name: tuple(t.shape) for name, t in net.state_dict().items()}, state)
    require_finite(state)
    net.load_state_dict({name: tensor.float() for name, tensor in state.items()}, assign=True)
    net.position.fold()
    return net.eval().requires_grad_(False)


def require_match(expected: Mapping[str, tuple[int, ...]], state: Mapping[str, Tensor]) -> None:
    """Compare names and shapes.

    Raises:
        WeightsMismatch: counts the differences and names the first of each kind.
    """
    missing = [name for name in expected if name not in state]
    unknown = [name for name in state if name not in expected]
    shapes = [name for name in expected if name in state and tuple(state[name].shape) != expected[name]]
    parts = []
    if missing:
        parts.append(f"{len(missing)} missing, first {missing[0]}")
    if unknown:
        parts.append(f"{len(unknown)} unknown, first {unknown[0]}")
    if shapes:
        first = shapes[0]
        parts.append(
            f"{len(shapes)} of another shape, first {first}: model {expected[first]}, file {tuple(state[first].shape)}"
        )
    if parts:
        count = len(missing) + len(unknown) + len(shapes)
        verb = "tensor does" if count == 1 else "tensors do"
        raise WeightsMismatch(
            f"{count} {verb} not match ({'; '.join(parts)}). The file was probably made for another architecture."
        )


def require_finite(state: Mapping[str, Tensor]) -> None:
    """Refuse weights that are no numbers.

    Raises:
        WeightsInvalid: names the first tensor that holds NaN or infinity.
    """
    bad = next((name for name, tensor in state.items() if not torch.isfinite(tensor).all()), None)
    if bad is not None:
        raise WeightsInvalid(f"{bad} holds values that are not finite. The training probably diverged.")


def save_folder(folder: Path, state: Mapping[str, Tensor], manifest: Manifest, card: str) -> None:
    """Write a weights folder: to a temporary neighbor first, then in one move each file.

    Raises:
        WeightsInvalid: a tensor holds NaN or infinity.
    """
    require_finite(state)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as temporary:
        new = Path(temporary)
        save_file({name: tensor.contiguous().clone() for name, tensor in state.items()}, new / WEIGHTS)
        (new / CONFIG).write_text(manifest.to_json(), encoding="utf-8")
        (new / CARD).write_text(card, encoding="utf-8")
        (new / WEIGHTS).chmod(0o644)
        (folder / CONFIG).unlink(missing_ok=True)
        for name in (CARD, WEIGHTS, CONFIG):  # config.json last: without it the folder is no encoder
            (new / name).replace(folder / name)


def fingerprint(weights: Path, manifest: Manifest) -> str:
    """sha256 over the digest of the weights file and the canonical config."""
    with weights.open("rb") as file:
        of_weights = hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(f"{of_weights}\n{manifest.to_json()}".encode()).hexdigest()
