"""Recipes by name: the paper's, and smaller ones that a laptop can run."""

from __future__ import annotations

from ecgfm_core.model.config import ConvLayer, Dropout, EncoderConfig
from ecgfm_core.model.pretraining import Objective
from ecgfm_core.training.finetuning import FinetuneRecipe
from ecgfm_core.training.pretraining import PretrainRecipe

TINY = EncoderConfig(conv_layers=(ConvLayer(32, 2, 2),) * 4, embed_dim=48, layers=2, heads=4, ffn_dim=96)
DEMO = EncoderConfig(
    conv_layers=(ConvLayer(64, 8, 4), ConvLayer(128, 4, 4), ConvLayer(192, 2, 2)), embed_dim=192, layers=4, heads=3,
    ffn_dim=768, position_kernel=32,
)  # fmt: skip
"""A token is 64 ms, not ECG-FM's 32: half as many cost less than half, and what that saves buys width and updates."""

_LIGHT = Dropout(input=0.05, hidden=0.05, attention=0.05)

PRETRAIN: dict[str, PretrainRecipe] = {
    "paper": PretrainRecipe(),
    "demo": PretrainRecipe(
        DEMO, Objective(mask_span=5, codes=64, dim=64, negatives=50, gumbel=(2.0, 0.5, 0.998), stem_gradient=1.0),
        _LIGHT, steps=800, pairs=16, micro_batches=1, lr=1e-3, precision="bf16", save_every=400,
    ),
    "tiny": PretrainRecipe(
        TINY, Objective(codes=16, dim=32, negatives=20), Dropout(), steps=300, pairs=16, micro_batches=1, lr=2e-3,
        save_every=100,
    ),
}  # fmt: skip
"""How to pretrain."""

FINETUNE: dict[str, FinetuneRecipe] = {
    "paper": FinetuneRecipe(),
    "demo": FinetuneRecipe(
        steps=2400, batch=24, lr=1e-3, schedule="cosine", trained="all", varied=True, spoil=0.06, decay=0.05, clip=1.0,
        average=0.997, dropout=Dropout(hidden=0.1, attention=0.1), precision="bf16", save_every=300,
    ),
    "tiny": FinetuneRecipe(
        steps=300, batch=16, lr=2e-3, schedule="cosine", trained="all", varied=True, decay=0.01, clip=1.0,
        average=0.98, dropout=Dropout(), save_every=100,
    ),
}  # fmt: skip
"""How to fine-tune."""
