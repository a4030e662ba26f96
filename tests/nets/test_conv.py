"""The trunks of the convolutional VAE: sizes against the two descriptions, conditions, and rows in and out."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.func import functional_call

from tailmark.errors import TailmarkError
from tailmark.nets.conv import ARCHITECTURES, Residual, decoder, encoder

BOTH = pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
SMALL = (16, 16, 3)
D = 16 * 16 * 3
LABELS = torch.eye(5)[[0, 3]]


@pytest.mark.parametrize(
    ("architecture", "side", "width"),
    [("appendix", 64, 8192), ("appendix", 32, 2048), ("release", 64, 1536), ("release", 20, 150)],
)
def test_the_map_in_the_middle(architecture: str, side: int, width: int) -> None:
    shape = (side, side, 3)
    trunk, found = encoder(architecture, shape)
    with torch.no_grad():
        assert trunk(torch.rand(2, side * side * 3)).shape == (2, width)
        assert decoder(architecture, shape, 7)(torch.randn(2, 7)).shape == (2, side * side * 3)
    assert found == width


@pytest.mark.parametrize(
    ("architecture", "down", "up"), [("appendix", 103.8, 913.4), ("release", 268.1, 1199.8)]
)
def test_products_at_64(million_products, architecture: str, down: float, up: float) -> None:
    """With the 40 means, the encoders have 104 and 268 million; the decoders 913 and 1,200."""
    trunk, _ = encoder(architecture, (64, 64, 3))
    assert million_products(trunk, torch.rand(1, 64 * 64 * 3)) == pytest.approx(down, abs=0.1)
    up_path = decoder(architecture, (64, 64, 3), 40)
    assert million_products(up_path, torch.randn(1, 40)) == pytest.approx(up, abs=0.1)


@pytest.mark.parametrize(("architecture", "expected"), [("appendix", 2_757_504), ("release", 672_060)])
def test_parameters(parameters, architecture: str, expected: int) -> None:
    """Weights, and for each of their channels a length and a bias."""
    trunk, _ = encoder(architecture, SMALL)
    assert parameters(trunk) == expected
    channels = {
        "appendix": [(3, 64), (64, 128), (128, 256), (256, 512)],
        "release": [(3, 48), *[(48, 48)] * 6, (48, 96), *[(96, 96)] * 6, (96, 6)],
    }
    kernel = {"appendix": 16, "release": 9}
    assert expected == sum(a * b * kernel[architecture] + 2 * b for a, b in channels[architecture])


@BOTH
def test_a_condition_adds_a_plane_and_a_look_at_the_image(parameters, architecture: str) -> None:
    plain, width = encoder(architecture, SMALL)
    conditional, same_width = encoder(architecture, SMALL, classes=5)
    first = {"appendix": 64 * 16, "release": 48 * 9}[architecture]  # weights that see the fourth channel
    added = (5 + 1) * 16 * 16 + (3 * 3 + 3) + first
    assert parameters(conditional) - parameters(plain) == added
    assert width == same_width
    x = torch.rand(2, D)
    assert not torch.allclose(conditional(x, LABELS), conditional(x, LABELS.flip(0)))


@BOTH
def test_a_condition_is_given_if_and_only_if_it_is_used(architecture: str) -> None:
    with pytest.raises(ValueError, match="expected a condition"):
        encoder(architecture, SMALL, classes=5)[0](torch.rand(2, D))
    with pytest.raises(ValueError, match="expected a condition"):
        encoder(architecture, SMALL)[0](torch.rand(2, D), LABELS)


@BOTH
def test_all_of_it_learns(all_learn, architecture: str) -> None:
    assert all_learn(encoder(architecture, SMALL)[0], torch.rand(2, D))
    assert all_learn(encoder(architecture, SMALL, classes=5)[0], torch.rand(2, D), LABELS)
    assert all_learn(decoder(architecture, SMALL, 7), torch.randn(2, 7))


@BOTH
def test_other_parameters_can_be_put_in(architecture: str) -> None:
    """A weight-normalised filter has the length that its parameter says, whatever its direction's length."""
    trunk, _ = encoder(architecture, SMALL)
    x = torch.rand(2, D)
    other = encoder(architecture, SMALL)[0]
    swapped = functional_call(trunk, dict(other.named_parameters()), (x,))
    assert torch.equal(swapped, other(x))
    assert not torch.allclose(swapped, trunk(x))
    scaled = {
        name: value * 3 if name.endswith("original1") else value for name, value in trunk.named_parameters()
    }
    assert torch.allclose(functional_call(trunk, scaled, (x,)), trunk(x), atol=1e-5)


@BOTH
def test_a_decoder_draws_in_rows(architecture: str) -> None:
    """A bias in one channel of the last layer lifts every third number of the row."""
    up = decoder(architecture, SMALL, 4)
    z = torch.randn(2, 4)
    with torch.no_grad():
        before = up(z)
        up[-2].bias[1] += 2
        lifted = (up(z) - before).view(2, 16, 16, 3)
    assert torch.allclose(lifted, torch.tensor([0.0, 2.0, 0.0]).expand_as(lifted), atol=1e-5)


@BOTH
def test_a_corner_of_the_map_sees_that_corner_of_the_image(architecture: str) -> None:
    """Top right: a row read in another order would be looked at elsewhere, flipped or transposed."""
    trunk, _ = encoder(architecture, (64, 64, 3))
    rows = torch.rand(1, 64 * 64 * 3, requires_grad=True)
    maps = trunk.get_submodule("trunk")[:-1](trunk.get_submodule("images")(rows))
    maps[0, :, 0, -1].sum().backward()
    seen = rows.grad.view(64, 64, 3).abs().amax(dim=-1) > 0
    assert seen[:4, -4:].all()
    assert not seen[:, :16].any() and not seen[-16:].any()


def test_a_residual_block_adds_to_its_input() -> None:
    block = Residual(4)
    image = torch.randn(2, 4, 5, 5)
    nn.init.zeros_(block.branch[1].parametrizations.weight.original0)
    nn.init.zeros_(block.branch[1].bias)
    assert torch.equal(block(image), image)


@pytest.mark.parametrize(
    ("architecture", "shape", "message"),
    [
        ("appendix", (24, 24, 3), "side is a multiple of 16; got 24 x 24"),
        ("release", (28, 30, 1), "side is a multiple of 4; got 28 x 30"),
        ("apendix", (16, 16, 3), r"one of appendix, release; got 'apendix'\. Did you mean 'appendix'\?"),
    ],
)
def test_what_cannot_be_built_says_why(architecture: str, shape: tuple[int, int, int], message: str) -> None:
    for build in (lambda: encoder(architecture, shape), lambda: decoder(architecture, shape, 4)):
        with pytest.raises(TailmarkError, match=message):
            build()


def test_a_gray_image() -> None:
    trunk, width = encoder("release", (28, 28, 1))
    assert trunk(torch.rand(2, 784)).shape == (2, width) == (2, 6 * 49)
    assert decoder("release", (28, 28, 1), 4)(torch.randn(2, 4)).shape == (2, 784)
