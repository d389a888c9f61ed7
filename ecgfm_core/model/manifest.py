"""config.json of a weights folder: what an encoder is, what it takes, what its outputs mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TypeVar

from ecgfm_core.errors import WeightsInvalid
from ecgfm_core.labels import Label, Rule, Threshold
from ecgfm_core.leads import LEADS
from ecgfm_core.model.config import ConvLayer, EncoderConfig

FORMAT = "ecgfm-encoder"
VERSION = 1
_LONGEST = 1_000_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What a window must be: leads in order, rate in Hz, length in seconds."""

    leads: tuple[str, ...] = LEADS
    fs: float = 500.0
    window_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about an encoder but its tensors.

    Attributes:
        name: short name for people: "demo", "ecg-fm".
        architecture: sizes of the network.
        input: what a window must be.
        labels: [C] what each logit means, in order; empty for a backbone without a head.
        licence: of the weights, as an SPDX identifier or in words.
        origin: where the weights come from.
    """

    name: str
    architecture: EncoderConfig
    input: InputSpec
    labels: tuple[Label, ...]
    licence: str
    origin: str

    def __post_init__(self) -> None:
        """Refuse two labels of one name, and a name that cannot be shown: scores are addressed by name.

        Raises:
            WeightsInvalid: names the label.
        """
        names = [label.name for label in self.labels]
        for place, name in enumerate(names):
            if not name.strip() or not name.isprintable() or len(name) > 200:
                raise WeightsInvalid(
                    f"config.json: labels[{place}]: name must be printable text of 1 to 200 characters."
                )
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise WeightsInvalid(f"config.json: the label {twice[0]} occurs twice. Give every label its own name.")

    def to_json(self) -> str:
        """The text of config.json: one spelling for one content, so that it can be hashed."""
        content = {"format": FORMAT, "version": VERSION, **asdict(self)}
        return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def parse_manifest(text: str) -> Manifest:
    """Read the text of a config.json.

    Raises:
        WeightsInvalid: names the field at fault.
    """
    if len(text) > _LONGEST:
        raise WeightsInvalid(
            f"config.json is longer than {_LONGEST} characters. Convert or download the encoder again."
        )
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WeightsInvalid("config.json is not JSON. Convert or download the encoder again.") from error
    top = _Fields(content, "config.json")
    if top.value("format", str) != FORMAT or top.value("version", int) != VERSION:
        raise WeightsInvalid(f"config.json: format {FORMAT}, version {VERSION} is needed. Update this program.")
    return Manifest(
        name=top.value("name", str),
        architecture=_architecture(top.fields("architecture")),
        input=_input(top.fields("input")),
        labels=parse_labels(top.value("labels", list), "config.json"),
        licence=top.value("licence", str),
        origin=top.value("origin", str),
    )


def parse_labels(entries: object, file: str) -> tuple[Label, ...]:
    """Labels from what JSON holds of them; `file` is named where one is at fault.

    Raises:
        WeightsInvalid: names the label and its field.
    """
    found = _Fields({"labels": entries}, file).entries("labels")
    return tuple(_label(entry) for entry in found)


class _Fields:
    """One JSON object, read field by field; every complaint names its place."""

    def __init__(self, content: object, place: str) -> None:
        if not isinstance(content, Mapping):
            raise WeightsInvalid(f"{place} must be a JSON object. Got {type(content).__name__}.")
        self.content, self.place = content, place

    def value(self, name: str, kind: type[T]) -> T:
        found = self.content.get(name)
        if kind is float and isinstance(found, int) and not isinstance(found, bool) and abs(found) < 2**53:
            found = float(found)
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            raise WeightsInvalid(f"{self.place}: {name} must be of type {kind.__name__}. Got {found!r:.60}.")
        return found

    def share(self, name: str) -> float:
        found = self.value(name, float)
        if not 0 <= found <= 1:
            raise WeightsInvalid(f"{self.place}: {name} must be between 0 and 1. Got {found}.")
        return found

    def fields(self, name: str) -> _Fields:
        return _Fields(self.content.get(name), f"{self.place}: {name}")

    def entries(self, name: str) -> list[_Fields]:
        return [_Fields(entry, f"{self.place}: {name}[{i}]") for i, entry in enumerate(self.value(name, list))]


def _architecture(fields: _Fields) -> EncoderConfig:
    names = ("in_leads", "embed_dim", "layers", "heads", "ffn_dim", "position_kernel", "position_groups")
    conv_layers = tuple(
        ConvLayer(entry.value("channels", int), entry.value("kernel", int), entry.value("stride", int))
        for entry in fields.entries("conv_layers")
    )
    return EncoderConfig(conv_layers=conv_layers, **{name: fields.value(name, int) for name in names})


def _input(fields: _Fields) -> InputSpec:
    leads = tuple(str(lead) for lead in fields.value("leads", list))
    spec = InputSpec(leads, fields.value("fs", float), fields.value("window_s", float))
    if spec != InputSpec():
        raise WeightsInvalid(
            f"{fields.place}: only the twelve leads in standard order, 500 Hz and windows of 5 s are implemented. "
            "This encoder was made for another input."
        )
    return spec


def _label(fields: _Fields) -> Label:
    rule: Rule | None = {"mean": "mean", "max": "max"}.get(fields.value("rule", str))  # type: ignore[assignment]
    temperature, name = fields.value("temperature", float), fields.value("name", str)
    if rule is None or not 0.01 <= temperature <= 100:
        raise WeightsInvalid(f"{fields.place}: rule must be mean or max, and temperature between 0.01 and 100.")
    threshold = None
    if fields.content.get("threshold") is not None:
        stated = fields.fields("threshold")
        threshold = Threshold(stated.share("value"), stated.value("provenance", str))
    return Label(
        name=name,
        rule=rule,
        prevalence=None if fields.content.get("prevalence") is None else fields.share("prevalence"),
        trained=fields.value("trained", bool),
        threshold=threshold,
        temperature=temperature,
    )
