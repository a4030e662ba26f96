"""The released protocol's metrics: averages over batches."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from tailmark import metrics


def one_batch(labels, predicted):
    """What the released code computes for a batch, which knows only the classes in it."""
    matrix = confusion_matrix(labels, predicted)
    recall = np.diagonal(matrix) / matrix.sum(axis=1)
    return np.trace(matrix) / matrix.sum(), recall.mean(), recall.prod() ** (1 / len(matrix))


@given(st.integers(2, 4), st.integers(1, 5), st.sampled_from([0, 50, 90]), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_agrees_with_a_loop_over_batches(n_classes, n_batches, left_over, seed):
    """Predictions stay within the classes of their batch, where the released code gives a number."""
    rng = np.random.default_rng(seed)
    n = 100 * n_batches + left_over
    labels = rng.integers(n_classes, size=n)
    order = np.random.default_rng(metrics.BATCH_ORDER_SEED).permutation(n)
    predicted = np.empty(n, dtype=int)
    batches = [order[start : start + 100] for start in range(0, n, 100)]
    for batch in batches:
        predicted[batch] = rng.choice(labels[batch], size=batch.size)
    expected = np.average(
        [one_batch(labels[batch], predicted[batch]) for batch in batches],
        axis=0,
        weights=[batch.size for batch in batches],
    )
    values = metrics.batchwise(labels, predicted, n_classes)
    assert list(values) == ["batch_accuracy", "batch_balanced_accuracy", "batch_gmean"]
    assert list(values.values()) == pytest.approx(list(expected))


def test_averages_over_batches_are_not_the_metrics_of_the_whole():
    """Accuracy is the same; the geometric mean comes out lower, because it is concave in the recalls."""
    rng = np.random.default_rng(7)
    labels = np.repeat([0, 1], [5139, 4861])
    predicted = np.where((labels == 1) & (rng.random(10_000) < 0.7), 0, labels)
    whole = metrics.from_confusion(metrics.confusion(labels, predicted, 2))
    batches = metrics.batchwise(labels, predicted, 2)
    assert batches["batch_accuracy"] == pytest.approx(whole["accuracy"])
    assert batches["batch_balanced_accuracy"] != whole["balanced_accuracy"]
    assert whole["gmean"] - 0.01 < batches["batch_gmean"] < whole["gmean"] - 0.001


def test_a_batch_knows_only_its_classes():
    """One batch without class 2: its recall does not count. A class that is only predicted counts as 0."""
    assert metrics.batchwise([0, 1], [0, 1], 3)["batch_gmean"] == 1.0
    stray = metrics.batchwise([0, 1, 1, 1], [0, 1, 1, 2], 3)
    assert stray["batch_gmean"] == 0.0
    assert stray["batch_balanced_accuracy"] == pytest.approx((1 + 2 / 3 + 0) / 3)


def test_the_same_order_every_time():
    rng = np.random.default_rng(3)
    labels, predicted = rng.integers(2, size=(2, 500))
    assert metrics.batchwise(labels, predicted, 2) == metrics.batchwise(labels, predicted, 2)
