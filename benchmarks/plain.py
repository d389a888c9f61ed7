"""ECG-FM as plain PyTorch modules, written straight from the description of the original: the measure of our speed."""

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

WIDTH, HEADS, FFN, LAYERS, CHANNELS, LABELS = 768, 12, 3072, 12, 256, 17


class Attention(nn.Module):
    """Separate projections through PyTorch's own multi-head attention function, as the original has it."""

    def __init__(self) -> None:
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        """[F, B, D] -> [F, B, D]."""
        bias = torch.cat((self.q_proj.bias, self.k_proj.bias, self.v_proj.bias))
        out, _ = F.multi_head_attention_forward(
            x, x, x, WIDTH, HEADS, torch.empty(0), bias, None, None, False, 0.0, self.out_proj.weight,
            self.out_proj.bias, False, need_weights=False, use_separate_proj_weight=True,
            q_proj_weight=self.q_proj.weight, k_proj_weight=self.k_proj.weight, v_proj_weight=self.v_proj.weight,
        )  # fmt: skip
        return out


class Layer(nn.Module):
    """A post-norm transformer layer."""

    def __init__(self) -> None:
        super().__init__()
        self.self_attn = Attention()
        self.self_attn_layer_norm, self.final_layer_norm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.fc1, self.fc2 = nn.Linear(WIDTH, FFN), nn.Linear(FFN, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """[F, B, D] -> [F, B, D]."""
        x = self.self_attn_layer_norm(x + self.self_attn(x))
        return self.final_layer_norm(x + self.fc2(F.gelu(self.fc1(x))))


class Plain(nn.Module):
    """[B, 12, 2500] -> logits [B, 17]."""

    def __init__(self) -> None:
        super().__init__()
        convs = [nn.Conv1d(12 if i == 0 else CHANNELS, CHANNELS, 2, 2, bias=False) for i in range(4)]
        norm = nn.GroupNorm(CHANNELS, CHANNELS)
        self.stem = nn.Sequential(convs[0], norm, nn.GELU(), *(m for conv in convs[1:] for m in (conv, nn.GELU())))
        self.layer_norm, self.post_extract_proj = nn.LayerNorm(CHANNELS), nn.Linear(CHANNELS, WIDTH)
        self.pos_conv = weight_norm(nn.Conv1d(WIDTH, WIDTH, 128, padding=64, groups=16), name="weight", dim=2)
        self.encoder_norm = nn.LayerNorm(WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.proj = nn.Linear(WIDTH, LABELS)

    def forward(self, ecg: Tensor) -> Tensor:
        """[B, 12, 2500] -> [B, 17]."""
        x = self.post_extract_proj(self.layer_norm(self.stem(ecg).transpose(1, 2)))
        x = x + F.gelu(self.pos_conv(x.transpose(1, 2))[..., :-1]).transpose(1, 2)
        x = self.encoder_norm(x).transpose(0, 1)
        for layer in self.layers:
            x = layer(x)
        x = x.transpose(0, 1)
        return self.proj(x.sum(dim=1) / (x != 0).sum(dim=1))
