"""Names of the published tensors -> names of ours: one pure function.

The published fine-tuned file holds a classifier whose backbone sits under `encoder.`; the pretrained file
holds the backbone at the top, beside modules that only pretraining needs.
"""

from __future__ import annotations

import re

PRETRAINING_ONLY = re.compile(r"^(mask_emb$|quantizer\.|project_q\.|final_proj\.)")
"""Tensors of the published pretrained file that an encoder does without."""

_RULES: tuple[tuple[str, str], ...] = (
    (r"^feature_extractor\.conv_layers\.(\d+)\.0\.weight$", r"stem.convs.\1.weight"),
    (r"^feature_extractor\.conv_layers\.0\.2\.(weight|bias)$", r"stem.norm.\1"),
    (r"^layer_norm\.(weight|bias)$", r"stem_norm.\1"),
    (r"^post_extract_proj\.(weight|bias)$", r"project.\1"),
    (r"^conv_pos\.pos_conv\.0\.bias$", r"position.bias"),
    # weight norm, as torch spelled it before 2.0 and since
    (r"^conv_pos\.pos_conv\.0\.(weight_g|parametrizations\.weight\.original0)$", r"position.gain"),
    (r"^conv_pos\.pos_conv\.0\.(weight_v|parametrizations\.weight\.original1)$", r"position.direction"),
    (r"^encoder\.layer_norm\.(weight|bias)$", r"norm.\1"),
    (r"^encoder\.layers\.(\d+)\.self_attn\.q_proj\.(weight|bias)$", r"layers.\1.attention.query.\2"),
    (r"^encoder\.layers\.(\d+)\.self_attn\.k_proj\.(weight|bias)$", r"layers.\1.attention.key.\2"),
    (r"^encoder\.layers\.(\d+)\.self_attn\.v_proj\.(weight|bias)$", r"layers.\1.attention.value.\2"),
    (r"^encoder\.layers\.(\d+)\.self_attn\.out_proj\.(weight|bias)$", r"layers.\1.attention.out.\2"),
    (r"^encoder\.layers\.(\d+)\.self_attn_layer_norm\.(weight|bias)$", r"layers.\1.attention_norm.\2"),
    (r"^encoder\.layers\.(\d+)\.fc1\.(weight|bias)$", r"layers.\1.expand.\2"),
    (r"^encoder\.layers\.(\d+)\.fc2\.(weight|bias)$", r"layers.\1.contract.\2"),
    (r"^encoder\.layers\.(\d+)\.final_layer_norm\.(weight|bias)$", r"layers.\1.output_norm.\2"),
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
    if not classifier and PRETRAINING_ONLY.match(name):
        return None
    for pattern, ours in _RULES:
        renamed, hits = re.subn(pattern, ours, name)
        if hits:
            return renamed
    return published
