"""The encoders of a view: shapes, memory layout, and what a table's columns turn into."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.fx.experimental.proxy_tensor import make_fx
from torch.nn.functional import conv2d, linear, max_pool2d, relu

from tailmark.errors import TailmarkError
from tailmark.nets.encoders import Columns, encoder
from tailmark.nets.views import Encoders, ViewShape

IMAGES = [
    ((28, 28, 1), Encoders()),
    ((32, 32, 3), Encoders()),
    ((16, 15), Encoders(channels=(16, 32), kernel=3, hidden=64)),
    ((64, 64, 3), Encoders(channels=(32, 64, 128), kernel=3)),
]


@pytest.mark.parametrize(("shape", "sizes"), IMAGES)
def test_an_image_becomes_features_and_every_weight_learns(
    shape: tuple[int, ...], sizes: Encoders, all_learn: Callable[..., bool]
) -> None:
    module, width = encoder(ViewShape("photo", "image", shape), sizes)
    images = torch.randn(8, *shape)
    assert module(images).shape == (8, width) == (8, sizes.hidden)
    assert all_learn(module, images)


def test_the_image_encoder_is_the_papers() -> None:
    """Convolution, ReLU and halving twice, then a linear layer; computed here by hand."""
    module, _ = encoder(ViewShape("digit", "image", (28, 28, 1)), Encoders())
    held = dict(module.named_parameters())
    images = torch.randn(4, 28, 28, 1)
    x = images.permute(0, 3, 1, 2)
    for depth in (1, 2):
        x = conv2d(x, held[f"conv{depth}.weight"], held[f"conv{depth}.bias"], padding=2)
        x = max_pool2d(relu(x), 2)
    rows = x.permute(0, 2, 3, 1).flatten(1)
    torch.testing.assert_close(module(images), relu(linear(rows, held["linear.weight"], held["linear.bias"])))
    assert held["linear.weight"].shape == (128, 3136)


def test_the_cost_of_a_pair_is_the_specified_one(million_products: Callable[..., float]) -> None:
    cost = 0.0
    for shape in ((28, 28, 1), (32, 32, 3)):
        module, _ = encoder(ViewShape("view", "image", shape), Encoders())
        cost += million_products(module, torch.zeros(1, *shape))
    assert cost == pytest.approx(27.2, abs=0.1)


def test_images_of_one_channel_need_no_channel_axis() -> None:
    module, _ = encoder(ViewShape("digit", "image", (28, 28)), Encoders())
    images = torch.randn(3, 28, 28)
    torch.testing.assert_close(module(images), module(images.unsqueeze(-1)))


def test_no_convolution_copies_its_input() -> None:
    module, _ = encoder(ViewShape("photo", "image", (32, 32, 3)), Encoders())
    seen: list[bool] = []
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            assert part.weight.is_contiguous(memory_format=torch.channels_last)
            part.register_forward_pre_hook(
                lambda _, inputs: seen.append(inputs[0].is_contiguous(memory_format=torch.channels_last))
            )
    module(torch.rand(2, 32, 32, 3))
    assert seen == [True, True]


def test_an_image_that_cannot_be_halved_so_often_is_refused() -> None:
    encoder(ViewShape("photo", "image", (8, 9, 3)), Encoders(channels=(4, 4, 4)))
    with pytest.raises(TailmarkError, match=r"at least 8 x 8 pixels.*'photo' has 7 x 9.*fewer"):
        encoder(ViewShape("photo", "image", (7, 9, 3)), Encoders(channels=(4, 4, 4)))


def test_a_table_of_numbers_passes_as_it_is() -> None:
    columns = Columns(ViewShape("sets", "table", (216,)), embedding=8)
    table = torch.randn(5, 216)
    assert columns.width == 216
    torch.testing.assert_close(columns(table), table)
    table[2, 7] = torch.nan
    assert columns(table)[2, 7] == 0


def test_a_missing_number_is_its_mean_and_marked() -> None:
    columns = Columns(ViewShape("patient", "table", (2,), missing=True), embedding=8)
    out = columns(torch.tensor([[1.5, torch.nan], [torch.nan, -2.0]]))
    assert out.tolist() == [[1.5, 0.0, 0.0, 1.0], [0.0, -2.0, 1.0, 0.0]]


def test_every_category_has_an_embedding_of_its_own_and_so_has_a_missing_one() -> None:
    columns = Columns(ViewShape("patient", "table", (3,), levels=(2, 0, 6), missing=True), embedding=4)
    assert columns.width == 4 + 2 + 4
    assert columns.embedding is not None
    assert columns.embedding.weight.shape == (3 + 7, 4)
    weight = columns.embedding.weight
    for sex in range(3):
        for site in range(7):
            out = columns(torch.tensor([[sex, 0.3, site]]))[0]
            torch.testing.assert_close(out[:2], torch.tensor([0.3, 0.0]))
            torch.testing.assert_close(out[2:], torch.cat([weight[sex], weight[3 + site]]))


def test_a_table_of_categories_alone() -> None:
    module, width = encoder(ViewShape("patient", "table", (2,), levels=(2, 3)), Encoders(columns=16))
    assert module(torch.tensor([[0.0, 3.0], [2.0, 0.0]])).shape == (2, width) == (2, 16)


def test_a_table_learns_through_its_missing_values(all_learn: Callable[..., bool]) -> None:
    view = ViewShape("patient", "table", (3,), levels=(2, 0, 3), missing=True)
    module, _ = encoder(view, Encoders(columns=16))
    table = torch.stack([torch.arange(64) % 3, torch.randn(64), torch.arange(64) // 3 % 4], dim=1).float()
    table[::5, 1] = torch.nan
    assert all_learn(module, table)


@pytest.mark.parametrize(
    "view",
    [
        ViewShape("photo", "image", (16, 15, 1)),
        ViewShape("patient", "table", (3,), levels=(2, 0, 3), missing=True),
    ],
)
def test_nothing_in_an_encoder_depends_on_the_values(view: ViewShape) -> None:
    """One trace serves other values, missing ones among them: what a CUDA graph needs."""
    module, _ = encoder(view, Encoders(channels=(4, 8), kernel=3))
    trace = make_fx(module)(torch.ones(6, *view.shape))
    other = torch.zeros(6, *view.shape)
    if view.kind == "table":
        other[:, 1] = torch.tensor([torch.nan, 1, 2, 3, 4, torch.nan])
    torch.testing.assert_close(trace(other), module(other))
