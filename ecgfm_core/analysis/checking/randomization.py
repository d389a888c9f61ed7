"""A map of what the network learned must be gone when the weights are random (Adebayo et al. 2018).

The weights of each tensor are put in random order: they keep their distribution, whatever it is, and lose what they
knew. From the head layer by layer down to the stem, each stage on top of the ones before; a deep network's layers go in
groups, so that a card costs a known number of maps.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from ecgfm_core.analysis.checking.ranks import rank_correlation
from ecgfm_core.analysis.explain.aim import Target
from ecgfm_core.model.checkpoint import Encoder
from ecgfm_core.model.encoder import EcgFm
from ecgfm_core.types import FloatArray, Probe, Stage

GROUPS = 4
STAGES = GROUPS + 2
"""At most: the head, the groups of layers, and the stem."""


def randomization(
    original: FloatArray,
    encoder: Encoder,
    target: Target,
    seed: int,
    again: Callable[[Encoder, Target, int], FloatArray],
) -> tuple[Stage, ...]:
    """What is left of a map, stage by stage.

    Args:
        original: [W, leads, T] the map, pooled.
        encoder: of the map; it is left as it is.
        target: of the map.
        seed: of the random weights.
        again: gives the map of an encoder, pooled alike; its last argument is the number of the stage, from 0.
    """
    found = []
    for number, (part, other, aimed) in enumerate(cascade(encoder, target, seed)):
        values = again(other, aimed, number)
        sizes = rank_correlation(np.abs(original), np.abs(values))
        found.append(Stage(part, sizes, rank_correlation(original, values)))
    return tuple(found)


def cascade(encoder: Encoder, target: Target, seed: int) -> Iterator[tuple[str, Encoder, Target]]:
    """Less and less of an encoder: (what was made random, an encoder, the target for it), stage by stage.

    The encoder itself is left as it is. Each stage's encoder is the same one with more of it made random; it carries
    the fingerprint of the original, which is what it stands in for.
    """
    net = copy.deepcopy(encoder.net)
    stand_in = replace(encoder, net=net)
    generator = torch.Generator().manual_seed(seed)
    if isinstance(target, Probe):  # the head is the probe's own direction, and no weight of the network
        order = torch.randperm(len(target.weights), generator=generator)
        target = replace(target, weights=target.weights[order.numpy()])
    for name, parts in _stages(net):
        for part in parts:
            _randomize(part, generator)
        net.position.fold()
        yield name, stand_in, target


def _stages(net: EcgFm) -> list[tuple[str, list[nn.Module]]]:
    """The parts of a network from its end to its beginning, the layers in at most `GROUPS` groups."""
    layers: list[tuple[str, list[nn.Module]]] = []
    for group in np.array_split(np.arange(len(net.layers))[::-1], min(GROUPS, len(net.layers))):
        name = f"layer {group[0] + 1}" if len(group) == 1 else f"layers {group[0] + 1} to {group[-1] + 1}"
        layers.append((name, [net.layers[place] for place in group]))
    head: list[nn.Module] = [] if net.head is None else [net.head]
    return [("head", head), *layers, ("stem", [net.norm, net.position, net.project, net.stem_norm, net.stem])]


@torch.no_grad()
def _randomize(part: nn.Module, generator: torch.Generator) -> None:
    for weights in part.parameters():
        order = torch.randperm(weights.numel(), generator=generator).to(weights.device)
        shuffled: Tensor = weights.flatten()[order].view_as(weights)
        weights.copy_(shuffled)
