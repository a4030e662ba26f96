"""Dependence and certainty, the two sides of ARL's condition, and the speeds made of them (diagnostic C16)."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tailmark.balance.shares import certainty, dependence, entropy
from tailmark.methods.arl import CLAMP, Arl

sizes = st.floats(0.05, 5)
sharpness = st.floats(0, 20)


def said(*scales: float) -> list[Tensor]:
    """Logits of some views that differ in nothing but their size."""
    logits = torch.randn(16, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return [scale * logits for scale in scales]


def test_dependence_is_the_sum_over_classes_of_the_mean_size() -> None:
    one, other = torch.tensor([[1.0, -3.0], [2.0, 0.0]]), torch.tensor([[-1.0, 0.0], [0.0, 1.0]])
    torch.testing.assert_close(dependence([one, other]), torch.tensor([3.0, 1.0]) / 4)


def test_certainty_is_the_share_of_the_inverse_entropy() -> None:
    even, sharper = torch.zeros(5, 2), torch.tensor([[math.log(3), 0.0]]).repeat(5, 1)
    h = math.log(2), -0.75 * math.log(0.75) - 0.25 * math.log(0.25)
    expected = torch.tensor([1 / h[0], 1 / h[1]])
    torch.testing.assert_close(certainty([even, sharper]), expected / expected.sum())


def test_an_entropy_counts_as_three_tenths_of_both_at_the_least() -> None:
    sure = torch.tensor([[60.0, 0.0]])
    least = CLAMP / 2
    assert least == pytest.approx(0.3)
    torch.testing.assert_close(
        certainty([torch.zeros(1, 2), sure], least=least), torch.tensor([3 / 13, 10 / 13])
    )
    torch.testing.assert_close(certainty([sure, sure], least=least), torch.tensor([0.5, 0.5]))


@given(st.lists(st.floats(-30, 30), min_size=2, max_size=9))
def test_an_entropy_lies_between_nothing_and_that_of_guessing(logits: list[float]) -> None:
    found = float(entropy(torch.tensor([logits], dtype=torch.float64)))
    assert -1e-12 <= found <= math.log(len(logits)) + 1e-12
    even = entropy(torch.full((1, len(logits)), 2.0, dtype=torch.float64))
    assert float(even) == pytest.approx(math.log(len(logits)))


@given(sizes, sizes)
def test_the_shares_sum_to_one_and_stay_in_their_bounds(one: float, other: float) -> None:
    q, d = certainty(said(one, other), least=0.3), dependence(said(one, other))
    assert float(q.sum()) == pytest.approx(1) and float(d.sum()) == pytest.approx(1)
    assert float(q.min()) >= 3 / 13 - 1e-9 and float(q.max()) <= 10 / 13 + 1e-9


@given(sizes, sizes, sharpness)
def test_of_two_views_the_speed_is_a_sigmoid(one: float, other: float, sharp: float) -> None:
    alone = said(one, other)
    k = Arl(sharpness=sharp)._speeds(alone)
    gap = certainty(alone, least=0.3) - dependence(alone)
    torch.testing.assert_close(k[0], torch.sigmoid(sharp * gap[0]))
    assert float(k.sum()) == pytest.approx(1)


@given(st.lists(sizes, min_size=2, max_size=4), sharpness)
def test_equal_views_learn_equally_fast(sizes: list[float], sharp: float) -> None:
    views = len(sizes)
    equal = said(*[sizes[0]] * views)
    torch.testing.assert_close(Arl(sharpness=sharp)._speeds(equal), torch.full((views,), 1 / views).double())
    torch.testing.assert_close(
        Arl(sharpness=0.0)._speeds(said(*sizes)), torch.full((views,), 1 / views).double()
    )


def with_shares(q: float, d: float, monkeypatch: pytest.MonkeyPatch) -> float:
    """The first of two views' speed under shares that are given."""
    monkeypatch.setattr("tailmark.balance.shares.certainty", lambda alone, least: torch.tensor([q, 1 - q]))
    monkeypatch.setattr("tailmark.balance.shares.dependence", lambda alone: torch.tensor([d, 1 - d]))
    return float(Arl(sharpness=8.0)._speeds(said(1.0, 1.0))[0])


@pytest.mark.parametrize(("q", "d"), [(0.5, 0.5), (0.3, 0.3), (0.7, 0.7)])
def test_views_that_are_used_as_they_should_be_are_left_alone(
    q: float, d: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert with_shares(q, d, monkeypatch) == pytest.approx(0.5)


@pytest.mark.parametrize(("q", "d"), [(0.5, 0.3), (0.7, 0.5), (0.4, 0.39)])
def test_a_view_that_is_used_too_little_is_sped_up(
    q: float, d: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert with_shares(q, d, monkeypatch) == pytest.approx(1 / (1 + math.exp(-8 * (q - d))))
    assert with_shares(q, d, monkeypatch) > 0.5 > with_shares(d, q, monkeypatch)


@given(st.floats(0.06, 4), st.floats(1.05, 2))
def test_a_view_learns_slower_the_more_the_model_depends_on_it(size: float, more: float) -> None:
    """Logits that are shifted alike have the entropy that they had, and are larger."""
    base = said(1.0)[0].abs()  # so that a shift makes every one larger
    near, far = [base + size, base], [base + size * more, base]
    torch.testing.assert_close(certainty(near, least=0.3), certainty(far, least=0.3))
    assert dependence(far)[0] > dependence(near)[0]
    assert Arl()._speeds(far)[0] < Arl()._speeds(near)[0]


@given(st.floats(0.45, 0.9), st.floats(0.01, 0.3))
def test_a_view_learns_slower_the_less_certain_it_is(chance: float, more: float) -> None:
    """Two classes: log-odds with a shift that keeps the size of both views' logits the same."""

    def logits(chance: float) -> Tensor:
        odds = math.log(chance / (1 - chance))
        assert abs(odds) < 8
        return torch.tensor([[4 + odds / 2, 4 - odds / 2]], dtype=torch.float64)

    start = 0.5 + abs(chance - 0.5) / 2
    less, surer = logits(start), logits(min(start + more, 0.98))
    other = logits(0.7)
    torch.testing.assert_close(dependence([less, other]), dependence([surer, other]))
    assert certainty([less, other], least=0.3)[0] < certainty([surer, other], least=0.3)[0]
    assert Arl()._speeds([less, other])[0] < Arl()._speeds([surer, other])[0]


@given(sizes, sizes, sizes)
def test_of_three_views_it_is_a_softmax_of_half_the_gaps(one: float, two: float, three: float) -> None:
    alone = said(one, two, three)
    q, d = certainty(alone, least=0.2), dependence(alone)
    k = Arl(sharpness=6.0)._speeds(alone)
    torch.testing.assert_close(k, (3.0 * (q - d)).softmax(dim=0))
    order = (q - d).argsort()
    assert (k[order].diff() >= 0).all(), "the further behind its share, the faster"


@pytest.mark.parametrize(("speeds", "value"), [("constant", 1 / 3), ("none", 0.0)])
def test_speeds_may_be_no_ones(speeds: str, value: float) -> None:
    found = Arl(speeds=speeds)._speeds(said(0.1, 1.0, 3.0))  # type: ignore[arg-type]
    torch.testing.assert_close(found, torch.full((3,), value))


def test_views_that_say_nothing_have_finite_shares() -> None:
    nothing = [torch.zeros(4, 3), torch.zeros(4, 3)]
    assert dependence(nothing).isfinite().all()
    sure = [torch.tensor([[1e4, 0.0]]), torch.tensor([[0.0, 1e4]])]
    torch.testing.assert_close(certainty(sure), torch.tensor([0.5, 0.5]))
    assert Arl()._speeds(nothing).isfinite().all() and Arl()._speeds(sure).isfinite().all()
