"""Mean Teacher by hand: the distance to the averaged network, and how its weight grows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, softmax

from tailmark import methods
from tailmark.semi.step import Step

LABELLED, LABELS = [[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]], [0, 1]
WEAK, STRONG = [[1.0, 0.0, 0.5], [0.0, 2.0, 0.0]], [[0.0, 1.0, 2.0], [0.0, 1.0, 0.0]]
SUPERVISED = -log_softmax(LABELLED, axis=1)[[0, 1], LABELS].mean()


@pytest.mark.parametrize(
    ("progress", "grown"),
    [(0.0, np.exp(-5)), (2 / 15, np.exp(-5 / 4)), (4 / 15, 1.0), (0.9, 1.0)],
)
def test_the_loss_by_hand(
    step: Callable[..., Step], spoken: type[torch.nn.Module], progress: float, grown: float
) -> None:
    method = methods.make("mean-teacher", {"weight": 10}, "corrected")
    made = step(method, LABELLED, LABELS, WEAK, STRONG, progress=progress, average=spoken(0.5))
    teacher = softmax(0.5 * np.array(WEAK), axis=1)
    distance = ((softmax(STRONG, axis=1) - teacher) ** 2).mean()
    assert method.learn(made).item() == pytest.approx(SUPERVISED + 10 * grown * distance, rel=1e-5)


def test_the_gradient_reaches_the_student_alone(step: Callable[..., Step]) -> None:
    method = methods.make("mean-teacher", {}, "corrected")
    made = step(method, LABELLED, LABELS, WEAK, STRONG, progress=1.0)
    method.learn(made).backward()
    said, teacher = softmax(STRONG, axis=1), softmax(WEAK, axis=1)
    slope = 100 * 2 * (said - teacher) / said.size
    expected = said * (slope - (slope * said).sum(1, keepdims=True))
    np.testing.assert_allclose(made.strong.inputs["t"].grad, expected, atol=1e-5)
    assert made.weak.inputs["t"].grad is None
    assert all(weight.grad is None for weight in made.average.parameters())
    assert made.network.heads[0].factor.grad is not None
