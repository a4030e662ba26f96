"""ResNet-18 as an encoder: its size, what it makes of images of any shape, and how its weights begin."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from tailmark.fusion.recipe import FusionRecipe
from tailmark.nets import encoders
from tailmark.nets.chosen import encoder
from tailmark.nets.resnet18 import Block, resnet18
from tailmark.nets.views import Encoders, ViewShape
from tailmark.semi.recipe import SemiRecipe

SIZES = Encoders(network="resnet18")


def image(*shape: int) -> ViewShape:
    return ViewShape("view", "image", shape)


@pytest.mark.parametrize(("channels", "known"), [(3, 11_176_512), (1, 11_176_512 - 2 * 64 * 49)])
def test_it_has_the_known_number_of_parameters(
    channels: int, known: int, parameters: Callable[[nn.Module], int]
) -> None:
    assert parameters(resnet18(channels)) == known


def test_its_cost_is_the_known_one(million_products: Callable[..., float]) -> None:
    """1.8 billion products in the paper's table; counted without normalisation and classifier."""
    network = resnet18(3).eval()
    assert million_products(network, torch.zeros(1, 224, 224, 3)) == pytest.approx(1814, abs=1)


def test_the_maps_shrink_as_in_the_papers_table() -> None:
    network, sizes = resnet18(3).eval(), []
    for name, part in network.named_children():
        if name in ("relu", "halved", "block12", "block22", "block32", "block42"):
            part.register_forward_hook(lambda _, inputs, out: sizes.append(tuple(out.shape[1:])))
    with torch.no_grad():
        network(torch.zeros(1, 224, 224, 3))
    assert sizes == [(64, 112, 112), (64, 56, 56), (64, 56, 56), (128, 28, 28), (256, 14, 14), (512, 7, 7)]


@pytest.mark.parametrize(
    ("shape", "shrink"),
    [((257, 188, 1), 1), ((257, 188), 1), ((224, 224, 3), 1), ((224, 224, 3), 4), ((9, 8, 3), 1)],
)
def test_an_image_becomes_512_features_and_every_weight_learns(
    shape: tuple[int, ...], shrink: int, all_learn: Callable[..., bool]
) -> None:
    module, width = encoder(image(*shape), Encoders(network="resnet18", shrink=shrink))
    images = torch.randn(2, *shape)
    assert module(images).shape == (2, width) == (2, 512)
    assert all_learn(module, images)
    assert all(parameter.grad.isfinite().all() for parameter in module.parameters())


def test_in_training_a_batch_is_normalised_by_itself_and_later_by_what_was_seen() -> None:
    module, _ = encoder(image(32, 32, 3), SIZES)
    images = torch.randn(8, 32, 32, 3)
    first = module(images)
    assert module.stem[1].num_batches_tracked == 1
    assert not torch.allclose(first[:4], module(images[:4]), atol=1e-3)  # others in the batch have a say
    module.eval()
    before = [buffer.clone() for buffer in module.buffers()]
    torch.testing.assert_close(module(images)[:4], module(images[:4]), atol=1e-4, rtol=1e-4)
    for buffer, old in zip(module.buffers(), before, strict=True):
        torch.testing.assert_close(buffer, old, atol=0, rtol=0)


def test_weights_begin_with_the_spread_of_what_leaves_a_layer() -> None:
    for part in resnet18(3).modules():
        if isinstance(part, nn.Conv2d):
            leaving = part.out_channels * part.kernel_size[0] ** 2
            assert part.bias is None
            assert float(part.weight.detach().std()) == pytest.approx(np.sqrt(2 / leaving), rel=0.05)
        elif isinstance(part, nn.BatchNorm2d):
            assert (part.weight == 1).all() and (part.bias == 0).all()


def test_a_block_is_two_convolutions_beside_a_shortcut() -> None:
    for block in (Block(8, 8).eval(), Block(8, 16).eval()):
        x = torch.randn(2, 8, 6, 6)
        inner = block.second(block.first(x).relu())
        torch.testing.assert_close(block(x), (inner + block.shortcut(x)).relu())
    assert isinstance(Block(8, 8).shortcut, nn.Identity)
    assert Block(8, 16).shortcut[0].weight.shape == (16, 8, 1, 1)


def test_no_convolution_copies_its_weights() -> None:
    for part in resnet18(3).modules():
        if isinstance(part, nn.Conv2d):
            assert part.weight.is_contiguous(memory_format=torch.channels_last)


def test_a_table_has_the_encoder_that_it_has_beside_any_network() -> None:
    view = ViewShape("patient", "table", (3,), levels=(2, 0, 3))
    torch.manual_seed(0)
    chosen, width = encoder(view, SIZES)
    torch.manual_seed(0)
    plain, same = encoders.encoder(view, Encoders())
    table = torch.tensor([[1.0, 0.3, 2.0]])
    assert width == same
    torch.testing.assert_close(chosen(table), plain(table))


def test_small_is_the_encoder_that_it_was() -> None:
    torch.manual_seed(0)
    chosen, _ = encoder(image(28, 28, 1), Encoders())
    torch.manual_seed(0)
    plain, _ = encoders.encoder(image(28, 28, 1), Encoders())
    images = torch.rand(3, 28, 28, 1)
    torch.testing.assert_close(chosen(images), plain(images), atol=0, rtol=0)


def test_a_choice_that_all_had_before_there_was_one_is_not_told() -> None:
    """Numbers are part of the keys of runs, which stay what they were."""
    before = {
        **{"channels": (32, 64), "kernel": 5, "shrink": 1, "hidden": 128, "columns": 64, "embedding": 8},
        "init": "default",
    }
    assert Encoders().numbers() == before
    assert SIZES.numbers() == {**before, "network": "resnet18"}
    assert FusionRecipe(("a",), Encoders()).numbers()["encoders"] == before
    assert SemiRecipe(("a",), Encoders(), steps=1, pool_batch=1, average=0.0).numbers()["encoders"] == before
