"""CDMAD by hand: soft labels without the bias, once it is warm, and answers without it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, softmax

from tailmark import methods
from tailmark.semi.step import Batch, Step

LABELLED, LABELS = [[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]], [0, 1]
WEAK, STRONG = [[1.0, 0.0, 0.5], [0.0, 2.0, 0.0]], [[0.0, 1.0, 2.0], [0.0, 1.0, 0.0]]
BIAS = [2.0, 0.5, -1.0]
SUPERVISED = -log_softmax(LABELLED, axis=1)[[0, 1], LABELS].mean()


@pytest.mark.parametrize(("progress", "debiased"), [(0.0, False), (0.2, False), (0.21, True), (1.0, True)])
def test_the_loss_by_hand(step: Callable[..., Step], progress: float, debiased: bool) -> None:
    method = methods.make("cdmad", {"weight": 3}, "corrected")
    target = softmax(np.array(WEAK) - debiased * np.array(BIAS), axis=1)
    unlabelled = -(target * log_softmax(STRONG, axis=1)).sum(1).mean()
    made = step(method, LABELLED, LABELS, WEAK, STRONG, blank=BIAS, progress=progress)
    assert method.learn(made).item() == pytest.approx(SUPERVISED + 3 * unlabelled, rel=1e-6)


def test_the_gradient_reaches_neither_the_pseudo_labels_nor_the_bias(step: Callable[..., Step]) -> None:
    method = methods.make("cdmad", {}, "corrected")
    made = step(method, LABELLED, LABELS, WEAK, STRONG, blank=BIAS, progress=1.0)
    method.learn(made).backward()
    target = softmax(np.array(WEAK) - BIAS, axis=1)
    np.testing.assert_allclose(
        made.strong.inputs["t"].grad, (softmax(STRONG, axis=1) - target) / 2, atol=1e-7
    )
    assert made.weak.inputs["t"].grad is None and made.blank.inputs["t"].grad is None


def test_its_answer_is_free_of_a_constant_bias(
    batch: Callable[..., Batch], spoken: type[torch.nn.Module]
) -> None:
    method, fair = methods.make("cdmad", {}, "corrected"), spoken()
    samples, blank = batch([[1.0, 0.5, 0.25], [0.0, -2.0, 4.0]]), batch([[0.0, 0.0, 0.0]])

    def leaning(asked: Batch) -> torch.Tensor:
        return fair(asked) + torch.tensor([3.0, -1.5, 0.125])

    assert torch.equal(method.answer(leaning, samples, blank, {}), fair(samples))
