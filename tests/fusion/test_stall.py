"""A training at chance level is stopped; the initialisation of paper 004 is why there is a check."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from tailmark.errors import DivergedError
from tailmark.fusion import loss, stall
from tailmark.fusion.design import Assessment, Design, Expert
from tailmark.fusion.experts import network
from tailmark.fusion.priors import skills
from tailmark.nets.views import Encoders, ViewShape
from tailmark.objective import Objective

VIEWS = (ViewShape("digit", "image", (16, 16, 1)), ViewShape("photo", "image", (16, 16, 3)))
COUNTS = np.geomspace(500, 5, 10)


def test_an_expert_at_chance_level_is_stopped() -> None:
    with pytest.raises(stall.StalledError, match=r"after 500 steps.*2\.303.*below 95% of log 10"):
        stall.check(math.log(10), classes=10, step=500)
    assert issubclass(stall.StalledError, DivergedError)


def test_the_line_is_at_95_per_cent() -> None:
    chance = math.log(10)
    stall.check(0.9499 * chance, classes=10, step=500)
    with pytest.raises(stall.StalledError):
        stall.check(0.9501 * chance, classes=10, step=500)


def test_a_loss_that_is_no_number_is_no_progress() -> None:
    with pytest.raises(stall.StalledError):
        stall.check(math.nan, classes=10, step=500)


def test_there_are_500_steps_of_grace() -> None:
    stall.check(math.log(10), classes=10, step=499)


def _first_gradient(init: str) -> float:
    """Of an expert's first convolution, at step 0."""
    experts = tuple(Expert(objective, ("digit", "photo")) for objective in skills(COUNTS))
    design = Design(experts, assessment=Assessment(Objective()))
    net = network(design, VIEWS, 10, Encoders(channels=(8, 16), hidden=32, init=init), seed=0)  # type: ignore[arg-type]
    draws = torch.Generator().manual_seed(0)
    views = {view.name: torch.rand(32, *view.shape, generator=draws) for view in VIEWS}
    labels = torch.randint(10, (32,), generator=draws)
    loss.loss(net(views), labels, design, loss.terms(design, torch.device("cpu"))).mean().backward()
    gradient = net.experts[0].encoders[0].conv1.weight.grad
    return gradient.abs().max().item()


def test_the_papers_initialisation_leaves_an_expert_without_a_gradient() -> None:
    assert _first_gradient("paper") < 1e-12
    assert _first_gradient("default") > 1e-5
