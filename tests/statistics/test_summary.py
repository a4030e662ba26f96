"""Mean, SD and interval over seeds."""

import math

import numpy as np
import pytest
from scipy import stats

from tailmark.errors import TailmarkError
from tailmark.statistics import summary


def test_golden_numbers():
    """t at 2 degrees of freedom is 4.3027."""
    got = summary([0.5, 0.6, 0.7])
    assert (got.mean, got.sd, got.n) == (pytest.approx(0.6), pytest.approx(0.1), 3)
    half = 4.302653 * 0.1 / math.sqrt(3)
    assert (got.low, got.high) == (pytest.approx(0.6 - half), pytest.approx(0.6 + half))


def test_agrees_with_scipy():
    values = np.random.default_rng(0).normal(size=10)
    interval = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    got = summary(values)
    assert (got.low, got.high) == pytest.approx((interval.low, interval.high))


def test_the_interval_holds_the_truth_nineteen_times_of_twenty():
    rng = np.random.default_rng(1)
    held = [(s := summary(rng.normal(size=3))).low < 0 < s.high for _ in range(2000)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


def test_equal_seeds_have_an_interval_of_no_width():
    got = summary([0.5, 0.5])
    assert (got.sd, got.low, got.high) == (0.0, 0.5, 0.5)


def test_one_seed_has_no_spread():
    got = summary([0.5])
    assert (got.mean, got.n) == (0.5, 1)
    assert all(math.isnan(value) for value in (got.sd, got.low, got.high))


@pytest.mark.parametrize("values", [[], [0.5, math.nan], [[0.5]]])
def test_missing_values_are_refused(values):
    with pytest.raises(TailmarkError, match="Expected a finite value"):
        summary(values)
