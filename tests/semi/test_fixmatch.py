"""FixMatch by hand: the loss, who is trusted, and where its gradient goes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, softmax

from tailmark import methods
from tailmark.semi.step import Step

LABELLED, LABELS = [[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]], [0, 1]
WEAK = [[5.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 6.0], [1.0, 2.0, 1.0]]  # sure, not, sure, not
STRONG = [[1.0, 2.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 4.0], [0.0, 0.0, 0.0]]


def test_the_loss_by_hand(step: Callable[..., Step]) -> None:
    method = methods.make("fixmatch", {"weight": 2.0}, "corrected")
    labelled = -log_softmax(LABELLED, axis=1)[[0, 1], LABELS].mean()
    logs = log_softmax(STRONG, axis=1)
    unlabelled = -(logs[0, 0] + logs[2, 2]) / 4
    value = method.learn(step(method, LABELLED, LABELS, WEAK, STRONG)).item()
    assert value == pytest.approx(labelled + 2 * unlabelled)


def test_the_gradient_reaches_the_strong_view_of_the_sure_alone(step: Callable[..., Step]) -> None:
    method = methods.make("fixmatch", {}, "corrected")
    made = step(method, LABELLED, LABELS, WEAK, STRONG)
    method.learn(made).backward()
    expected = np.zeros((4, 3))
    for row, pseudo in ((0, 0), (2, 2)):
        expected[row] = (softmax(STRONG[row]) - np.eye(3)[pseudo]) / 4
    np.testing.assert_allclose(made.strong.inputs["t"].grad, expected, atol=1e-7)
    assert made.weak.inputs["t"].grad is None
    assert all(weight.grad is None for weight in made.average.parameters())


def test_a_threshold_is_reached_by_what_equals_it(step: Callable[..., Step]) -> None:
    even = [[0.0, 0.0, -torch.inf]]  # half and half, to the bit
    trusting = methods.make("fixmatch", {"threshold": 0.5}, "corrected")
    wary = methods.make("fixmatch", {"threshold": 0.51}, "corrected")
    losses = [m.learn(step(m, LABELLED, LABELS, even, [[0.0, 1.0, 2.0]])).item() for m in (trusting, wary)]
    assert losses[0] - losses[1] == pytest.approx(-log_softmax([0.0, 1.0, 2.0])[0], rel=1e-5)


def test_the_student_labels_not_its_average(step: Callable[..., Step], spoken: type[torch.nn.Module]) -> None:
    method = methods.make("fixmatch", {}, "corrected")
    values = [
        method.learn(step(method, LABELLED, LABELS, WEAK, STRONG, average=spoken(factor))).item()
        for factor in (1.0, -3.0)
    ]
    assert values[0] == values[1]
