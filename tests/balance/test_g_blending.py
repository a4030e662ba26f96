"""G-Blending: weights from how the losses generalise, found on samples that no step sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tailmark.methods.g_blending import TINY, blend, losses
from tailmark.training.views.run import Training

Desk = Callable[..., Any]
Make = Callable[..., Any]
CPU = torch.device("cpu")
numbers = st.lists(st.floats(0, 5), min_size=3, max_size=3)


def test_weights_by_hand() -> None:
    """Two losses: of the first, the held-out one fell by 0.6 and the gap grew by 0.2; of the second 0.3 and 0.3."""
    before = torch.tensor([[1.0, 1.2], [1.1, 1.3]])
    after = torch.tensor([[0.2, 0.6], [0.5, 1.0]])
    ratio = [0.6 / (0.04 + TINY) + TINY, 0.3 / (0.09 + TINY) + TINY]
    torch.testing.assert_close(blend(before, after), torch.tensor(ratio) / sum(ratio))


def test_a_gap_that_did_not_grow_has_a_finite_weight() -> None:
    before = torch.tensor([[1.0, 1.0], [1.0, 1.0]])
    found = blend(before, torch.tensor([[0.5, 1.0], [0.5, 1.0]]))
    torch.testing.assert_close(found, torch.tensor([1.0, 0.0]), atol=1e-6, rtol=0)
    torch.testing.assert_close(blend(before, before), torch.tensor([0.5, 0.5]))


@given(numbers, numbers, numbers, numbers)
def test_weights_are_shares(a: list[float], b: list[float], c: list[float], d: list[float]) -> None:
    found = blend(torch.tensor([a, b]), torch.tensor([c, d]))
    assert float(found.sum()) == pytest.approx(1, rel=1e-5) and (found >= 0).all()


def test_the_loss_is_the_weighted_sum(desk: Desk) -> None:
    made = desk("g-blending", ("table", "image"))
    torch.testing.assert_close(made.memory["weights"], torch.full((3,), 1 / 3))
    made.memory["weights"].copy_(torch.tensor([0.5, 0.3, 0.2]))

    def by_hand(step: Any) -> Tensor:
        features = step.features()
        one, other = (step.loss(logits) for logits in step.apart(features))
        total: Tensor = 0.5 * step.loss(step.fused(features)) + 0.3 * one + 0.2 * other
        return total

    expected = made.plain(by_hand)
    for name, gradient in made.gradients().items():
        torch.testing.assert_close(gradient, expected[name], rtol=1e-5, atol=1e-7, msg=name)
        assert gradient.abs().max() > 0


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_one_copy_for_the_single_views_is_as_good_as_one_each(optimiser: str, ready: Make) -> None:
    """As long as no gradient is shortened."""
    made = ready("g-blending", ("image", "table", "table"), recipe={"optimiser": optimiser, "clip": 40.0})
    training = Training(made, CPU)
    together = training._practised(lambda step: losses(step)[1:].sum(), 12)
    for number in range(3):
        apart = training._practised(lambda step, number=number: losses(step)[1 + number], 12)
        for part in ("encoders", "heads"):
            one, other = getattr(together, part)[number], getattr(apart, part)[number]
            for weight, same in zip(one.parameters(), other.parameters(), strict=True):
                torch.testing.assert_close(weight, same, rtol=1e-6, atol=1e-7)


def test_a_practice_leaves_the_network_as_it_is_and_learns(ready: Make) -> None:
    training = Training(ready("g-blending", ("table", "table")), CPU)
    before = [weight.clone() for weight in training.network.parameters()]
    copy = training._practised(lambda step: losses(step)[0], 20)
    for weight, old in zip(training.network.parameters(), before, strict=True):
        torch.testing.assert_close(weight, old, rtol=0, atol=0)
        assert weight.grad is None
    rows = torch.from_numpy(training.ready.training.rows)
    labels = torch.from_numpy(training.ready.training.labels)

    def loss(expert: Any) -> float:
        with torch.no_grad():
            logits = expert.classifier(expert.encoded(training.clean(rows)))
        return float(torch.nn.functional.cross_entropy(logits, labels))

    assert loss(copy) < loss(training.network.first) - 0.05


def test_what_is_held_out_is_never_stepped_on(ready: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by the training nor by a copy; the weights come from it and from no test sample."""
    made = ready("g-blending", ("table", "table"), steps=28)
    assert len(made.held) == 10 and not np.intersect1d(made.held, made.training.rows).size
    np.testing.assert_array_equal(np.sort([*made.held, *made.training.rows]), np.arange(100))
    training = Training(made, CPU)
    stepped: set[int] = set()
    looked: set[int] = set()
    augmented, raw = training._augmented, training.batches.raw

    def told(rows: Tensor, draws: Any) -> dict[str, Tensor]:
        stepped.update(rows.tolist())
        return augmented(rows, draws)

    def every(name: str, rows: Tensor) -> Tensor:
        looked.update(rows.tolist())
        return raw(name, rows)

    monkeypatch.setattr(training, "_augmented", told)
    monkeypatch.setattr(training.batches, "raw", every)
    found = []
    for _ in range(2):
        for _ in training.chunk():
            pass
        assert training.balancing is not None
        found.append(training.balancing.memory["weights"].clone())
    assert stepped == set(made.training.rows.tolist())
    training._deal()
    looked.clear()
    training.balancing.recess(training.clean, 14, 7, training._practised)
    assert looked == set(range(100)), "no test row"
    assert not torch.equal(found[0], torch.full((3,), 1 / 3)) and not torch.equal(found[0], found[1])


def test_weights_are_found_at_the_beginning_of_each_part(
    ready: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Epochs of 6 steps; three parts of 16."""
    training = Training(ready("g-blending", ("table", "table"), parts=3, steps=48), CPU)
    assert training.length == 6
    at: list[tuple[int, int]] = []
    practised = training._practised

    def told(teach: Any, steps: int) -> Any:
        at.append((training.done, steps))
        return practised(teach, steps)

    monkeypatch.setattr(training, "_practised", told)
    while not training.ended:
        for _ in training.chunk():
            pass
    assert at == [(0, 4), (0, 4), (18, 4), (18, 4), (36, 4), (36, 4)]


def test_losses_are_of_all_views_and_then_of_each(ready: Make) -> None:
    training = Training(ready("g-blending", ("image", "table")), CPU)
    expert, held = training.network.first, training.ready.held
    found: list[Tensor] = []

    class Look:
        def between(self, recess: Any) -> None:
            found.append(recess.losses(recess.network, recess.held))

    assert training.balancing is not None
    training.balancing.balance = Look()
    training.balancing.recess(training.clean, 0, 7, training._practised)
    with torch.no_grad():
        features = expert.encoded(training.clean(torch.from_numpy(held)))
        said = [expert.classifier(features), *expert.apart(features)]
    labels = torch.from_numpy(training.ready.held_labels)
    expected = [torch.nn.functional.cross_entropy(logits, labels) for logits in said]
    torch.testing.assert_close(found[0], torch.stack(expected))
