"""OCDCGAN's two networks: sizes as printed, fewer doublings for smaller images, ranges, and the label."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn

from tailmark.errors import TailmarkError
from tailmark.nets.dcgan import discriminator, generator

SMALL = (16, 16, 3)
D = 16 * 16 * 3
LABELS = torch.eye(5)[[0, 3, 1, 1]]


def test_products_at_64(million_products) -> None:
    shape, label = (64, 64, 3), LABELS[:1]
    made = million_products(generator(shape, 100, 5).eval(), torch.randn(1, 100), label)
    judged = million_products(discriminator(shape, 5).eval(), torch.rand(1, 64 * 64 * 3), label)
    assert (made, judged) == (pytest.approx(409.8, abs=0.1), pytest.approx(411.1, abs=0.1))


@pytest.mark.parametrize(
    ("side", "growing", "shrinking"),
    [
        (
            64,
            [(1024, 512), (512, 256), (256, 128), (128, 3)],
            [(128, 256), (256, 512), (512, 1024), (1024, 1)],
        ),
        (32, [(1024, 512), (512, 256), (256, 3)], [(128, 256), (256, 512), (512, 1)]),
        (16, [(1024, 512), (512, 3)], [(128, 256), (256, 1)]),
    ],
)
def test_channels(side: int, growing: list[tuple[int, int]], shrinking: list[tuple[int, int]]) -> None:
    shape = (side, side, 3)
    maker, judge = generator(shape, 100, 5), discriminator(shape, 5)
    grow = [m for m in maker.image.modules() if isinstance(m, nn.ConvTranspose2d)]
    shrink = [m for m in judge.judge.modules() if isinstance(m, nn.Conv2d)]
    assert [(m.in_channels, m.out_channels) for m in grow] == growing
    assert [(m.in_channels, m.out_channels) for m in shrink] == shrinking


@pytest.mark.parametrize("shape", [(64, 64, 3), (32, 32, 3), (16, 16, 1)])
def test_rows_and_logits(shape: tuple[int, int, int]) -> None:
    size = shape[0] * shape[1] * shape[2]
    with torch.no_grad():
        rows = generator(shape, 100, 5)(torch.randn(4, 100), LABELS)
        logits = discriminator(shape, 5)(rows, LABELS)
    assert rows.shape == (4, size)
    assert -1 <= rows.min() < 0 < rows.max() <= 1
    assert logits.shape == (4,)


def test_logits_are_not_squashed() -> None:
    judge = discriminator(SMALL, 5)
    with torch.no_grad():
        judge.judge[-1].bias += 7
        logits = judge(torch.rand(4, D), LABELS)
    assert logits.mean() > 4


def test_weights_at_the_start() -> None:
    for network in (generator(SMALL, 100, 5), discriminator(SMALL, 5)):
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                error = 5 * 0.02 / (2 * module.weight.numel()) ** 0.5
                assert module.weight.std().item() == pytest.approx(0.02, abs=error)
                assert module.bias is None or not module.bias.any()
            if isinstance(module, nn.BatchNorm2d):
                assert (module.weight == 1).all() and not module.bias.any()


def test_no_bias_stands_before_a_normalisation() -> None:
    for network in (generator(SMALL, 100, 5), discriminator(SMALL, 5)):
        for layer, after in pairwise(network.modules()):
            if isinstance(after, nn.BatchNorm2d):
                assert layer.bias is None


def test_all_of_it_learns(all_learn) -> None:
    assert all_learn(generator(SMALL, 100, 5), torch.randn(4, 100), LABELS)
    assert all_learn(discriminator(SMALL, 5), torch.rand(4, D), torch.eye(5)[[0, 1, 2, 3]])


def test_the_label_matters() -> None:
    maker, judge = generator(SMALL, 100, 5).eval(), discriminator(SMALL, 5).eval()
    z, x, other = torch.randn(4, 100), torch.rand(4, D), LABELS.roll(1, dims=1)
    assert not torch.allclose(maker(z, LABELS), maker(z, other))
    assert not torch.allclose(judge(x, LABELS), judge(x, other))


def test_a_generator_draws_in_rows() -> None:
    maker = generator(SMALL, 10, 5).eval()
    with torch.no_grad():
        maker.image[-3].bias[2] = 50
        rows = maker(torch.randn(4, 10), LABELS).view(4, 16, 16, 3)
    assert (rows[..., 2] == 1).all()
    assert rows[..., :2].abs().max() < 1


@pytest.mark.parametrize("shape", [(28, 28, 1), (8, 8, 3), (64, 32, 3), (48, 48, 3)])
def test_other_sides_are_refused(shape: tuple[int, int, int]) -> None:
    for build in (lambda: generator(shape, 10, 2), lambda: discriminator(shape, 2)):
        with pytest.raises(TailmarkError, match=rf"power of two, 16 at least; got {shape[0]} x {shape[1]}"):
            build()
