"""The quality of pseudo-labels: a confusion by hand, and what holds for every confusion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import entropy
from sklearn.metrics import balanced_accuracy_score, precision_score, recall_score

from tailmark.semi import pool

BY_HAND = np.array([[8, 2, 0], [1, 3, 0], [0, 2, 0]], dtype=np.int32)  # the third class is never predicted

confusions = arrays(np.int32, (4, 4), elements=st.integers(0, 50))


def test_a_confusion_by_hand() -> None:
    np.testing.assert_allclose(pool.recall(BY_HAND), [0.8, 0.75, 0.0])
    np.testing.assert_allclose(pool.precision(BY_HAND), [8 / 9, 3 / 7, np.nan])
    assert pool.balanced_accuracy(BY_HAND) == pytest.approx(1.55 / 3)
    said, true = np.array([9.5, 7.5, 0.5]) / 17.5, np.array([10.5, 4.5, 2.5]) / 17.5
    assert pool.divergence(BY_HAND) == pytest.approx((said * np.log(said / true)).sum())
    assert pool.divergence(BY_HAND) == pytest.approx(0.118610, abs=1e-6)


def test_what_is_not_defined_is_left_out() -> None:
    found = pool.measures(BY_HAND)
    assert set(found) == {
        *("balanced_accuracy", "kl", "recall/0", "recall/1", "recall/2"),
        *("precision/0", "precision/1"),
    }
    absent = pool.measures(np.array([[5, 1], [0, 0]]))  # the pool has no sample of the second class
    assert absent["balanced_accuracy"] == pytest.approx(5 / 6) and "recall/1" not in absent
    assert absent["precision/1"] == 0


def test_right_answers_are_worth_one_and_tell_no_bias() -> None:
    found = pool.measures(np.diag([90, 9, 1]))
    assert found.pop("kl") == 0
    assert set(found.values()) == {1.0}


def test_all_in_the_largest_class_is_bias() -> None:
    everything = np.array([[90, 0, 0], [9, 0, 0], [1, 0, 0]])
    assert pool.divergence(everything) > pool.divergence(np.diag([90, 9, 1]) + np.diag([9, 1], 1)) > 0
    assert pool.balanced_accuracy(everything) == pytest.approx(1 / 3)


def test_a_training_is_read_as_one_stack() -> None:
    stack = np.stack([BY_HAND, np.diag([10, 4, 2])])
    for measure in (pool.recall, pool.precision, pool.balanced_accuracy, pool.divergence):
        each = np.stack([measure(one) for one in stack])
        np.testing.assert_array_equal(measure(stack), each)


@given(confusions)
def test_as_other_libraries_have_it(confusion: np.ndarray) -> None:
    confusion = confusion + np.eye(4, dtype=np.int32)  # every class is there and predicted
    true, said = (np.repeat(axis.ravel(), confusion.ravel()) for axis in np.indices((4, 4)))
    np.testing.assert_allclose(pool.recall(confusion), recall_score(true, said, average=None))
    np.testing.assert_allclose(pool.precision(confusion), precision_score(true, said, average=None))
    assert pool.balanced_accuracy(confusion) == pytest.approx(balanced_accuracy_score(true, said))
    expected = entropy(confusion.sum(0) + 0.5, confusion.sum(1) + 0.5)
    assert pool.divergence(confusion) == pytest.approx(expected, abs=1e-12)
