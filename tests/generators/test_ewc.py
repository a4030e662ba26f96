"""Elastic weight consolidation: a penalty that is nothing at the start and a spring away from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from tailmark.generators.ewc import fisher, penalty, proximal
from tailmark.generators.fit import fit_vae
from tailmark.generators.lesson import Lesson, Material, Model

CPU = torch.device("cpu")
LAMBDAS = [0.0, 5e2, 5e4, 5e6, 5e8]  # none, and those of Table 9

Tensors = dict[str, torch.Tensor]


def a_state(seed: int) -> Tensors:
    generator = torch.Generator().manual_seed(seed)
    return {
        "a": torch.randn(3, 2, dtype=torch.float64, generator=generator),
        "b": torch.randn((), dtype=torch.float64, generator=generator),
    }


def learnable(state: Tensors) -> Tensors:
    return {name: value.clone().requires_grad_() for name, value in state.items()}


def test_at_the_start_there_is_no_penalty_and_no_pull() -> None:
    anchor, weight = a_state(0), {name: value.square() for name, value in a_state(1).items()}
    parameters = learnable(anchor)
    value = penalty(parameters, anchor, weight, 5e4)
    assert float(value.detach()) == 0
    for gradient in torch.autograd.grad(value, list(parameters.values())):
        assert not gradient.any()


@pytest.mark.parametrize("strength", LAMBDAS)
def test_the_pull_is_two_lambda_fisher_times_the_way_gone(strength: float) -> None:
    anchor, weight = a_state(0), {name: value.square() for name, value in a_state(1).items()}
    parameters = learnable(a_state(2))
    value = penalty(parameters, anchor, weight, strength)
    assert float(value.detach()) > 0 or strength == 0  # a penalty, never a reward
    for name, gradient in zip(parameters, torch.autograd.grad(value, list(parameters.values())), strict=True):
        expected = 2 * strength * weight[name] * (parameters[name].detach() - anchor[name])
        torch.testing.assert_close(gradient, expected)


def test_the_fisher_information_of_a_gaussian_mean() -> None:
    """loss = |x - theta|^2 has the gradient -2 (x - theta), so F is the mean of 4 (x - theta)^2."""
    samples = torch.randn(50, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    theta = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64, requires_grad=True)
    unused = torch.ones(2, dtype=torch.float64, requires_grad=True)
    found = fisher({"theta": theta, "unused": unused}, lambda x: (x - theta).square().sum(), samples.unbind())
    torch.testing.assert_close(found["theta"], (2 * (samples - theta.detach())).square().mean(0))
    assert not found["unused"].any()  # what the loss does not see may move freely


def test_the_proximal_step_solves_its_equation() -> None:
    """(theta - theta') / rate + 2 lambda F (theta - theta*) = 0."""
    anchor, weight = a_state(0), {name: value.square() for name, value in a_state(1).items()}
    before, parameters = a_state(2), learnable(a_state(2))
    proximal(parameters, anchor, weight, 7.0, 0.05)
    for name, value in parameters.items():
        residual = (value - before[name]) / 0.05 + 14.0 * weight[name] * (value - anchor[name])
        torch.testing.assert_close(residual.detach(), torch.zeros_like(before[name]))


def test_however_strong_it_holds_what_matters_and_leaves_the_rest_free() -> None:
    target = torch.tensor([3.0, 3.0, 3.0, 3.0])
    weight = {"w": torch.tensor([1.0, 0.5, 0.01, 0.0])}
    anchor = {"w": torch.zeros(4)}
    w = torch.zeros(4, requires_grad=True)
    optimiser = torch.optim.SGD([w], lr=0.1)
    for _ in range(100):
        optimiser.zero_grad()
        (w - target).square().sum().backward()
        optimiser.step()
        proximal({"w": w}, anchor, weight, 1e12, 0.1)
    assert float(w.detach()[:3].abs().max()) < 1e-6
    assert float(w.detach()[3]) == pytest.approx(3.0, abs=1e-3)


@pytest.fixture
def pretrained(lesson: Callable[..., Lesson], two_classes: Callable[..., Material]) -> tuple[Lesson, Model]:
    """A small model of the majority, and its lesson."""
    made = two_classes()
    made = replace(made, learns=made.guides, labels=np.zeros(len(made.guides), np.int64))
    first = lesson(name="pretraining", learns=(0,), epochs=20, fisher_samples=20)
    return first, fit_vae(first, made, 0, None, CPU)


def moved(model: Model, start: Model) -> float:
    """sum F d^2."""
    return float(
        sum(
            (start.fisher[name].astype(np.float64) * (value - start.weights[name]) ** 2).sum()
            for name, value in model.weights.items()
        )
    )


def test_the_information_of_a_model_is_never_negative(pretrained: tuple[Lesson, Model]) -> None:
    _, start = pretrained
    assert start.fisher.keys() == start.weights.keys()
    assert all((value >= 0).all() and np.isfinite(value).all() for value in start.fisher.values())
    assert all(value.shape == start.weights[name].shape for name, value in start.fisher.items())
    assert sum(value.sum() for value in start.fisher.values()) > 0


def test_a_stronger_pull_never_lets_a_model_go_further(
    pretrained: tuple[Lesson, Model], lesson: Callable[..., Lesson], two_classes: Callable[..., Material]
) -> None:
    first, start = pretrained
    way = []
    for strength in [*LAMBDAS, 1e12]:
        tuned = lesson(start=first, ewc=strength, ewc_step="proximal", epochs=20)
        way.append(moved(fit_vae(tuned, two_classes(), 0, start, CPU), start))
    assert all(later <= earlier for earlier, later in pairwise(way)), way
    assert way[0] > 100 * way[-2] > 0


def test_a_model_that_is_held_for_ever_stays(
    pretrained: tuple[Lesson, Model], lesson: Callable[..., Lesson], two_classes: Callable[..., Material]
) -> None:
    first, start = pretrained
    start = replace(start, fisher={**start.fisher, "mean.bias": np.zeros_like(start.fisher["mean.bias"])})
    tuned = lesson(start=first, ewc=1e12, ewc_step="proximal", epochs=5)
    after = fit_vae(tuned, two_classes(), 0, start, CPU)
    held = {name: 2 * tuned.learning_rate * 1e12 * value > 1e4 for name, value in start.fisher.items()}
    gone = {name: np.abs(value - start.weights[name]) for name, value in after.weights.items()}
    assert sum(mask.sum() for mask in held.values()) > 100
    assert all(gone[name][mask].max(initial=0.0) < 1e-6 for name, mask in held.items())
    assert gone["mean.bias"].min() > 1e-3  # without information nothing holds


def test_the_loss_that_is_reported_holds_the_penalty(
    pretrained: tuple[Lesson, Model], lesson: Callable[..., Lesson], two_classes: Callable[..., Material]
) -> None:
    """The sign: the fine-tuning loss is the plain loss and something on top."""
    first, start = pretrained
    one_step = {"start": first, "epochs": 2, "batch": 20}
    plain = fit_vae(lesson(**one_step), two_classes(), 0, start, CPU)
    held = fit_vae(lesson(**one_step, ewc=5.0), two_classes(), 0, start, CPU)
    assert held.losses[0] == plain.losses[0]  # one step an epoch: the first is taken at the start
    assert held.losses[1] > plain.losses[1]
