"""Scaling: fitted on the rows it is told, never on the test set, and clipped to its range."""

from __future__ import annotations

import numpy as np
import pytest

from tailmark.datasets import Prepared
from tailmark.training.features import features, scaled

TRAIN, TEST = np.arange(4), np.arange(4, 6)


def view(*last: float) -> np.ndarray:
    return np.array([[0, 5], [1, 5], [2, 5], [4, 5], [-8, 5], [last[0], 9]], dtype=np.float32)


@pytest.mark.parametrize(("how", "low"), [("minmax01", 0.0), ("minmax11", -1.0)])
def test_a_range_is_that_of_the_training_rows(how: str, low: float) -> None:
    train, test = scaled(view(40), TRAIN, TRAIN, how), scaled(view(40), TEST, TRAIN, how)
    np.testing.assert_allclose(train[:, 0], low + (1 - low) * np.array([0, 0.25, 0.5, 1]))
    np.testing.assert_allclose(test[:, 0], [low, 1.0])  # outside the range seen: clipped
    assert (train[:, 1] == low).all()  # a constant feature


@pytest.mark.parametrize("how", ["minmax01", "minmax11", "zscore", "none"])
def test_no_test_value_moves_a_training_value(how: str) -> None:
    np.testing.assert_array_equal(scaled(view(40), TRAIN, TRAIN, how), scaled(view(4e6), TRAIN, TRAIN, how))


def test_fitted_on_everything_the_test_set_leaks() -> None:
    rows = np.arange(6)
    assert not np.array_equal(
        scaled(view(40), TRAIN, rows, "minmax01"), scaled(view(80), TRAIN, rows, "minmax01")
    )


def test_zscore_and_unit() -> None:
    z = scaled(view(40), TRAIN, TRAIN, "zscore")
    np.testing.assert_allclose(z.mean(0), 0, atol=1e-7)
    np.testing.assert_allclose(z[:, 0].std(), 1, rtol=1e-6)
    pixels = scaled(np.array([[0, 51, 255]], np.uint8), np.array([0]), TRAIN[:1], "unit")
    np.testing.assert_allclose(pixels, [[0, 0.2, 1]])


def test_views_stand_side_by_side_in_the_order_of_their_names() -> None:
    views = {"b": view(40), "a": np.arange(24, dtype=np.uint8).reshape(6, 2, 2)}
    made = Prepared("x", views, np.zeros(6, np.int16), {}, ("c",), {"a": "unit", "b": "none"}, "d")
    matrix = features(made, TEST, TRAIN)
    assert matrix.shape == (2, 6) and matrix.dtype == np.float32
    np.testing.assert_allclose(matrix[0], [16 / 255, 17 / 255, 18 / 255, 19 / 255, -8, 5], rtol=1e-6)
