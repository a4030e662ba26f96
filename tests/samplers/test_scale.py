"""Features go into the range of the generators and come back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tailmark.samplers.scale import scale_of

FEATURES = arrays(np.float64, (6, 3), elements=st.floats(allow_nan=False, allow_infinity=False))


@given(FEATURES)
def test_features_are_fitted_into_the_range_and_come_back(X: np.ndarray) -> None:
    scale = scale_of(X, None)
    inside = scale.inward(X)
    assert (np.abs(inside) <= 1).all()
    back = scale.outward(inside, X.dtype)
    assert (np.abs(back / 2 - X / 2) <= 1e-6 * (X.max(axis=0) / 2 - X.min(axis=0) / 2)).all()


@given(FEATURES, arrays(np.float32, (4, 3), elements=st.floats(-1, 1, width=32)))
def test_what_is_generated_never_leaves_the_range_of_the_data(X: np.ndarray, made: np.ndarray) -> None:
    back = scale_of(X, None).outward(made, X.dtype)
    assert (back >= X.min(axis=0)).all() and (back <= X.max(axis=0)).all()


def test_the_ends_of_a_feature_are_the_ends_of_the_range() -> None:
    scale = scale_of(np.array([[2.0], [3.0], [6.0]]), None)
    assert scale.inward(np.array([[2.0], [3.0], [6.0]])).ravel().tolist() == [-1.0, -0.5, 1.0]


def test_a_declared_range_changes_nothing() -> None:
    X = np.array([[0.25, 0.5], [0.75, 0.5]])
    scale = scale_of(X, (0, 1))
    np.testing.assert_array_equal(scale.inward(X), X)
    assert scale.span == (0, 1)
    assert scale.outward(np.array([[0.0, 0.9]], np.float32), X.dtype).tolist() == [[0.0, 0.5]]


@pytest.mark.parametrize(("made", "whole"), [(0.19, 6), (-0.99, 0), (0.09, 5)])
def test_whole_numbers_are_rounded_not_cut(made: float, whole: int) -> None:
    scale = scale_of(np.array([[0], [10]]), None)
    assert scale.outward(np.array([[made]], np.float32), np.dtype(np.int64)).tolist() == [[whole]]
