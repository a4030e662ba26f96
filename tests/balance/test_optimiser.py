"""The optimiser by hand: momentum, decay of weights, drops of the rate, and the length of a gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from tailmark.fusion.recipe import FusionRecipe, Search
from tailmark.nets.views import Encoders
from tailmark.training.task import Recipe
from tailmark.training.views.optimiser import decay, optimiser_of, shorten
from tailmark.training.views.run import Training

CPU = torch.device("cpu")
PLAIN = Recipe("experts", (), "linear", False, 10, 16, 0.1, 1.0, False)
SGD = replace(PLAIN, optimiser="sgd")
Make = Callable[..., Any]


def test_momentum_by_hand() -> None:
    draws = torch.Generator().manual_seed(0)
    weight = nn.Parameter(torch.randn(4, generator=draws))
    expected, velocity = weight.detach().clone(), torch.zeros(4)
    descent = optimiser_of([weight], replace(SGD, weight_decay=0.2), CPU, 0.1)
    for _ in range(4):
        gradient = torch.randn(4, generator=draws)
        weight.grad = gradient.clone()
        descent.step()
        velocity = 0.9 * velocity + gradient + 0.2 * expected
        expected = expected - 0.1 * velocity
        torch.testing.assert_close(weight.detach(), expected)


def test_a_weight_without_a_gradient_stays_and_so_does_its_momentum() -> None:
    moving, waiting = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    descent = optimiser_of([moving, waiting], replace(SGD, weight_decay=0.2), CPU, 0.1)
    moving.grad = torch.ones(2)
    descent.step()
    assert waiting.tolist() == [1, 1] and moving[0] < 1
    moving.grad, waiting.grad = None, torch.ones(2)
    before = moving.detach().clone()
    descent.step()
    torch.testing.assert_close(moving.detach(), before, rtol=0, atol=0)
    torch.testing.assert_close(waiting.detach(), torch.full((2,), 1 - 0.1 * 1.2))


def test_adam_is_what_it_was() -> None:
    assert isinstance(optimiser_of([nn.Parameter(torch.ones(2))], PLAIN, CPU, 0.1), torch.optim.Adam)


def test_the_rate_drops_once_each_time_a_share_is_passed() -> None:
    recipe = replace(SGD, drops=(0.5, 0.75), decay=0.9)
    descent = optimiser_of([nn.Parameter(torch.ones(2))], recipe, CPU, 1.0)
    rates = []
    for done in range(4, 21, 4):
        decay(descent, recipe, done - 4, done, 20)
        rates.append(descent.param_groups[0]["lr"])
    drops = [1, 1, 0.1, 0.01, 0.01]
    assert rates == pytest.approx([drop * 0.9**epoch for epoch, drop in enumerate(drops, start=1)])


def test_two_drops_in_an_epoch_are_both_taken() -> None:
    recipe = replace(SGD, drops=(0.5, 0.75))
    descent = optimiser_of([nn.Parameter(torch.ones(2))], recipe, CPU, 1.0)
    decay(descent, recipe, 0, 16, 20)
    assert descent.param_groups[0]["lr"] == pytest.approx(0.01)


def test_no_gradient_is_longer_than_the_clip() -> None:
    weights = [nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))]
    for clip, scale in ((2.5, 0.5), (5.1, 1.0), (None, 1.0)):
        weights[0].grad, weights[1].grad = torch.tensor([3.0, 0.0]), torch.tensor([4.0])
        shorten(weights, replace(SGD, clip=clip))
        torch.testing.assert_close(weights[0].grad, torch.tensor([3.0 * scale, 0.0]), rtol=1e-4, atol=0)
        torch.testing.assert_close(weights[1].grad, torch.tensor([4.0 * scale]), rtol=1e-4, atol=0)


@pytest.mark.parametrize("name", ["concatenation", "arl"])
@pytest.mark.parametrize(
    "recipe", [{"optimiser": "adam"}, {"clip": 0.05}, {"drops": (0.2,)}, {"weight_decay": 0.1}]
)
def test_what_a_recipe_says_changes_the_run(
    name: str, recipe: dict[str, Any], ready: Make, trained: Make
) -> None:
    plain, other = trained(ready(name, steps=14)), trained(ready(name, steps=14, recipe=recipe))
    assert not torch.equal(plain.answered(plain.ready.test), other.answered(plain.ready.test))


def test_the_clip_is_of_what_the_balance_leaves(ready: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Factors come first: nobody's gradient is longer than the clip for having been sped up."""
    training = Training(ready("arl", ("table", "table"), recipe={"clip": 0.01}), CPU)
    step, lengths = training.optimiser.step, []

    def told() -> None:
        found = torch.cat([weight.grad.flatten() for weight in training.network.parameters()])
        lengths.append(float(found.norm()))
        step()

    monkeypatch.setattr(training.optimiser, "step", told)
    for _ in training.chunk():
        pass
    assert lengths == pytest.approx([0.01] * 7, rel=1e-3)


def test_what_is_neutral_is_not_in_a_key() -> None:
    told = replace(SGD, drops=(0.5,), clip=40.0)
    assert told.numbers().keys() - PLAIN.numbers().keys() == {"optimiser", "drops", "clip"}
    fusion = FusionRecipe(("a", "b"), Encoders())
    watched = replace(fusion, watch_views=True, search=Search("gamma", ((1.0, 4.0),), 0.25, None))
    assert watched.numbers().keys() - fusion.numbers().keys() == {"watch_views", "search"}
    assert not {"optimiser", "drops", "clip"} & PLAIN.numbers().keys()
