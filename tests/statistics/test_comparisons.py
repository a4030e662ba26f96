"""Paired tests against the best method."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from tailmark import statistics
from tailmark.errors import TailmarkError
from tailmark.statistics import compare_to_best

SEEDS = np.array([0.0, 0.05, 0.02, -0.03, 0.01])  # what a split does to every method alike


def frame(**methods):
    return pd.DataFrame(methods)


def test_golden_holm():
    """Raw p values by scipy, times 2 and 1 in order, and never below the one before."""
    rng = np.random.default_rng(5)
    values = frame(
        best=SEEDS + 0.9, near=SEEDS + 0.89 + rng.normal(0, 0.01, 5), far=SEEDS + 0.8 + rng.normal(0, 0.01, 5)
    )
    raw = {m: stats.ttest_rel(values[m], values["best"]).pvalue for m in ("near", "far")}
    got = compare_to_best(values)
    assert raw["far"] < raw["near"]
    assert got["far"].p == pytest.approx(2 * raw["far"])
    assert got["near"].p == pytest.approx(max(2 * raw["far"], raw["near"]))
    assert got["far"].different
    assert not got["near"].different
    assert got["far"].difference == pytest.approx((values["far"] - values["best"]).mean())


def test_the_best_is_among_them_and_not_different_from_itself():
    got = compare_to_best(frame(a=[0.1, 0.2], b=[0.5, 0.7]))
    assert (got["b"].best, got["b"].difference, got["b"].p, got["b"].different) == ("b", 0.0, 1.0, False)
    assert got["a"].best == "b"


def test_pairing_sees_what_the_spread_of_the_splits_hides():
    """Every seed is 2 points better, while the seeds themselves are 8 points apart."""
    noise = np.array([0.0, 0.001, -0.001, 0.0005, 0.0])
    values = frame(a=SEEDS + 0.82 + noise, b=SEEDS + 0.80)
    assert stats.ttest_ind(values["a"], values["b"]).pvalue > 0.1
    assert compare_to_best(values)["b"].different


def test_deterministic_methods_are_settled_without_a_test():
    """A collapsed classifier gives 50 % at every seed."""
    got = compare_to_best(frame(good=[0.9] * 3, erm=[0.5] * 3, majority=[0.5] * 3, same=[0.9] * 3))
    assert (got["erm"].p, got["erm"].different) == (0.0, True)
    assert (got["same"].p, got["same"].different) == (1.0, False)


def test_a_shift_that_is_constant_but_for_rounding():
    values = frame(good=[0.3, 0.7, 0.1 + 0.2 + 0.6], erm=[0.1, 0.5, 0.7])
    assert compare_to_best(values)["erm"].p == 0.0


def test_a_missing_seed_leaves_out_that_pair_alone():
    values = frame(a=SEEDS + 0.9, b=SEEDS + np.array([0.8, 0.81, 0.79, 0.8, math.nan]))
    expected = stats.ttest_rel(values["b"][:4], values["a"][:4]).pvalue
    assert compare_to_best(values)["b"].p == pytest.approx(expected)


def test_one_shared_seed_is_no_evidence():
    got = compare_to_best(frame(a=[0.9, 0.9, 0.9], b=[0.1, math.nan, math.nan], c=[0.2, 0.3, 0.1]))
    assert math.isnan(got["b"].p)
    assert not got["b"].different
    assert got["c"].different  # and takes no part in Holm's count


def test_alone():
    assert list(compare_to_best(frame(a=[0.9, 0.8]))) == ["a"]


@given(st.lists(st.floats(0, 1) | st.just(math.nan), min_size=1, max_size=8))
@settings(deadline=None, max_examples=15)
def test_holm_agrees_with_statsmodels(p_values):
    made = ~np.isnan(p_values)
    corrected = np.array(statistics._holm(p_values))
    assert (np.isnan(corrected) == ~made).all()
    if made.any():
        assert corrected[made] == pytest.approx(multipletests(np.array(p_values)[made], method="holm")[1])


def test_equal_methods_are_seldom_called_different():
    """Picking the best by luck costs a little of the 5 %; without pairing or correction it costs far more."""
    rng = np.random.default_rng(2)
    tables = [pd.DataFrame(rng.normal(size=(5, 4)), columns=list("abcd")) for _ in range(300)]
    alarms = [any(one.different for one in compare_to_best(values).values()) for values in tables]
    assert 0.01 < np.mean(alarms) < 0.12


@pytest.mark.parametrize("values", [frame(), frame(a=[0.9], b=[math.nan])])
def test_a_method_without_values_is_refused(values):
    with pytest.raises(TailmarkError, match="one value or more for each method"):
        compare_to_best(values)
