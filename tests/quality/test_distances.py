"""Nearest samples, against a loop over all pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from tailmark.quality import nearest_to
from tailmark.quality.distances import apart, distance_to_nearest, squared_distances


@given(
    st.integers(1, 30), st.integers(1, 30), st.integers(1, 5), st.integers(1, 31), st.integers(0, 2**32 - 1)
)
def test_nearest_agrees_with_all_pairs_whatever_the_block(n, m, features, block, seed):
    rng = np.random.default_rng(seed)
    points, references = rng.normal(size=(n, features)), rng.normal(size=(m, features))
    pairs = cdist(points, references)
    nearest = nearest_to(points, references, block)
    assert nearest.dtype == np.int64
    assert pairs[np.arange(n), nearest] == pytest.approx(pairs.min(axis=1), abs=1e-5)


def test_blocks_change_nothing(normal):
    points, references = normal(100, seed=1), normal(333, seed=2)
    whole = nearest_to(points, references, block=1000)
    assert np.array_equal(whole, cdist(points, references).argmin(axis=1))
    assert len(np.unique(whole)) > 50
    assert np.array_equal(nearest_to(points, references, block=7), whole)


def test_images_of_bytes_do_not_wrap_around():
    references = np.array([[[0, 0]], [[250, 250]]], dtype=np.uint8)
    points = np.array([[[9, 9]], [[251, 255]], [[200, 240]]], dtype=np.uint8)
    assert nearest_to(points, references).tolist() == [0, 1, 1]
    assert apart(points[:1], references[1:]) == pytest.approx(241 * 2**0.5)


def test_a_copy_is_at_distance_zero_exactly(normal):
    references = normal(50, around=(0.0,) * 200, sd=10.0)
    assert not distance_to_nearest(references, references).any()
    assert np.diagonal(squared_distances(references, references)).any()  # where rounding alone would leave it


def test_data_far_from_the_origin_keeps_its_digits():
    """Squared lengths of 1e10 hold no digit of a squared distance of 1 in single precision."""
    references = np.array([[100_000.0, 0], [100_001.0, 0], [100_002.0, 0], [100_003.0, 0]], dtype=np.float32)
    points = references + np.float32(0.25)
    assert nearest_to(points, references).tolist() == [0, 1, 2, 3]


def test_a_squared_distance_is_never_negative(normal):
    points = normal(200, around=(1000.0, 1000.0, 1000.0))
    assert squared_distances(points, points).min() >= 0
    lengths = np.square(points).sum(axis=1)
    assert (lengths[:, None] + lengths - 2 * points @ points.T).min() < 0  # what was cut off
