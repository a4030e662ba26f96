"""ResNet-20: the numbers of parameters and products, the shortcuts, and what it sees of an image."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tailmark.nets.mlp import CosineHead
from tailmark.nets.resnet import Block, Shortcut, resnet20

SHAPE = (64, 64, 3)
SMALL = (16, 16, 3)


@pytest.mark.parametrize(("option", "expected"), [("A", 269_397), ("B", 272_149)])
def test_parameters(parameters, option: str, expected: int) -> None:
    """B adds two 1 x 1 convolutions (16 x 32, 32 x 64) and their batch normalisations."""
    assert parameters(resnet20(SHAPE, 5, option=option)) == expected
    assert 272_149 - 269_397 == 16 * 32 + 32 * 64 + 2 * 32 + 2 * 64


def test_products(million_products) -> None:
    network = resnet20(SHAPE, 5).eval()
    assert million_products(network, torch.rand(1, 64 * 64 * 3)) == pytest.approx(162, abs=0.5)


def test_twenty_layers_have_weights() -> None:
    layers = [m for m in resnet20(SHAPE, 5).modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(layers) == 20
    assert [layer.bias is None for layer in layers] == [True] * 19 + [False]


@pytest.mark.parametrize(("side", "last"), [(64, 16), (32, 8)])
def test_the_map_before_pooling(side: int, last: int) -> None:
    network = resnet20((side, side, 3), 5).eval()
    with torch.no_grad():
        maps = network[: list(dict(network.named_children())).index("pool")](torch.rand(1, side * side * 3))
        assert maps.shape == (1, 64, last, last)
        assert network[:-1](torch.rand(2, side * side * 3)).shape == (2, 64)


def test_option_a_takes_every_second_pixel_and_adds_zeros_on_both_sides(parameters) -> None:
    image = torch.rand(1, 16, 4, 4)
    shortcut = Shortcut(16)
    out = shortcut(image)
    assert parameters(shortcut) == 0
    assert out.shape == (1, 32, 2, 2)
    assert torch.equal(out[:, 8:24], image[:, :, ::2, ::2])
    assert not out[:, :8].any() and not out[:, 24:].any()


def test_a_block_that_adds_nothing_is_its_shortcut() -> None:
    block = Block(16, 16, "A").eval()
    nn.init.zeros_(block.second[1].weight)
    image = torch.rand(2, 16, 4, 4)
    assert torch.equal(block(image), image)


def test_convolutions_are_drawn_as_he_et_al_say() -> None:
    weight = resnet20(SHAPE, 5).get_submodule("block32.first.0").weight
    assert weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.03)
    assert abs(weight.mean().item()) < 1e-3


@pytest.mark.parametrize("option", ["A", "B"])
def test_all_of_it_learns(all_learn, option: str) -> None:
    assert all_learn(resnet20(SMALL, 5, option=option), torch.rand(6, 16 * 16 * 3))


def test_rows_are_images() -> None:
    """A network that looks at nothing but the second channel sees nothing of the other two."""
    network = resnet20(SMALL, 3).eval()
    with torch.no_grad():
        network.get_submodule("stem.0").weight[:, [0, 2]] = 0
        image = torch.rand(1, 16, 16, 3)
        other, same = image.clone(), image.clone()
        other[..., 1] = torch.rand(16, 16)
        same[..., 0] = same[..., 2] = 0
        out, changed, unchanged = (network(i.flatten(1)) for i in (image, other, same))
    assert torch.equal(out, unchanged)
    assert not torch.allclose(out, changed)


def test_a_cosine_head() -> None:
    network = resnet20(SMALL, 5, head="cosine").eval()
    assert isinstance(network[-1], CosineHead)
    assert network(torch.rand(4, 16 * 16 * 3)).abs().max() <= 1 + 1e-6
