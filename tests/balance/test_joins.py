"""What a view says by itself in the classifier of all (diagnostic C14)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tailmark.fusion.design import Design, Expert, Joiner
from tailmark.fusion.experts import ExpertNetwork, network
from tailmark.nets.joins import Joined
from tailmark.nets.views import Encoders, ViewShape
from tailmark.objective import Objective

JOINS = ("concatenation", "low-rank", "gated", "sum", "shared")
NAMES = ("a", "b", "c")
Desk = Callable[..., Any]


def expert(join: str | Joiner, views: int = 2) -> ExpertNetwork:
    names = NAMES[:views]
    shapes = tuple(ViewShape(name, "table", (4,)) for name in names)
    design = Design((Expert(Objective(), names),), join=join, joined=5, rank=2)  # type: ignore[arg-type]
    made = network(design, shapes, 3, Encoders(columns=6), seed=1).first
    with torch.no_grad():
        for weight in made.parameters():  # biases that are not zero
            weight.add_(
                torch.randn(weight.shape, generator=torch.Generator().manual_seed(weight.numel())), alpha=0.1
            )
    return made


def features(views: int = 2, seed: int = 0) -> list[Tensor]:
    draws = torch.Generator().manual_seed(seed)
    return [torch.randn(7, 6, generator=draws) for _ in range(views)]


@pytest.mark.parametrize("views", [2, 3])
def test_concatenated_logits_are_those_of_the_views_less_the_biases_counted_too_often(views: int) -> None:
    made, seen = expert("concatenation", views), features(views)
    bias = made.classifier.head.bias
    assert bias.abs().min() > 1e-3
    singly = torch.stack(made.alone(seen)).sum(dim=0)
    torch.testing.assert_close(made.classifier(seen), singly - (views - 1) * bias)


@pytest.mark.parametrize("join", ["sum", "shared"])
@pytest.mark.parametrize("views", [2, 3])
def test_added_logits_are_those_of_the_views(join: str, views: int) -> None:
    made, seen = expert(join, views), features(views)
    torch.testing.assert_close(made.classifier(seen), torch.stack(made.alone(seen)).sum(dim=0))


@pytest.mark.parametrize("join", JOINS)
@pytest.mark.parametrize("views", [2, 3])
def test_what_a_view_says_by_itself_depends_on_no_other(join: str, views: int) -> None:
    made, seen, other = expert(join, views), features(views), features(views, seed=1)
    for number in range(views):
        mixed = [seen[m] if m == number else other[m] for m in range(views)]
        torch.testing.assert_close(made.alone(mixed)[number], made.alone(seen)[number], rtol=0, atol=0)
        assert not torch.allclose(made.alone(other)[number], made.alone(seen)[number])
        assert not torch.allclose(made.classifier(mixed), made.classifier(seen)), (
            "all have a say in the whole"
        )


def test_a_view_in_a_gated_join_is_its_own_gate() -> None:
    made, (a, b) = expert("gated"), features()
    one, other = made.classifier.join.maps
    head = made.classifier.head
    torch.testing.assert_close(made.classifier([a, b]), head(one(a).sigmoid() * other(b)))
    torch.testing.assert_close(made.alone([a, b])[0], head(one(a).sigmoid() * one(a)))
    torch.testing.assert_close(made.alone([a, b])[1], head(other(b).sigmoid() * other(b)))


@pytest.mark.parametrize("join", ["concatenation", "low-rank"])
def test_elsewhere_absent_views_are_zeros(join: str) -> None:
    made, (a, b) = expert(join), features()
    torch.testing.assert_close(made.alone([a, b])[1], made.classifier([0 * a, b]), rtol=0, atol=0)


def test_one_layer_is_shared_by_all_views() -> None:
    made, (a, b) = expert("shared"), features()
    assert sum(weight.numel() for weight in made.classifier.parameters()) == 3 * 6 + 3
    torch.testing.assert_close(made.alone([a, b])[0], made.classifier.head(a))
    torch.testing.assert_close(made.alone([a, b])[1], made.classifier.head(b))


def test_a_join_of_ones_own_falls_back_to_zeros() -> None:
    class Product(nn.Module):
        width = 6

        def forward(self, seen: Sequence[Tensor]) -> Tensor:
            return (1 + seen[0]) * (2 + seen[1])

    made, (a, b) = expert(lambda widths: Product()), features()
    assert isinstance(made.classifier, Joined)
    torch.testing.assert_close(made.alone([a, b])[0], made.classifier.head((1 + a) * 2))
    torch.testing.assert_close(made.alone([a, b])[1], made.classifier.head(2 + b))


def test_a_join_may_say_itself_what_a_view_is_alone() -> None:
    class Mean(nn.Module):
        width = 6

        def forward(self, seen: Sequence[Tensor]) -> Tensor:
            return torch.stack(list(seen)).mean(dim=0)

        def alone(self, seen: Sequence[Tensor], number: int) -> Tensor:
            return seen[number]

    made, (a, b) = expert(lambda widths: Mean()), features()
    torch.testing.assert_close(made.alone([a, b])[1], made.classifier.head(b))


@pytest.mark.parametrize(
    ("plain", "join"),
    [("concatenation", "concatenation"), ("sum", "sum"), ("gated", "gated"), ("low-rank", "low-rank")],
)
def test_arl_adds_no_weights_to_the_plain_join(plain: str, join: str, desk: Desk) -> None:
    one, other = desk(plain).network, desk("arl", join=join).network
    assert {name: w.shape for name, w in one.named_parameters()} == {
        name: w.shape for name, w in other.named_parameters()
    }
    for weight, same in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(weight, same, rtol=0, atol=0)
