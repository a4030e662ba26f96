"""AGM: what a view adds by Shapley's rule, and that the one which runs ahead is slowed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from math import exp, factorial
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from tailmark.methods.agm import CAP, ahead, shapley
from tailmark.nets.joins import others_absent

Desk = Callable[..., Any]
TWO, THREE = ("table", "image"), ("table", "image", "table")


def features_of(made: Any) -> list[Tensor]:
    found: list[Tensor] = made.network.encoded(made.views)
    return found


@pytest.mark.parametrize("kinds", [TWO, THREE])
@pytest.mark.parametrize("loss", ["erm", "ldam"])  # a linear head, and one that is not
def test_what_the_views_add_sums_to_what_is_said(kinds: tuple[str, ...], loss: str, desk: Desk) -> None:
    made = desk("agm", kinds, loss=loss)
    features = features_of(made)
    total = torch.stack(shapley(made.step(), features)).sum(dim=0)
    torch.testing.assert_close(total, made.network.classifier(features))


def test_of_two_views_it_is_the_papers_formula(desk: Desk) -> None:
    made = desk("agm", TWO, loss="ldam")
    a, b = features = features_of(made)
    say = made.network.classifier
    one, other = shapley(made.step(), features)
    torch.testing.assert_close(one, (say([a, b]) - say([0 * a, b]) + say([a, 0 * b])) / 2)
    torch.testing.assert_close(other, (say([a, b]) - say([a, 0 * b]) + say([0 * a, b])) / 2)


def test_of_three_views_it_is_the_mean_over_all_orders(desk: Desk) -> None:
    made = desk("agm", THREE, loss="ldam")
    features = features_of(made)
    say = made.network.classifier
    nothing = say(others_absent(features, ()))
    expected = [nothing / 3 for _ in range(3)]
    for order in permutations(range(3)):
        for place, view in enumerate(order):
            without, with_it = (say(others_absent(features, order[:end])) for end in (place, place + 1))
            expected[view] = expected[view] + (with_it - without) / factorial(3)
    for found, by_hand in zip(shapley(made.step(), features), expected, strict=True):
        torch.testing.assert_close(found, by_hand)


def test_how_far_a_view_is_ahead() -> None:
    torch.testing.assert_close(ahead(torch.tensor([1.0, 3.0])), torch.tensor([exp(2), exp(-2)]))
    torch.testing.assert_close(
        ahead(torch.tensor([1.0, 2.0, 6.0])), torch.tensor([exp(3), exp(1.5), exp(-4.5)])
    )


def factors(made: Any, scores: list[float], now: list[float]) -> Tensor:
    """Of two views whose cross-entropies were these in the mean, and are those now."""
    made.memory["scores"] = torch.tensor(scores)
    made.memory["seen"] = torch.tensor(4.0)
    shares = []
    for value in now:  # of two classes: logits with this cross-entropy
        chance = exp(-value)
        shares.append(torch.tensor([[chance, 1 - chance]]).log())
    step = made.step()
    object.__setattr__(step, "labels", torch.tensor([0]))
    found: Tensor = made.balance._factors(shares, step)
    return found


def test_a_view_further_ahead_than_usual_is_slowed_and_the_other_sped_up(desk: Desk) -> None:
    made = desk("agm", alpha=0.2)
    found = factors(made, [1.0, 1.5], [0.5, 2.0])
    expected = [exp(0.2 * (exp(0.5) - exp(1.5))), exp(0.2 * (exp(-0.5) - exp(-1.5)))]
    torch.testing.assert_close(found, torch.tensor(expected))
    assert found[0] < 1 < found[1]
    torch.testing.assert_close(made.memory["scores"], torch.tensor([0.9, 1.6]))  # means of five
    assert float(made.memory["seen"]) == 5


def test_a_view_as_far_ahead_as_usual_is_left_alone(desk: Desk) -> None:
    torch.testing.assert_close(factors(desk("agm"), [0.5, 1.5], [0.7, 1.7]), torch.ones(2))


def test_the_speed_has_a_bound(desk: Desk) -> None:
    made = desk("agm", alpha=0.5)
    found = factors(made, [0.1, 6.0], [1.0, 1.0])
    assert float(found[0]) == pytest.approx(exp(0.5 * CAP))


def test_views_hopelessly_apart_have_finite_factors(desk: Desk) -> None:
    made = desk("agm")
    made.memory["scores"], made.memory["seen"] = torch.tensor([0.0, 200.0]), torch.tensor(3.0)
    step = made.step()
    object.__setattr__(step, "labels", torch.tensor([0]))
    shares = [torch.tensor([[200.0, 0.0]]), torch.tensor([[0.0, 200.0]])]
    assert made.balance._factors(shares, step).isfinite().all()


def test_the_factors_are_of_the_gradients_at_the_encoders(desk: Desk) -> None:
    made = desk("agm", TWO, alpha=0.5)
    plain = made.plain(lambda step: step.loss(step.fused(step.features())))
    made.memory["scores"].copy_(torch.tensor([1.0, 1.6]))
    made.memory["seen"].fill_(9)
    now = [cross_entropy(f, made.labels).item() for f in shapley(made.step(), features_of(made))]
    usual, is_now = ahead(torch.tensor([1.0, 1.6])), ahead(torch.tensor(now))
    k = (0.5 * (usual - is_now).clamp_max(CAP)).exp()
    assert (k - 1).abs().min() > 0.05
    for name, gradient in made.gradients().items():
        factor = k[int(name.split(".")[1])] if name.startswith("encoders") else 1.0
        torch.testing.assert_close(gradient, factor * plain[name], rtol=1e-4, atol=1e-7, msg=name)


def test_at_strength_zero_it_is_concatenation(ready: Any, trained: Any) -> None:
    plain, off, on = (
        trained(ready(name, **settings))
        for name, settings in (("concatenation", {}), ("agm", {"alpha": 0.0}), ("agm", {}))
    )
    rows = plain.ready.test
    torch.testing.assert_close(off.answered(rows), plain.answered(rows), rtol=0, atol=0)
    assert not torch.equal(on.answered(rows), plain.answered(rows))
