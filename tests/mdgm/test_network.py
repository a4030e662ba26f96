"""The network: views of every kind in and out, classes without a product each, and a missing view that is not seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import one_hot

from tailmark.errors import TailmarkError
from tailmark.mdgm.conditional import Conditional
from tailmark.mdgm.decoders import Decoder, restored, squared_error, target, width
from tailmark.mdgm.network import Mdgm, dimensions
from tailmark.nets.views import Encoders, ViewShape
from tailmark.semi.network import Backbone

SIZES = Encoders(channels=(4, 6), kernel=3)


@pytest.mark.parametrize(
    "shape",
    [(15, 16, 1), (28, 28, 1), (32, 32, 3), (9, 30, 3), (5, 4)],
    ids=str,
)
@pytest.mark.parametrize("shrink", [1, 2])
def test_images_of_any_size(shape: tuple[int, ...], shrink: int) -> None:
    view = ViewShape("view", "image", shape)
    decoder = Decoder(view, replace(SIZES, shrink=shrink), latent=2, classes=3)
    mean = decoder(torch.randn(2, 3, 1, 2), torch.eye(3)[:, None])
    assert mean.shape == (2, 3, 1, width(view))
    assert restored(mean, view).shape == (2, 3, 1, *shape)
    assert 0 < mean.min() < mean.max() < 1


def test_an_image_has_a_row_in_the_order_of_its_target() -> None:
    """A bias of one colour of the last layer lifts every third number, as a flattened image has them."""
    view = ViewShape("view", "image", (8, 8, 3))
    decoder = Decoder(view, SIZES, latent=2, classes=3)
    z, classes = torch.zeros(1, 3, 1, 2), torch.eye(3)[:, None]
    before = decoder(z, classes)
    with torch.no_grad():
        next(layer for layer in reversed(decoder.rest) if hasattr(layer, "weight")).bias[1] += 1
    lifted = target(torch.tensor([0.0, 1.0, 0.0]).expand(1, 8, 8, 3), view)[0] > 0
    assert torch.equal((decoder(z, classes) > before)[0, 0, 0], lifted)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=5), st.integers(0, 2**31))
def test_a_table_comes_back_from_its_row(levels: list[int], seed: int) -> None:
    draws = torch.Generator().manual_seed(seed)
    view = ViewShape("view", "table", (len(levels),), levels=tuple(levels))
    table = torch.randn(6, len(levels), generator=draws)
    for column, level in enumerate(levels):
        if level:
            table[:, column] = torch.randint(level + 1, (6,), generator=draws)
    rows = target(table, view)
    assert rows.shape == (6, width(view))
    assert torch.equal(restored(rows, view), table)


def test_categories_are_one_hot_with_a_place_for_missing() -> None:
    view = ViewShape("view", "table", (3,), levels=(0, 2, 0))
    row = target(torch.tensor([[0.5, 2.0, -1.0], [0.5, 0.0, -1.0]]), view)
    assert row.tolist() == [[0.5, 0, 0, 1, -1], [0.5, 1, 0, 0, -1]]


def test_a_missing_number_has_no_error_and_no_gradient() -> None:
    view = ViewShape("view", "table", (2,), missing=True)
    mean = torch.tensor([[[1.0, 5.0]]], requires_grad=True)
    error = squared_error(mean, torch.tensor([[3.0, torch.nan]]), view)
    error.sum().backward()
    assert error.item() == 4
    assert mean.grad is not None
    assert mean.grad.tolist() == [[[-4.0, 0.0]]]


def test_a_class_beside_features_is_one_layer_on_both() -> None:
    layer = Conditional(5, 3, 4).double()
    features, classes = torch.randn(2, 5).double(), torch.eye(3).double()
    joined = torch.cat([features[:, None].expand(2, 3, 5), classes.expand(2, 3, 3)], dim=-1)
    assert torch.allclose(layer(features[:, None], classes), layer.joint(joined))


def test_all_classes_are_each_class_alone(facts, samples) -> None:
    task = facts("grey", "patient")
    network, batch = Mdgm(task, latent=2).double(), samples(task, 6)
    seen, labels = network.seen(batch), torch.arange(6) % 3
    own = one_hot(labels, 3).double()[:, None]
    latents = torch.randn(6, 3, 1, 2).double()
    mine = latents[torch.arange(6), labels][:, None]
    for every, alone in [
        (network.opinions(seen, network.classes)[0], network.opinions(seen, own)[0]),
        (network.squared_errors(latents, network.classes, seen), network.squared_errors(mine, own, seen)),
    ]:
        assert torch.allclose(every[torch.arange(6), labels], alone[:, 0])


def test_all_classes_are_one_pass_of_each_decoder(facts, samples) -> None:
    task = facts("grey", "patient")
    network, batch = Mdgm(task, latent=2).double(), samples(task, 6)
    passes = []
    for decoder in network.decoders:
        decoder.rest.register_forward_hook(lambda layer, given, out: passes.append(len(out)))
    network.squared_errors(torch.randn(6, 3, 1, 2).double(), network.classes, network.seen(batch))
    assert passes == [18, 18]


def test_the_backbone_is_that_of_every_baseline(facts, samples) -> None:
    task = facts("grey", "patient")
    batch = samples(task, 4, dtype=torch.float32)
    assert torch.equal(Mdgm(task, latent=2)(batch), Backbone(task)(batch))


def test_experts_begin_alike_whatever_else_there_is(facts) -> None:
    both, one = Mdgm(facts("grey", "patient"), 2), Mdgm(facts("grey", "patient"), 2, view="patient")
    for several, single in [(both.experts[1], one.experts[0]), (both.decoders[1], one.decoders[0])]:
        pairs = zip(several.parameters(), single.parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)


def test_one_view_alone(facts, samples) -> None:
    task = facts("grey", "patient")
    network, batch = Mdgm(task, latent=2, view="patient").double(), samples(task, 4)
    other = samples(task, 4, seed=9)
    mixed = replace(batch, inputs={**batch.inputs, "grey": other.inputs["grey"]})
    assert torch.equal(network(batch), network(mixed))
    assert network.dimensions == dimensions(task, "patient") == 1 + 4 + 1 + 3
    assert dimensions(task) == 15 * 16 + 9


def test_a_view_that_is_not_there(facts) -> None:
    with pytest.raises(TailmarkError, match=r"one of grey, patient; got 'gray'. Did you mean 'grey'\?"):
        Mdgm(facts("grey", "patient"), 2, view="gray")


def test_keeping_some_views_is_missing_the_others(facts, samples) -> None:
    task = facts("grey", "patient")
    network, batch = Mdgm(task, latent=2).double(), samples(task, 4)
    missing = replace(batch, present=torch.tensor([[0.0, 1.0]]).double().expand(4, 2))
    kept, lacking = network.seen(batch).keeping((1,)), network.seen(missing)
    latents = torch.randn(4, 3, 1, 2).double()
    assert torch.equal(kept.present, lacking.present)
    assert torch.equal(network.logits(kept), network.logits(lacking))
    assert torch.equal(
        network.squared_errors(latents, network.classes, kept),
        network.squared_errors(latents, network.classes, lacking),
    )


def test_log_variances_stay_in_bounds(facts, samples) -> None:
    task = facts("numbers")
    network = Mdgm(task, latent=2).double()
    with torch.no_grad():
        network.experts[0].second[1].bias[2:] = torch.tensor([100.0, -100.0]).double()
    log_variance = network.opinions(network.seen(samples(task, 2)), network.classes)[1]
    assert log_variance.unique().tolist() == [-10, 10]
