"""Pretraining equals the original: masks, negatives, codes, losses, gradients and one step of its optimizer."""

import numpy as np
import pytest
import torch
from places import GOLDEN

from ecgfm_core.model.config import ConvLayer, Dropout, EncoderConfig
from ecgfm_core.model.encoder import pool
from ecgfm_core.model.masking import draw_negatives, keep_leads, mask_frames
from ecgfm_core.model.pretraining import Batch, Losses, Objective, Pretraining, contrastive_logits
from ecgfm_core.model.rename import pretraining_name, published_name
from ecgfm_core.training.optimizer import PublishedAdam

TINY = EncoderConfig(conv_layers=(ConvLayer(32, 2, 2),) * 4, embed_dim=48, layers=2, heads=4, ffn_dim=96)
OBJECTIVE = Objective(codes=16, dim=32, negatives=10, drop_features=0.0)
LOSS, GRADIENT, STEP = 1e-6, 1e-5, 2e-4  # relative; the noise floors of the original
NO_GRADIENT = "k_proj.bias"  # its true gradient is zero: what is left is rounding


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(GOLDEN / "golden_tiny_pretrain.npz") as file:
        return dict(file)


@pytest.fixture
def net() -> Pretraining:
    published = torch.load(GOLDEN / "tiny_pretrain.pt", weights_only=True)["model"]
    network = Pretraining(TINY, OBJECTIVE, Dropout())
    network.load_state_dict({pretraining_name(key): tensor for key, tensor in published.items()})
    return network


@pytest.fixture(scope="module")
def batch(golden: dict[str, np.ndarray]) -> Batch:
    return Batch(
        torch.from_numpy(golden["source_masked_f16"].astype(np.float32)),
        torch.from_numpy(golden["mask_indices"]),
        torch.from_numpy(golden["neg_idxs"].astype(np.int64)),
        torch.from_numpy(golden["patient_id"]),
        torch.from_numpy(golden["segment"]),
    )


def named(net: Pretraining, names: np.ndarray) -> dict[str, torch.nn.Parameter]:
    ours = dict(net.named_parameters())
    return {str(name): ours[pretraining_name(str(name))] for name in names if not str(name).endswith(NO_GRADIENT)}


def close_losses(ours: Losses, golden: dict[str, np.ndarray], total: str, terms: tuple[str, ...]) -> None:
    assert ours.total.item() == pytest.approx(golden[total].item(), rel=LOSS)
    found = (ours.contrastive, ours.diversity, ours.penalty, ours.cmsc)
    for value, term in zip(found, terms, strict=True):
        assert value.item() == pytest.approx(golden[term].item(), rel=LOSS)


def close_gradients(net: Pretraining, golden: dict[str, np.ndarray], field: str) -> None:
    expected = dict(zip(golden["grad_names"], golden[field], strict=True))
    for name, parameter in named(net, golden["grad_names"]).items():
        assert parameter.grad is not None
        gradient = parameter.grad.double()
        norm, total = expected[name]
        assert gradient.norm().item() == pytest.approx(norm, rel=GRADIENT), name
        assert gradient.sum().item() == pytest.approx(total, rel=GRADIENT, abs=GRADIENT * norm), name


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_mask_generator_equals_the_original(golden: dict[str, np.ndarray], seed: int):
    np.testing.assert_array_equal(mask_frames(4, 156, np.random.RandomState(seed)), golden[f"maskgen_seed{seed}"])


def test_the_mask_generator_equals_the_original_on_padded_rows(golden: dict[str, np.ndarray]):
    valid = (~golden["maskgen_pad_mask"]).sum(axis=1).tolist()
    ours = mask_frames(4, 156, np.random.RandomState(3), valid=valid)
    np.testing.assert_array_equal(ours, golden["maskgen_pad_seed3"])


def test_lead_masks_and_the_mask_of_the_golden_batch_come_from_their_seeds(golden: dict[str, np.ndarray]):
    rng = np.random.RandomState(int(golden["lead_keep_np_seed"]))
    np.testing.assert_array_equal(keep_leads(6, 12, rng), golden["lead_keep"])
    rng = np.random.RandomState(int(golden["mask_np_seed"]))
    np.testing.assert_array_equal(mask_frames(6, 156, rng), golden["mask_indices"])


def test_negatives_lie_in_their_row_and_never_are_the_frame_itself(golden: dict[str, np.ndarray]):
    drawn = draw_negatives(6, 68, 10, torch.Generator().manual_seed(0))
    assert drawn.shape == golden["neg_idxs"].shape
    for layout in (drawn.numpy(), golden["neg_idxs"]):
        assert (layout // 68 == np.arange(6)[:, None]).all()
        assert (layout % 68 != np.arange(680) // 10).all()


@torch.no_grad()
def test_every_intermediate_equals_the_original(net: Pretraining, batch: Batch, golden: dict[str, np.ndarray]):
    views = net.eval().views(batch, 1.0, None)
    np.testing.assert_array_equal(views.quantized.chosen.numpy(), golden["codes"])
    np.testing.assert_allclose(views.quantized.vectors[:1].numpy(), golden["targets_q"], atol=1e-5)
    np.testing.assert_allclose(views.frames[:1].numpy(), golden["encoder_out_s0"], atol=1e-5)
    np.testing.assert_allclose(pool(views.frames).numpy(), golden["cmsc_embedding"], atol=1e-5)
    logits = contrastive_logits(views.context, views.quantized.vectors, batch.negatives, 0.1)
    np.testing.assert_allclose(logits[..., 0].numpy(), golden["w2v_logits_pos"], atol=1e-5)
    first_rows = logits[: golden["w2v_logits_NBM"].shape[1]].permute(2, 0, 1).numpy()
    np.testing.assert_allclose(first_rows, golden["w2v_logits_NBM"], atol=1e-5)
    assert views.penalty.item() == pytest.approx(golden["features_pen"].item(), rel=LOSS)


def test_losses_and_gradients_of_evaluation_equal_the_original(
    net: Pretraining, batch: Batch, golden: dict[str, np.ndarray]
):
    losses = net.eval()(batch)
    terms = ("eval_loss_0_ce_sum", "eval_loss_1_diversity", "eval_loss_2_featpen", "eval_loss_3_cmsc")
    close_losses(losses, golden, "eval_loss", terms)
    assert losses.targets.item() == golden["sample_size"] == golden["count"]
    assert losses.correct.item() == golden["correct"]
    assert losses.code_perplexity.item() == pytest.approx(golden["code_perplexity"].item(), rel=LOSS)
    assert losses.prob_perplexity.item() == pytest.approx(golden["prob_perplexity"].item(), rel=LOSS)
    losses.total.backward()
    close_gradients(net, golden, "eval_grad_norm_sum")


def test_a_training_step_equals_the_original(net: Pretraining, batch: Batch, golden: dict[str, np.ndarray]):
    before = {name: parameter.detach().clone() for name, parameter in net.named_parameters()}
    noise = torch.from_numpy(golden["gumbel_noise"])
    net.train()
    codes = net.views(batch, golden["temp"].item(), noise).quantized.chosen
    np.testing.assert_array_equal(codes.numpy(), golden["train_codes"])
    losses = net(batch, golden["temp"].item(), noise)
    close_losses(losses, golden, "train_loss", tuple(f"train_loss_{i}" for i in range(4)))
    losses.total.backward()
    close_gradients(net, golden, "train_grad_norm_sum")

    optimizer = PublishedAdam(net.parameters(), lr=5e-5, betas=(0.9, 0.98), eps=1e-6, decay=0.01)
    for parameter in net.parameters():
        parameter.grad /= losses.targets
    optimizer.step()
    expected = dict(zip(golden["step_param_names"], golden["step_delta_norm"], strict=True))
    for name, parameter in named(net, golden["step_param_names"]).items():
        moved = (parameter.detach() - before[pretraining_name(name)]).double().norm().item()
        assert moved == pytest.approx(expected[name], rel=STEP), name
    np.testing.assert_allclose(net.project_target.bias.detach().numpy(), golden["step_proj_q_bias"], rtol=STEP)


def test_only_the_epsilon_differs_from_pytorch():
    """At the published epsilon the two optimizers differ only where a gradient is as small as the epsilon."""

    def moved(optimizer: type[torch.optim.Optimizer], gradient: float, **settings: object) -> float:
        weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
        weight.grad = torch.full_like(weight, gradient)
        optimizer([weight], lr=1.0, betas=(0.9, 0.98), eps=1e-6, **settings).step()
        return weight.item()

    ours, theirs = ({"decay": 0.0}, {"weight_decay": 0.0})
    assert moved(PublishedAdam, 1.0, **ours) == pytest.approx(moved(torch.optim.AdamW, 1.0, **theirs), rel=1e-5)
    # by hand: lr * sqrt(1 - .98) / (1 - .9) * (.1 g) / (sqrt(.02) g + eps)
    expected = -(0.02**0.5) / 0.1 * (0.1 * 1e-6) / (0.02**0.5 * 1e-6 + 1e-6)
    assert moved(PublishedAdam, 1e-6, **ours) == pytest.approx(expected, rel=1e-9)
    assert moved(torch.optim.AdamW, 1e-6, **theirs) == pytest.approx(-0.5, rel=1e-9)


def test_published_names_go_there_and_back():
    names = [line.split("\t")[0] for line in (GOLDEN / "keys_pretrained.txt").read_text().splitlines()]
    assert len(names) == 215
    assert [published_name(pretraining_name(name)) for name in names] == names


def test_the_full_size_has_the_published_tensors():
    with torch.device("meta"):
        net = Pretraining(EncoderConfig(), Objective())
    ours = {published_name(name): str(tuple(tensor.shape)) for name, tensor in net.state_dict().items()}
    lines = (GOLDEN / "keys_pretrained.txt").read_text().splitlines()
    assert ours == {line.split("\t")[0]: line.split("\t")[1] for line in lines}
    assert sum(parameter.numel() for parameter in net.parameters()) == 90_883_072
