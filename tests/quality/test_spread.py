"""The spread of generated samples: golden ratios, a collapse, and where there is no answer."""

import math

import numpy as np
import pytest

from tailmark.quality.spread import collapsed, spreads


def test_golden_ratios(normal):
    """Of three features, one twice and one four times as wide: the median is 2, the total weighs by variance."""
    real = normal(500, (0.0, 5.0, 0.0)) * np.array([1, 1, 10], dtype=np.float32)
    by_feature, total = spreads(real * np.array([2.0, 4.0, 1.0]), real)
    variances = np.var(real.astype(float), axis=0)
    assert by_feature == pytest.approx(2.0)
    assert total == pytest.approx(math.sqrt(variances @ [4, 16, 1] / variances.sum()))


def test_features_that_are_constant_in_the_real_samples_count_in_the_total_alone(normal):
    """0.1 is constant although its mean in binary differs from it."""
    real = np.column_stack([normal(700), np.full((700, 3), 0.1, dtype=np.float32)])
    made = real.copy()
    assert spreads(made, real) == (1.0, 1.0)
    made[:, 3:] = 5 * normal(700, (0.0, 0.0), seed=4)
    by_feature, total = spreads(made, real)
    assert by_feature == 1.0
    assert total > 3


def test_the_size_of_a_sample_does_not_shift_its_spread(normal):
    """Four samples of the same law: biased variances would put the ratio at 1.15 on average."""
    large = normal(5000)
    ratios = [spreads(large, normal(4, seed=seed))[1] ** -2 for seed in range(400)]
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.08)


def test_bytes_and_more_rows_than_a_block():
    made = np.random.default_rng(0).integers(0, 256, (5000, 2, 3), dtype=np.uint8)
    real = np.random.default_rng(1).integers(0, 256, (60, 2, 3), dtype=np.uint8)
    ratios = made.reshape(5000, 6).std(axis=0, ddof=1) / real.reshape(60, 6).std(axis=0, ddof=1)
    assert spreads(made, real)[0] == pytest.approx(np.median(ratios))


def test_a_point_mass_has_no_spread(normal):
    by_feature, total = spreads(np.full((50, 2), 0.3, dtype=np.float32), normal(50))
    assert by_feature == total == pytest.approx(0.0, abs=1e-12)


def test_no_answer_without_real_variety(normal):
    for made, real in ((normal(9), normal(1)), (normal(1), normal(9)), (normal(9), np.ones((9, 2)))):
        assert all(map(math.isnan, spreads(made, real)))


def test_a_collapse_is_a_tenth():
    assert [collapsed(0.0), collapsed(0.099), collapsed(0.1), collapsed(2.0)] == [1, 1, 0, 0]
    assert math.isnan(collapsed(math.nan))
