"""CReST+ by hand: aligned pseudo-labels, the running mean, and what joins the labelled samples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax

from tailmark import methods
from tailmark.semi.step import Step

LABELLED, LABELS = [[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]], [0, 1]
WEAK = [[5.0, 0.0, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 6.0], [1.0, 2.0, 1.0]]
STRONG = [[1.0, 2.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 4.0], [0.0, 0.0, 0.0]]
FREQUENCY = np.array([64, 27, 8]) / 99


def aligned(t: float, predicted: np.ndarray) -> np.ndarray:
    wanted = FREQUENCY**t / (FREQUENCY**t).sum()
    moved = softmax(WEAK, axis=1) * (wanted + 1e-6) / (predicted + 1e-6)
    return moved / moved.sum(1, keepdims=True)


def loss(q: np.ndarray, threshold: float) -> float:
    logs, pseudo = log_softmax(STRONG, axis=1), q.argmax(1)
    unlabelled = -(logs[range(4), pseudo] * (q.max(1) >= threshold)).mean()
    return -log_softmax(LABELLED, axis=1)[[0, 1], LABELS].mean() + unlabelled


# t falls from 1 to 0.5 in six generations, each a sixth of the training.
@pytest.mark.parametrize(
    ("progress", "t"), [(0.0, 1.0), (0.16, 1.0), (0.17, 0.9), (0.51, 0.7), (0.99, 0.5), (1.0, 0.5)]
)
def test_predictions_are_as_frequent_as_the_generation_wants(
    step: Callable[..., Step], progress: float, t: float
) -> None:
    method = methods.make("crest", {}, "corrected")
    made = step(method, LABELLED, LABELS, WEAK, STRONG, progress=progress)
    predicted = np.array([0.2, 0.5, 0.3])
    made.memory["predicted"].copy_(torch.from_numpy(predicted))
    q = method._aligned(torch.tensor(WEAK).softmax(-1), made).numpy()
    np.testing.assert_allclose(q, aligned(t, predicted), rtol=1e-5)
    np.testing.assert_allclose(q.sum(1), 1, rtol=1e-6)


def test_the_loss_by_hand(step: Callable[..., Step]) -> None:
    method = methods.make("crest", {"threshold": 0.55}, "corrected")
    q = aligned(1.0, np.full(3, 1 / 3))
    assert (q.argmax(1) != softmax(WEAK, axis=1).argmax(1)).any()  # what is rare is said less often
    value = method.learn(step(method, LABELLED, LABELS, WEAK, STRONG)).item()
    assert value == pytest.approx(loss(q, 0.55), rel=1e-5)


def test_without_alignment_it_is_fixmatch(step: Callable[..., Step]) -> None:
    plain = methods.make("fixmatch", {}, "corrected")
    method = methods.make("crest", {"alignment": False}, "corrected")
    values = [m.learn(step(m, LABELLED, LABELS, WEAK, STRONG)).item() for m in (plain, method)]
    assert values[0] == values[1]


def test_the_mean_is_of_the_last_128_steps(step: Callable[..., Step]) -> None:
    method = methods.make("crest", {}, "corrected")
    made = step(method, LABELLED, LABELS, WEAK, STRONG)
    place = made.memory["predicted"].data_ptr()
    said = softmax(WEAK, axis=1).mean(0)
    method.learn(made)
    np.testing.assert_allclose(
        made.memory["predicted"].mean(0), (127 / 3 + said) / 128, rtol=1e-5
    )  # at first every class was predicted alike
    for _ in range(127):
        method.learn(made)
    np.testing.assert_allclose(made.memory["predicted"].mean(0), said, rtol=1e-5)
    assert made.memory["predicted"].data_ptr() == place


def test_the_gradient_reaches_no_pseudo_label(step: Callable[..., Step]) -> None:
    method = methods.make("crest", {"threshold": 0.55}, "corrected")
    made = step(method, LABELLED, LABELS, WEAK, STRONG)
    method.learn(made).backward()
    q = aligned(1.0, np.full(3, 1 / 3))
    sure = (q.max(1) >= 0.55)[:, None]
    expected = sure * (softmax(STRONG, axis=1) - np.eye(3)[q.argmax(1)]) / 4
    np.testing.assert_allclose(made.strong.inputs["t"].grad, expected, atol=1e-6)
    assert made.weak.inputs["t"].grad is None and not made.memory["predicted"].requires_grad


def test_what_joins_by_hand() -> None:
    """64, 27 and 8 labelled samples: half of the first class joins, 3/4 of the second, all of the third."""
    sure = [0.5, 0.9, 0.7, 0.6]
    rows = [np.roll([p, (1 - p) / 2, (1 - p) / 2], label) for label in range(3) for p in sure]
    method = methods.make("crest", {}, "corrected")
    positions, labels = method.adopt(np.array(rows), np.array([64, 27, 8]))
    assert positions.tolist() == [1, 2, 5, 6, 7, 9, 10, 11, 8]
    assert labels.tolist() == [0, 0, 1, 1, 1, 2, 2, 2, 2]


def test_ranks_decide_not_the_order_of_the_classes() -> None:
    method = methods.make("crest", {}, "corrected")
    rows = np.repeat(np.eye(3), 8, axis=0)
    _, labels = method.adopt(rows, np.array([8, 64, 27]))
    assert np.bincount(labels).tolist() == [8, 4, 6]


@given(
    st.lists(st.integers(1, 500), min_size=3, max_size=3),
    st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), max_size=40),
)
def test_what_joins_is_the_surest_of_each_class_once(counts: list[int], rows: list[list[float]]) -> None:
    probability = np.array(rows).reshape(-1, 3)
    method = methods.make("crest", {}, "corrected")
    positions, labels = method.adopt(probability, np.array(counts))
    assert len(set(positions.tolist())) == len(positions)
    np.testing.assert_array_equal(labels, probability.argmax(1)[positions])
    left = np.setdiff1d(np.arange(len(probability)), positions)
    for label in range(3):
        joined = probability[positions[labels == label], label]
        stayed = probability[left][probability[left].argmax(1) == label, label]
        assert not (len(joined) and len(stayed)) or joined.min() >= stayed.max()
    rarest = int(np.argsort(-np.array(counts), kind="stable")[-1])
    assert (labels == rarest).sum() == (probability.argmax(1) == rarest).sum()
