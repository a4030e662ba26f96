"""The loss of experts and module: its sum, its target, and where gradients may not go."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from tailmark.fusion.design import Assessment, Design, Expert
from tailmark.fusion.experts import Network, Said, network
from tailmark.fusion.loss import loss, terms, true_class_probability
from tailmark.fusion.priors import skills
from tailmark.nets.views import Encoders, ViewShape
from tailmark.objective import Objective

K = 4
COUNTS = np.array([400.0, 60.0, 20.0, 5.0])
BOTH = ("photo", "patient")
CPU = torch.device("cpu")
MODULE = Assessment(Objective(), passes_confidence=False, passes_target=False)
EXPERTS = tuple(Expert(objective, BOTH) for objective in skills(COUNTS))

Shapes = tuple[ViewShape, ...]
Batch = dict[str, torch.Tensor]


def said(seed: int, views: int = 2) -> Said:
    draws = torch.Generator().manual_seed(seed)
    return Said(
        torch.randn(12, 3, K, generator=draws),
        torch.randn(12, views, K, generator=draws),
        torch.rand(12, views, generator=draws),
    )


@given(st.integers(0, 2**31 - 1))
def test_the_true_class_probability_is_one(seed: int) -> None:
    assessed, labels = said(seed).assessed, torch.arange(12) % K
    assert assessed is not None
    probability = true_class_probability(assessed, labels)
    assert probability.shape == (12, 2)
    assert (probability > 0).all() and (probability <= 1).all()
    torch.testing.assert_close(probability[5, 1], assessed[5, 1].softmax(-1)[1])


def test_the_loss_is_the_sum_that_the_paper_writes(labels: torch.Tensor) -> None:
    words, design = said(0), Design(EXPERTS, assessment=replace(MODULE, strength=0.5))
    assert words.assessed is not None and words.confidence is not None
    expected = torch.zeros(12)
    for number, objective in enumerate(skills(COUNTS)):
        prior = torch.zeros(K) if objective.prior is None else torch.tensor(objective.prior).float()
        expected += cross_entropy(words.logits[:, number] + prior, labels, reduction="none")
    for m in (0, 1):
        plain = cross_entropy(words.assessed[:, m], labels, reduction="none")
        expected += 0.5 * (plain + (words.confidence[:, m] - (-plain).exp()) ** 2)
    torch.testing.assert_close(loss(words, labels, design, terms(design, CPU)), expected)


def test_without_an_assessment_only_the_experts_count(labels: torch.Tensor) -> None:
    words, design = said(0)._replace(assessed=None, confidence=None), Design(EXPERTS[:1])
    words = words._replace(logits=words.logits[:, :1])
    expected = cross_entropy(words.logits[:, 0], labels, reduction="none")
    torch.testing.assert_close(loss(words, labels, design, terms(design, CPU)), expected)


def test_an_assessed_design_needs_a_network_that_assesses(labels: torch.Tensor) -> None:
    design = Design(EXPERTS, assessment=MODULE)
    with pytest.raises(ValueError, match="says nothing"):
        loss(said(0)._replace(confidence=None), labels, design, terms(design, CPU))


def test_confidence_that_is_right_costs_nothing(labels: torch.Tensor) -> None:
    words, design = said(0), Design(EXPERTS, assessment=MODULE)
    assert words.assessed is not None
    numbers = terms(design, CPU)
    right = words._replace(confidence=true_class_probability(words.assessed, labels))
    off = right._replace(confidence=right.confidence + torch.tensor([0.3, 0.0]))
    without = loss(right, labels, design, numbers)
    torch.testing.assert_close(loss(off, labels, design, numbers) - without, torch.full((12,), 0.09))
    classified = [cross_entropy(words.assessed[:, m], labels, reduction="none") for m in (0, 1)]
    experts = loss(words, labels, Design(EXPERTS), terms(Design(EXPERTS), CPU))
    torch.testing.assert_close(without, experts + sum(classified))


def test_the_target_is_free_of_the_modules_own_adjustment(labels: torch.Tensor) -> None:
    """MMD-LA adjusts f's loss; the probability that g learns stays the plain softmax."""
    words = said(0)
    assert words.assessed is not None
    adjusted = Design(EXPERTS, assessment=replace(MODULE, objective=skills(COUNTS)[1]))
    right = words._replace(confidence=true_class_probability(words.assessed, labels))
    prior = torch.log(torch.tensor(COUNTS / COUNTS.sum())).float()
    expected = loss(words, labels, Design(EXPERTS), terms(Design(EXPERTS), CPU))
    for m in (0, 1):
        expected = expected + cross_entropy(words.assessed[:, m] + prior, labels, reduction="none")
    torch.testing.assert_close(loss(right, labels, adjusted, terms(adjusted, CPU)), expected)


@pytest.mark.parametrize("passes", [False, True])
def test_whether_the_regression_reaches_f(passes: bool, labels: torch.Tensor) -> None:
    words = said(0)
    assert words.assessed is not None
    words.assessed.requires_grad_()
    design = Design(EXPERTS, assessment=replace(MODULE, passes_target=passes))
    loss(words, labels, design, terms(design, CPU)).sum().backward()
    gradient = words.assessed.grad
    classified = words.assessed.detach().requires_grad_()
    cross_entropy(classified.flatten(0, 1), labels.repeat_interleave(2), reduction="sum").backward()
    assert torch.allclose(gradient, classified.grad, atol=1e-6) is not passes


def _gradients_of_experts(net: Network, views: Batch, labels: torch.Tensor) -> dict[str, float]:
    """The largest gradient, a part of the module each, that the experts' losses alone give."""
    design = Design(EXPERTS)
    logits_alone = Said(net(views).logits, None, None)
    loss(logits_alone, labels, design, terms(design, CPU)).sum().backward()
    largest = {}
    for part in ("encoder", "confidence", "classifier"):
        found = [p.grad for judge in net.judges for p in getattr(judge, part).parameters()]
        largest[part] = max(0.0 if grad is None else grad.abs().max().item() for grad in found)
    return largest


@pytest.mark.parametrize("passes", [False, True])
def test_whether_the_experts_losses_reach_g(
    passes: bool, shapes: Shapes, sizes: Encoders, views: Batch, labels: torch.Tensor
) -> None:
    design = Design(EXPERTS, assessment=replace(MODULE, passes_confidence=passes))
    largest = _gradients_of_experts(network(design, shapes, K, sizes, seed=0), views, labels)
    assert largest["classifier"] == 0
    assert (largest["confidence"] > 1e-6) is passes
    assert (largest["encoder"] > 1e-6) is passes
    assert passes or largest["confidence"] == largest["encoder"] == 0


def test_shared_encoders_learn_from_the_experts_even_if_g_does_not(
    shapes: Shapes, sizes: Encoders, views: Batch, labels: torch.Tensor
) -> None:
    design = Design(EXPERTS, assessment=replace(MODULE, shares_encoders=True))
    largest = _gradients_of_experts(network(design, shapes, K, sizes, seed=0), views, labels)
    assert largest["encoder"] > 1e-6
    assert largest["confidence"] == 0


@pytest.mark.parametrize("shares", [False, True])
def test_every_weight_learns_and_the_loss_falls(
    shares: bool, shapes: Shapes, sizes: Encoders, views: Batch, labels: torch.Tensor
) -> None:
    design = Design(EXPERTS, assessment=replace(MODULE, shares_encoders=shares, starts_at_chance=True))
    net, numbers = network(design, shapes, K, sizes, seed=0), terms(design, CPU)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
    values = []
    for step in range(150):
        optimiser.zero_grad()
        mean = loss(net(views), labels, design, numbers).mean()
        mean.backward()
        if step == 0:
            still = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.any()]
            assert not still
        optimiser.step()
        values.append(mean.item())
    assert values[-1] < 0.3 * values[0]
