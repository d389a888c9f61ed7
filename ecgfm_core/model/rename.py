"""Names of the published tensors <-> names of ours: one table, read both ways by pure functions.

The published fine-tuned file holds a classifier whose backbone sits under `encoder.`; the pretrained file
holds the backbone at the top, beside the modules that only pretraining needs. In our pretraining network the
backbone sits under `encoder.`.
"""

from __future__ import annotations

import re

# {n}: a number; {p}: weight or bias
_BACKBONE: tuple[tuple[str, str], ...] = (
    ("feature_extractor.conv_layers.{n}.0.weight", "stem.convs.{n}.weight"),
    ("feature_extractor.conv_layers.0.2.{p}", "stem.norm.{p}"),
    ("layer_norm.{p}", "stem_norm.{p}"),
    ("post_extract_proj.{p}", "project.{p}"),
    ("conv_pos.pos_conv.0.bias", "position.bias"),
    ("conv_pos.pos_conv.0.parametrizations.weight.original0", "position.gain"),
    ("conv_pos.pos_conv.0.parametrizations.weight.original1", "position.direction"),
    ("encoder.layer_norm.{p}", "norm.{p}"),
    ("encoder.layers.{n}.self_attn.q_proj.{p}", "layers.{n}.attention.query.{p}"),
    ("encoder.layers.{n}.self_attn.k_proj.{p}", "layers.{n}.attention.key.{p}"),
    ("encoder.layers.{n}.self_attn.v_proj.{p}", "layers.{n}.attention.value.{p}"),
    ("encoder.layers.{n}.self_attn.out_proj.{p}", "layers.{n}.attention.out.{p}"),
    ("encoder.layers.{n}.self_attn_layer_norm.{p}", "layers.{n}.attention_norm.{p}"),
    ("encoder.layers.{n}.fc1.{p}", "layers.{n}.expand.{p}"),
    ("encoder.layers.{n}.fc2.{p}", "layers.{n}.contract.{p}"),
    ("encoder.layers.{n}.final_layer_norm.{p}", "layers.{n}.output_norm.{p}"),
)
# weight norm as torch spelled it before 2.0
_OLDER: tuple[tuple[str, str], ...] = (
    ("conv_pos.pos_conv.0.weight_g", "position.gain"),
    ("conv_pos.pos_conv.0.weight_v", "position.direction"),
)
_PRETRAINING_ONLY: tuple[tuple[str, str], ...] = (
    ("mask_emb", "mask"),
    ("quantizer.vars", "quantizer.codes"),
    ("quantizer.weight_proj.{p}", "quantizer.choose.{p}"),
    ("project_q.{p}", "project_target.{p}"),
    ("final_proj.{p}", "project_context.{p}"),
)


def our_name(published: str, *, classifier: bool) -> str | None:
    """Our name of a published tensor; None where an encoder does without it; unchanged where it is unknown.

    Args:
        published: a key of the published state dictionary.
        classifier: whether the file is fine-tuned (backbone under `encoder.`, head `proj.`).
    """
    if classifier and published in ("proj.weight", "proj.bias"):
        return published.replace("proj", "head")
    name = published.removeprefix("encoder.") if classifier else published
    if not classifier and _translate(name, _PRETRAINING_ONLY) is not None:
        return None
    return _translate(name, _BACKBONE + _OLDER) or published


def pretraining_name(published: str) -> str:
    """Name in our pretraining network of a tensor of the published pretrained file; unchanged where unknown."""
    backbone = _translate(published, _BACKBONE + _OLDER)
    return f"encoder.{backbone}" if backbone else _translate(published, _PRETRAINING_ONLY) or published


def published_name(ours: str) -> str:
    """The inverse of `pretraining_name`, with weight norm as torch spells it today."""
    table = _BACKBONE if ours.startswith("encoder.") else _PRETRAINING_ONLY
    back = tuple((name, published) for published, name in table)
    return _translate(ours.removeprefix("encoder."), back) or ours


def _translate(name: str, table: tuple[tuple[str, str], ...]) -> str | None:
    for source, target in table:
        pattern = re.escape(source).replace(r"\{n\}", r"(?P<n>\d+)").replace(r"\{p\}", "(?P<p>weight|bias)")
        match = re.fullmatch(pattern, name)
        if match:
            return target.format(**match.groupdict())
    return None
