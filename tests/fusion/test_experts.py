"""The networks of experts: what they compute, what begins equal, and what an expert may not depend on."""

from __future__ import annotations

from dataclasses import replace
from inspect import signature
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.functional import linear, relu

from tailmark.fusion.design import Assessment, Design, Expert
from tailmark.fusion.experts import Network, network
from tailmark.nets.joins import LowRank
from tailmark.nets.mlp import CosineHead
from tailmark.nets.views import Encoders, ViewShape
from tailmark.objective import Objective

K = 4
BOTH = ("photo", "patient")
CONCATENATION = Design((Expert(Objective(), BOTH),))
ONE_VIEW = Design((Expert(Objective(), ("patient",)),))
SADE_LMF = Design(tuple(Expert(Objective(), BOTH) for _ in range(3)), join="low-rank", rank=2, joined=5)
MAME = Design(
    tuple(Expert(Objective(), BOTH) for _ in range(3)),
    assessment=Assessment(Objective(), passes_confidence=False, passes_target=False),
)
MMD = Design((Expert(Objective(), BOTH),), assessment=Assessment(Objective(), shares_encoders=True))
LATE = Design(tuple(Expert(Objective(), (view,)) for view in BOTH))
DESIGNS = {
    "concatenation": CONCATENATION,
    "one view": ONE_VIEW,
    "lmf": SADE_LMF,
    "mame": MAME,
    "mmd": MMD,
    "late": LATE,
}

Shapes = tuple[ViewShape, ...]
Batch = dict[str, torch.Tensor]


def same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("name", DESIGNS)
def test_every_design_speaks_of_every_sample(
    name: str, shapes: Shapes, sizes: Encoders, views: Batch
) -> None:
    design = DESIGNS[name]
    said = network(design, shapes, K, sizes, seed=0)(views)
    assert said.logits.shape == (12, len(design.experts), K)
    assert said.logits.isfinite().all()
    if design.assessment is None:
        assert said.assessed is None and said.confidence is None
    else:
        assert said.assessed.shape == (12, 2, K)
        assert said.confidence.shape == (12, 2)


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("init", ["default", "paper"])
def test_a_seed_decides_the_weights_and_leaves_torchs_generator_alone(
    name: str, init: Any, shapes: Shapes, sizes: Encoders
) -> None:
    sizes = replace(sizes, init=init)
    torch.manual_seed(1)
    first = network(DESIGNS[name], shapes, K, sizes, seed=0)
    drawn = torch.rand(1)
    torch.manual_seed(1)
    assert torch.equal(torch.rand(1), drawn)
    assert same(first, network(DESIGNS[name], shapes, K, sizes, seed=0))
    assert not same(first, network(DESIGNS[name], shapes, K, sizes, seed=1))


@pytest.mark.parametrize("init", ["default", "paper"])
def test_the_same_seed_gives_every_method_the_same_encoders(
    init: Any, shapes: Shapes, sizes: Encoders
) -> None:
    def first_expert(design: Design) -> Any:
        return network(design, shapes, K, replace(sizes, init=init), seed=3).experts[0]

    photo, patient = first_expert(CONCATENATION).encoders
    for design in (MAME, SADE_LMF):
        assert same(photo, first_expert(design).encoders[0])
        assert same(patient, first_expert(design).encoders[1])
    assert same(patient, first_expert(ONE_VIEW).encoders[0])
    assert same(first_expert(CONCATENATION).classifier, first_expert(MAME).classifier)
    turned = Design((Expert(Objective(), BOTH[::-1]),))
    assert same(patient, first_expert(turned).encoders[0])


def test_experts_and_module_begin_differently(shapes: Shapes, sizes: Encoders) -> None:
    net = network(MAME, shapes, K, sizes, seed=0)
    photos = [expert.encoders[0] for expert in net.experts] + [net.judges[0].encoder]
    assert not any(same(one, other) for i, one in enumerate(photos) for other in photos[:i])
    assert not same(net.experts[0].classifier, net.experts[1].classifier)


@pytest.mark.parametrize("init", ["default", "paper"])
def test_a_resnet_begins_as_it_was_made_under_any_protocol(shapes: Shapes, init: str, views: Batch) -> None:
    """Paper 004 has none, and its small weights would still what is normalised."""
    sizes = Encoders(network="resnet18", init=init)
    made = network(MAME, shapes, K, sizes, seed=0)
    plain = network(MAME, shapes, K, replace(sizes, init="default"), seed=0)
    assert same(made, plain)
    assert made.experts[0].classifier.join.width == 512 + sizes.columns
    assert made(views).logits.isfinite().all()


def test_the_papers_initialisation_draws_every_weight_small(shapes: Shapes, sizes: Encoders) -> None:
    sizes = replace(sizes, channels=(32, 64), hidden=128, init="paper")
    for design in (MAME, SADE_LMF):
        net = network(design, shapes, K, sizes, seed=0)
        parameters = dict(net.named_parameters())
        assert all((p == 0).all() for name, p in parameters.items() if name.endswith("bias"))
        drawn = torch.cat([p.flatten() for name, p in parameters.items() if not name.endswith("bias")])
        assert drawn.std().item() == pytest.approx(0.001, rel=0.02)
        assert drawn.mean().item() == pytest.approx(0, abs=2e-5)


@pytest.mark.parametrize("init", ["default", "paper"])
def test_confidence_can_start_at_chance(init: Any, shapes: Shapes, sizes: Encoders) -> None:
    assert MAME.assessment is not None
    design = replace(MAME, assessment=replace(MAME.assessment, starts_at_chance=True))
    net = network(design, shapes, K, replace(sizes, init=init), seed=0)
    assert [judge.confidence.bias.item() for judge in net.judges] == [0.25, 0.25]


def test_mmd_builds_on_the_modules_encoders(shapes: Shapes, sizes: Encoders, views: Batch) -> None:
    net = network(MMD, shapes, K, sizes, seed=0)
    assert len(net.experts[0].encoders) == 0
    said = net(views)
    features = [judge.encoder(views[view]) for view, judge in zip(BOTH, net.judges, strict=True)]
    joined = torch.cat([said.confidence[:, m, None] * features[m] for m in (0, 1)], dim=1)
    head = net.experts[0].classifier.head
    torch.testing.assert_close(said.logits[:, 0], linear(joined, head.weight, head.bias))
    f = net.judges[1].classifier
    torch.testing.assert_close(said.assessed[:, 1], linear(features[1], f.weight, f.bias))


def _certain(net: Network, confidences: tuple[float, ...]) -> Network:
    """The network with these confidences, whatever the sample."""
    with torch.no_grad():
        for judge, confidence in zip(net.judges, confidences, strict=True):
            judge.confidence.weight.zero_()
            judge.confidence.bias.fill_(confidence)
    return net


@pytest.mark.parametrize("design", [MAME, MMD], ids=["mame", "mmd"])
def test_a_view_without_confidence_has_no_say(
    design: Design, shapes: Shapes, sizes: Encoders, views: Batch
) -> None:
    net = _certain(network(design, shapes, K, sizes, seed=0), (1.0, 0.0))
    other = {**views, "patient": views["patient"].flip(0)}
    torch.testing.assert_close(net(views).logits, net(other).logits)
    trusted = _certain(net, (1.0, 1.0))
    assert not torch.allclose(trusted(views).logits, trusted(other).logits)


def test_full_confidence_is_plain_concatenation(shapes: Shapes, sizes: Encoders, views: Batch) -> None:
    weighed = _certain(network(MAME, shapes, K, sizes, seed=0), (1.0, 1.0))
    plain = network(CONCATENATION, shapes, K, sizes, seed=0)
    torch.testing.assert_close(weighed(views).logits[:, 0], plain(views).logits[:, 0])


def test_an_assessment_that_does_not_weigh_leaves_the_experts_alone(
    shapes: Shapes, sizes: Encoders, views: Batch
) -> None:
    assert MAME.assessment is not None
    design = replace(MAME, assessment=replace(MAME.assessment, weighs=False))
    said = network(design, shapes, K, sizes, seed=0)(views)
    plain = network(CONCATENATION, shapes, K, sizes, seed=0)(views)
    torch.testing.assert_close(said.logits[:, 0], plain.logits[:, 0])
    assert said.confidence is not None


def test_the_order_of_the_views_is_immaterial(shapes: Shapes, sizes: Encoders, views: Batch) -> None:
    """The weights of the head move with the features that they belong to."""
    net = network(MAME, shapes, K, sizes, seed=0)
    turned = replace(MAME, experts=tuple(replace(expert, views=BOTH[::-1]) for expert in MAME.experts))
    other = network(turned, shapes, K, sizes, seed=0)
    with torch.no_grad():
        for to, source in zip(other.experts, net.experts, strict=True):
            photo, patient = source.classifier.head.weight.split([10, 6], dim=1)
            to.classifier.head.weight.copy_(torch.cat([patient, photo], dim=1))
            to.classifier.head.bias.copy_(source.classifier.head.bias)
    torch.testing.assert_close(other(views).logits, net(views).logits)
    torch.testing.assert_close(other(views).confidence, net(views).confidence.flip(1))


def test_a_cosine_head(shapes: Shapes, sizes: Encoders, views: Batch) -> None:
    net = network(replace(CONCATENATION, head="cosine"), shapes, K, sizes, seed=0)
    assert isinstance(net.experts[0].classifier.head, CosineHead)
    assert net(views).logits.abs().max() <= 1 + 1e-6


def test_late_fusion_gives_each_expert_its_view(shapes: Shapes, sizes: Encoders, views: Batch) -> None:
    net = network(LATE, shapes, K, sizes, seed=0)
    before, after = net(views).logits, net({**views, "patient": views["patient"].flip(0)}).logits
    torch.testing.assert_close(before[:, 0], after[:, 0])
    assert not torch.allclose(before[:, 1], after[:, 1])


def test_a_low_rank_join_is_the_contraction_with_the_full_tensor() -> None:
    torch.manual_seed(0)
    join = LowRank([3, 4], joined=5, rank=6).double()
    nn.init.normal_(join.bias)
    h1, h2 = torch.randn(7, 3, dtype=torch.float64), torch.randn(7, 4, dtype=torch.float64)
    one = torch.ones(7, 1, dtype=torch.float64)
    outer = torch.einsum("bi,bj->bij", torch.cat([one, h1], 1), torch.cat([one, h2], 1))
    whole = torch.einsum("r,rio,rjo->ijo", join.omega[0], *join.factors)
    expected = torch.einsum("bij,ijo->bo", outer, whole) + join.bias
    torch.testing.assert_close(join([h1, h2]), expected, rtol=1e-5, atol=1e-12)


def test_a_low_rank_join_that_sees_only_the_constant_of_a_view_is_linear_in_the_other() -> None:
    join = LowRank([3, 4], joined=5, rank=1).double()
    with torch.no_grad():
        join.omega.fill_(1)
        join.factors[1].zero_()
        join.factors[1][0, 0] = 1
    h1, h2 = torch.randn(7, 3, dtype=torch.float64), torch.randn(7, 4, dtype=torch.float64)
    constant, slope = join.factors[0][0, 0], join.factors[0][0, 1:]
    torch.testing.assert_close(join([h1, h2]), linear(h1, slope.T, constant + join.bias))


def test_low_rank_factors_are_drawn_as_matrices() -> None:
    torch.manual_seed(0)
    join = LowRank([300], joined=200, rank=4)
    for matrix in join.factors[0]:
        assert matrix.std().item() == pytest.approx((2 / (301 + 200)) ** 0.5, rel=0.02)
    assert (join.bias == 0).all()


def test_a_low_rank_expert_ends_in_relu_and_linear(shapes: Shapes, sizes: Encoders, views: Batch) -> None:
    expert = network(SADE_LMF, shapes, K, sizes, seed=0).experts[1]
    features = [encode(views[view]) for view, encode in zip(BOTH, expert.encoders, strict=True)]
    head = expert.classifier.head
    assert head.weight.shape == (K, 5)
    expected = linear(relu(expert.classifier.join(features)), head.weight, head.bias)
    torch.testing.assert_close(expert(views, {}, {}), expected)


@pytest.mark.parametrize("name", DESIGNS)
def test_a_sample_is_judged_by_itself_alone(name: str, shapes: Shapes, sizes: Encoders, views: Batch) -> None:
    net = network(DESIGNS[name], shapes, K, sizes, seed=0).eval()
    alone = {view: samples[3:4] for view, samples in views.items()}
    torch.testing.assert_close(net(views).logits[3:4], net(alone).logits)


def test_no_network_takes_a_label() -> None:
    """The true class's probability needs one, so it is a target of training and never an input."""
    assert list(signature(Network.forward).parameters) == ["self", "views"]
