"""Supervised: the labelled batch alone, with a loss of another method."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import log_softmax

from tailmark import methods
from tailmark.errors import TailmarkError
from tailmark.semi.step import Facts, Step

LOGITS, LABELS = [[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]], [0, 2]


def test_it_is_the_cross_entropy_of_the_labelled_batch(step: Callable[..., Step]) -> None:
    method = methods.make("supervised", {}, "corrected")
    made = step(method, LOGITS, LABELS, weak=[[9.0, 0.0, 0.0]], strong=[[0.0, 9.0, 0.0]])
    value = method.learn(made)
    assert value.item() == pytest.approx(-log_softmax(LOGITS, axis=1)[[0, 1], LABELS].mean())
    value.backward()
    assert made.labelled.inputs["t"].grad is not None
    assert made.weak.inputs["t"].grad is None and made.strong.inputs["t"].grad is None


def test_its_loss_knows_the_labelled_counts(step: Callable[..., Step]) -> None:
    method = methods.make("supervised", {"loss": "logit-adjustment"}, "corrected")
    adjusted = np.array(LOGITS) + np.log(np.array([64, 27, 8]) / 99)
    value = method.learn(step(method, LOGITS, LABELS)).item()
    assert value == pytest.approx(-log_softmax(adjusted, axis=1)[[0, 1], LABELS].mean())


def test_a_scalar_of_the_loss_is_told_too(step: Callable[..., Step], facts: Facts) -> None:
    method = methods.make("supervised", {"loss": "focal"}, "corrected")
    assert method.memory(facts) == {"focus": 1.0}
    logs = log_softmax(LOGITS, axis=1)[[0, 1], LABELS]
    value = method.learn(step(method, LOGITS, LABELS)).item()
    assert value == pytest.approx((-(1 - np.exp(logs)) * logs).mean())


def test_a_loss_of_cosines_and_what_is_no_loss_are_refused() -> None:
    with pytest.raises(TailmarkError, match="loss of plain logits; 'ldam' needs a cosine head"):
        methods.make("supervised", {"loss": "ldam"}, "corrected")
    with pytest.raises(TailmarkError, match=r"Expected a loss.*got 'smote'"):
        methods.make("supervised", {"loss": "smote"}, "corrected")


def test_it_never_looks_at_the_pool_and_is_tuned_over_its_rate() -> None:
    method = methods.make("supervised", {"labels": "all", "rate": 3}, "corrected")
    assert method.sees == () and method.rate == 3.0
    assert method.tuned == ("rate", (1.0, 0.3, 3.0, 0.1))
