"""Our pretraining network -> a checkpoint under the published names, so that work can go back to the original."""

from __future__ import annotations

from pathlib import Path

import torch

from ecgfm_core.model.config import ConvLayer, Dropout, EncoderConfig
from ecgfm_core.model.pretraining import Objective, Pretraining
from ecgfm_core.model.rename import published_name


def export_published(net: Pretraining, dropout: Dropout, path: Path, updates: int) -> None:
    """Write a .pt with the keys and settings of the original trainer: first beside it, then in one move.

    The optimizer's state is left out: the original begins its own when it fine-tunes.

    Args:
        net: what was pretrained.
        dropout: with which it was pretrained.
        path: of the file.
        updates: of the optimizer.
    """
    content = {
        "args": None,
        "cfg": {"model": _settings(net.encoder.config, net.objective, dropout)},
        "model": {published_name(name): tensor.detach().cpu().clone() for name, tensor in net.state_dict().items()},
        "criterion": None,
        "optimizer_history": [{
            "criterion_name": "Wav2Vec2WithCMSCCriterion", "optimizer_name": "Adam", "lr_scheduler_state": {},
            "num_updates": updates,
        }],
        "task_state": {},
        "extra_state": {},
    }  # fmt: skip
    new = path.with_name(f".{path.name}")
    torch.save(content, new)
    new.replace(path)


def _settings(config: EncoderConfig, objective: Objective, dropout: Dropout) -> dict[str, object]:
    """The model's section of the original's configuration."""
    return {
        "_name": "wav2vec2_cmsc",
        "normalize": False,
        "filter": False,
        "encoder_layers": config.layers,
        "encoder_embed_dim": config.embed_dim,
        "encoder_ffn_embed_dim": config.ffn_dim,
        "encoder_attention_heads": config.heads,
        "layer_norm_first": False,
        "dropout": dropout.hidden,
        "attention_dropout": dropout.attention,
        "activation_dropout": dropout.activation,
        "encoder_layerdrop": 0.0,
        "dropout_input": dropout.input,
        "dropout_features": objective.drop_features,
        "apply_mask": True,
        "mask_length": objective.mask_span,
        "mask_prob": objective.mask_share,
        "mask_selection": "static",
        "extractor_mode": "default",
        "conv_feature_layers": " + ".join(_term(layer) for layer in config.conv_layers),
        "in_d": config.in_leads,
        "conv_bias": False,
        "feature_grad_mult": objective.stem_gradient,
        "conv_pos": config.position_kernel,
        "conv_pos_groups": config.position_groups,
        "logit_temp": objective.temperature,
        "quantize_targets": True,
        "quantize_input": False,
        "latent_vars": objective.codes,
        "latent_groups": objective.groups,
        "latent_dim": objective.dim,
        "final_dim": objective.dim,
        "num_negatives": objective.negatives,
        "latent_temp": list(objective.gumbel),
    }


def _term(layer: ConvLayer) -> str:
    return f"[({layer.channels}, {layer.kernel}, {layer.stride})]"
