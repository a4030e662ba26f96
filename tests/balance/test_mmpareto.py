"""MMPareto: the mixture of two gradients by hand, and to whom it is given (diagnostic C20)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tailmark.methods.mmpareto import mixed, pareto

Desk = Callable[..., Any]
vectors = st.lists(st.floats(-3, 3), min_size=4, max_size=4)


def share(one: Tensor, other: Tensor) -> float:
    return float(pareto(one @ one, one @ other, other @ other))


def of(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


@pytest.mark.parametrize(
    ("one", "other", "weight"),
    [
        (of(1, 0), of(3, 0), 0.5),  # parallel
        (of(2, 1), of(1, 2), 0.5),  # they agree
        (of(1, 0), of(0, 1), 0.5),  # orthogonal and equally long
        (of(2, 0), of(0, 1), 0.2),  # orthogonal: the longer counts for less
        (of(1, 0), of(-1, 0), 0.5),  # opposite: they cancel
        (of(1, 0), of(-3, 0), 0.75),
        (of(1, 0), of(-1, 1), 0.6),
    ],
)
def test_the_weight_of_the_first(one: Tensor, other: Tensor, weight: float) -> None:
    assert share(one, other) == pytest.approx(weight)
    assert share(other, one) == pytest.approx(1 - weight)


@given(vectors, vectors)
def test_where_they_disagree_no_mixture_is_shorter(one: list[float], other: list[float]) -> None:
    g1, g2 = of(*one), of(*other)
    w = share(g1, g2)
    assert 0 <= w <= 1
    if g1 @ g2 <= 0:
        best = min(float((v * g1 + (1 - v) * g2).norm()) for v in np.linspace(0, 1, 201))
        assert float((w * g1 + (1 - w) * g2).norm()) <= best + 1e-6


def test_the_weight_stays_within_its_bounds() -> None:
    """Beyond them lies only what the formula says of gradients that agree; it is clipped all the same."""
    one, cross, other = torch.tensor(4.0), torch.tensor(-0.0), torch.tensor(0.0)
    assert float(pareto(one, cross, other)) == 0
    assert float(pareto(other, cross, one)) == 1
    assert float(pareto(other, cross, other)) == 0, "no gradient at all"


def test_where_they_agree_it_is_the_sum() -> None:
    one, other = [of(1, 2), of(0.5)], [of(2, -0.5), of(3)]
    for g1, g2, g in zip(one, other, mixed(one, other, 1.5), strict=True):
        torch.testing.assert_close(g, 1.5 * (g1 + g2))


def test_opposite_gradients_by_hand() -> None:
    """2 (3/4, 0) + 2 (-3/4, 0) cancel in one weight; in the other g2 alone is left, at half its length."""
    (first,) = mixed([of(1.0, 0.0)], [of(-3.0, 0.0)], 1.0)
    torch.testing.assert_close(first, of(0.0, 0.0))
    one, other = [of(2, 0), of(0, 0)], [of(0, 0), of(0, 1)]
    found = mixed(one, other, 1.0)  # w1 = 1/5
    torch.testing.assert_close(found[0], of(2, 0))  # 2/5 (2, 0), made as long as (2, 0)
    torch.testing.assert_close(found[1], of(0, 1.6))  # longer than (0, 1), so left


@given(
    st.lists(vectors, min_size=2, max_size=3), st.lists(vectors, min_size=3, max_size=3), st.floats(0.5, 2)
)
def test_no_part_is_shorter_than_that_of_the_sum(
    one: list[list[float]], other: list[list[float]], scale: float
) -> None:
    g1 = [of(*values) for values in one]
    g2 = [of(*values) for values in other[: len(g1)]]
    shares = share(torch.cat(g1), torch.cat(g2))
    for a, b, g in zip(g1, g2, mixed(g1, g2, scale), strict=True):
        mixture = 2 * shares * a + 2 * (1 - shares) * b
        if mixture.norm() > 1e-9:
            expected = scale * max(float(mixture.norm()), float((a + b).norm()))
            assert float(g.norm()) == pytest.approx(expected, rel=1e-6)
            assert float(g @ mixture) == pytest.approx(float(g.norm() * mixture.norm()), rel=1e-6)
        assert g.isfinite().all()


def test_agreement_is_of_an_encoders_weights_together() -> None:
    """One weight disagrees; all together they agree."""
    one, other = [of(3, 0), of(1)], [of(3, 0), of(-1)]
    found = mixed(one, other, 1.0)
    torch.testing.assert_close(found[0], of(6, 0))
    torch.testing.assert_close(found[1], of(0))


@pytest.mark.parametrize("kinds", [("image", "table"), ("image", "table", "table")])
def test_encoders_get_mixtures_and_classifiers_the_sum(kinds: tuple[str, ...], desk: Desk) -> None:
    made = desk("mmpareto", kinds, scale=1.5)
    joint = made.plain(lambda step: step.loss(step.fused(step.features())))
    single = made.plain(
        lambda step: torch.stack([step.loss(logits) for logits in step.apart(step.features())]).sum()
    )
    found = made.gradients()
    assert any(name.startswith("heads") for name in found)
    for number in range(len(kinds)):
        names = [name for name in found if name.startswith(f"encoders.{number}.")]
        expected = mixed([joint[name] for name in names], [single[name] for name in names], 1.5)
        for name, gradient in zip(names, expected, strict=True):
            torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-7, msg=name)
    for name, gradient in found.items():
        if not name.startswith("encoders"):
            torch.testing.assert_close(gradient, joint[name] + single[name], rtol=1e-5, atol=1e-7, msg=name)
            assert gradient.abs().max() > 0
