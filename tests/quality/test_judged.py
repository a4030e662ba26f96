"""What a judge says of samples."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from tailmark.quality.judged import coverage, effective_classes, share_in

CLASSES = {5, 6, 7}
predictions = st.lists(st.integers(3, 8), min_size=1, max_size=40).map(np.array)


def test_the_share_in_the_class():
    assert share_in(CLASSES, np.array([5, 5, 6, 0])) == 0.75


@given(predictions, predictions)
def test_coverage_agrees_with_scipy(made, real):
    def effective(predicted):
        counts = [np.sum(predicted == k) for k in CLASSES]
        return np.exp(entropy(counts)) if any(counts) else 0.0

    assert effective_classes(CLASSES, made) == pytest.approx(effective(made))
    if effective(real):
        assert coverage(CLASSES, made, real) == pytest.approx(effective(made) / effective(real))
    else:
        assert math.isnan(coverage(CLASSES, made, real))


def test_golden_numbers_of_effective_classes():
    assert effective_classes(CLASSES, np.array([5, 6, 7] * 4)) == pytest.approx(3)
    assert effective_classes(CLASSES, np.array([6, 6])) == 1.0
    assert effective_classes(CLASSES, np.array([5, 5, 5, 6])) == pytest.approx(4 / 27**0.25)


def test_junk_is_not_variety():
    """What lands in other classes neither adds a class nor takes one away."""
    real = np.array([5, 6, 7])
    assert coverage(CLASSES, np.array([5, 0, 1, 2, 3]), real) == pytest.approx(1 / 3)
    assert coverage(CLASSES, np.array([0, 1]), real) == 0.0
