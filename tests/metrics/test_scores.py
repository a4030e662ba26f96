"""Metrics from scores: agreement with scikit-learn, ties, and the calibration error by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from tailmark import metrics
from tailmark.errors import TailmarkError


@st.composite
def binary_scores(draw):
    """Logits on a coarse grid, so that ties are common, and labels of both classes."""
    n = draw(st.integers(2, 60))
    labels = np.array([0, 1, *draw(st.lists(st.integers(0, 1), min_size=n - 2, max_size=n - 2))])
    grid = st.integers(-8, 8).map(lambda step: step / 2)
    scores = draw(st.lists(grid, min_size=2 * n, max_size=2 * n))
    return np.array(scores).reshape(n, 2), labels


@given(binary_scores())
@settings(deadline=None)
def test_ranking_agrees_with_scikit_learn(case):
    logits, labels = case
    values = metrics.from_scores(logits, labels)
    score = logits[:, 1] - logits[:, 0]
    false_alarms, sensitivity, _ = sk.roc_curve(labels, score, drop_intermediate=False)
    assert values["auroc"] == pytest.approx(sk.roc_auc_score(labels, score))
    assert values["average_precision"] == pytest.approx(sk.average_precision_score(labels, score))
    assert values["sensitivity_at_90"] == pytest.approx(sensitivity[false_alarms <= 0.1].max())


def test_golden_ranking():
    score = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    labels = np.array([1, 0, 1, 1, 0, 0])
    values = metrics.from_scores(np.stack([np.zeros(6), score], axis=1), labels)
    assert values["auroc"] == pytest.approx(7 / 9)
    assert values["average_precision"] == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert values["sensitivity_at_90"] == pytest.approx(1 / 3)


def test_nine_of_ten_kept_is_a_specificity_of_90_percent():
    """0.1 has no exact binary fraction; one false alarm in ten must not be lost to that."""
    score = np.array([5.0, 6.0, *range(-8, 1), 7.0])
    labels = np.array([1, 0, *[0] * 9, 1])
    logits = np.stack([np.zeros(12), score], axis=1)
    assert metrics.from_scores(logits, labels)["sensitivity_at_90"] == 1.0


def test_saturated_probabilities_do_not_tie():
    """Logits of 40 and 50 are both probability 1 to double precision, and still in order."""
    logits = np.array([[0.0, 40.0], [0.0, 50.0]])
    assert metrics.from_scores(logits, [0, 1])["auroc"] == 1.0


def test_scores_that_say_nothing():
    logits = np.zeros((20, 2))
    values = metrics.from_scores(logits, np.repeat([0, 1], [15, 5]))
    assert values == pytest.approx(
        {"ece": 0.25, "auroc": 0.5, "average_precision": 0.25, "sensitivity_at_90": 0.0}
    )


def test_calibration_error_by_hand():
    """Two bins: three samples at 0.95, two right; one at 0.55, wrong."""
    probabilities = np.array([[0.95, 0.05], [0.95, 0.05], [0.05, 0.95], [0.55, 0.45]])
    labels = np.array([0, 1, 1, 1])
    assert metrics.calibration_error(probabilities, labels) == pytest.approx(
        (3 * abs(0.95 - 2 / 3) + abs(0.55 - 0)) / 4
    )


@given(st.integers(2, 5), st.integers(1, 80), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_calibration_error_agrees_with_a_loop_over_bins(n_classes, n, seed):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(n_classes, 0.5), size=n)
    labels = rng.integers(n_classes, size=n)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, 16)
    expected = 0.0
    for low, high in itertools.pairwise(edges):
        within = (confidence > low) & (confidence <= high)
        if within.any():
            expected += within.mean() * abs(confidence[within].mean() - right[within].mean())
    assert metrics.calibration_error(probabilities, labels) == pytest.approx(expected)


def test_more_classes_have_no_ranking():
    assert set(metrics.from_scores(np.eye(3), [0, 1, 2])) == {"ece"}


def test_logits_far_apart_do_not_overflow():
    assert metrics.from_scores(np.array([[1e4, -1e4], [-1e4, 1e4]]), [0, 1])["ece"] == 0.0


@pytest.mark.parametrize(
    ("logits", "labels", "message"),
    [
        ([[0.0, 1.0], [1.0, 0.0]], [1, 1], "Expected both classes"),
        ([[0.0, 1.0], [np.nan, 0.0]], [0, 1], "NaN or infinity in 1 rows"),
        ([0.0, 1.0], [0, 1], r"shape \(2,\)"),
        ([[0.0, 1.0]], [0, 1], "got 1 for 2 labels"),
    ],
)
def test_what_cannot_be_ranked_is_refused(logits, labels, message):
    with pytest.raises(TailmarkError, match=message):
        metrics.from_scores(logits, labels)
