"""MLA: views take turns, and what one has taught the classifier is spared by the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tailmark.balance.shares import entropy
from tailmark.errors import TailmarkError
from tailmark.methods.mla import Mla, forget
from tailmark.training.views.run import Training

Desk = Callable[..., Any]
Make = Callable[..., Any]
CPU = torch.device("cpu")
lengths = st.lists(st.floats(-2, 2), min_size=3, max_size=3)


@given(st.lists(lengths, min_size=1, max_size=5), st.floats(0.01, 10))
def test_the_projection_stays_symmetric_and_shrinks(directions: list[list[float]], ridge: float) -> None:
    projection = torch.eye(3, dtype=torch.float64)
    for numbers in directions:
        before = projection.clone()
        forget(projection, torch.tensor(numbers, dtype=torch.float64), ridge)
        torch.testing.assert_close(projection, projection.T)
        assert torch.linalg.eigvalsh(before - projection).min() >= -1e-9
    assert torch.linalg.eigvalsh(projection).min() >= -1e-9
    assert torch.linalg.eigvalsh(projection).max() <= 1 + 1e-9


def test_the_projection_is_the_inverse_of_what_was_seen() -> None:
    """By the formula of Sherman and Morrison: P = (I + sum r r' / a)^-1."""
    seen = torch.randn(4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    projection = torch.eye(3, dtype=torch.float64)
    for direction in seen:
        forget(projection, direction, 0.5)
    expected = torch.linalg.inv(torch.eye(3, dtype=torch.float64) + seen.T @ seen / 0.5)
    torch.testing.assert_close(projection, expected)


def test_without_a_ridge_a_direction_is_forgotten_and_what_is_across_it_is_kept() -> None:
    along = torch.tensor([3.0, 4.0, 0.0], dtype=torch.float64)
    across = torch.tensor([-4.0, 3.0, 2.0], dtype=torch.float64)
    left = []
    for ridge in (10.0, 0.1, 1e-9):
        projection = torch.eye(3, dtype=torch.float64)
        forget(projection, along, ridge)
        left.append(float((projection @ along).norm()))
        torch.testing.assert_close(projection @ across, across)
    assert left[0] > left[1] > left[2] and left[2] < 1e-8


def turns(made: Any) -> tuple[list[dict[str, Tensor]], list[Tensor]]:
    """The gradients of each view's turn, and the projections that they met; nothing is updated between."""
    found, met = [], [made.memory["projection"].clone()]

    def update() -> None:
        found.append(made.left())
        met.append(made.memory["projection"].clone())
        made.network.zero_grad()

    made.network.zero_grad()
    made.balance.gradients(made.step(update=update))
    return [*found, made.left()], met


@pytest.mark.parametrize("kinds", [("table", "table"), ("table", "table", "table")])
def test_in_its_turn_a_view_teaches_its_encoder_and_what_the_projection_lets_of_the_classifier(
    kinds: tuple[str, ...], desk: Desk
) -> None:
    made = desk("mla", kinds)
    found, met = turns(made)
    assert len(found) == len(kinds)
    for number, (gradients, projection) in enumerate(zip(found, met, strict=True)):
        own = made.plain(lambda step, number=number: step.loss(step.alone(step.features())[number]))
        for name, gradient in gradients.items():
            expected = own[name] @ projection if name == "classifier.head.weight" else own[name]
            torch.testing.assert_close(gradient, expected, rtol=1e-5, atol=1e-7, msg=name)
            if name.startswith("encoders"):
                assert bool(gradient.abs().max() > 0) == name.startswith(f"encoders.{number}.")
    means = [each.detach().mean(dim=0) for each in made.network.encoded(made.views)]
    by_hand = torch.eye(6)
    for projection, mean in zip(met, means, strict=True):
        torch.testing.assert_close(projection, by_hand)
        forget(by_hand, mean, made.balance.ridge)
    torch.testing.assert_close(made.memory["projection"], by_hand)


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
@pytest.mark.parametrize("views", [2, 3])
def test_the_encoder_of_a_waiting_view_does_not_move(optimiser: str, views: int, ready: Make) -> None:
    """Neither its momentum nor the weight decay moves it, in no step of the training."""
    recipe = {"optimiser": optimiser, "weight_decay": 0.01}
    training = Training(ready("mla", ("table",) * views, recipe=recipe), CPU)
    encoders = training.network.first.encoders
    step, turn = training.optimiser.step, [0]

    def told() -> None:
        before = [weight.clone() for weight in encoders.parameters()]
        step()
        moved = [
            any(
                not torch.equal(old, new)
                for old, new in zip(before[2 * m :], encoder.parameters(), strict=False)
            )
            for m, encoder in enumerate(encoders)
        ]
        assert moved == [m == turn[0] % views for m in range(views)], f"update {turn[0]}"
        turn[0] += 1

    training.optimiser.step = told  # type: ignore[method-assign]
    for _ in training.chunk():
        pass
    assert turn[0] == views * 7


def test_views_are_weighed_by_how_sure_they_are() -> None:
    even, sure = torch.zeros(2, 3), torch.tensor([[5.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    answer = Mla().answer(torch.full((2, 3), 99.0), [even, sure])
    weight = torch.stack([-entropy(even), -entropy(sure)]).softmax(dim=0)
    torch.testing.assert_close(answer[0], weight[1, 0] * sure[0])
    torch.testing.assert_close(weight[:, 1], torch.tensor([0.5, 0.5]))
    assert weight[1, 0] > 0.5


def test_a_run_answers_so(ready: Make, trained: Any) -> None:
    training = trained(ready("mla", ("table", "table")))
    expert, rows = training.network.first, training.ready.test
    with torch.inference_mode():
        alone = expert.alone(expert.encoded(training.clean(torch.from_numpy(rows))))
        expected = Mla().answer(alone[0], alone)
    torch.testing.assert_close(training.answered(rows), expected)


def test_features_of_unequal_width_are_refused(ready: Make) -> None:
    made = ready("mla", ("image", "table"))
    wide = replace(made, fusion=replace(made.fusion, encoders=replace(made.fusion.encoders, hidden=9)))
    message = (
        r"'mla' has one classifier .* features of one width; got 9 of 'a', 6 of 'b'. Set `hidden` and `columns` of the "
        r"suite's `encoders` to the same number"
    )
    with pytest.raises(TailmarkError, match=message):
        Training(wide, CPU)
