"""Ranks over blocks: Friedman's test and Nemenyi's critical difference."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tailmark.errors import TailmarkError
from tailmark.statistics import critical_difference, friedman


@pytest.mark.parametrize(
    ("methods", "quantile"), [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (10, 3.164)]
)
def test_critical_difference_by_the_table_of_demsar(methods, quantile):
    """His Table 5a, over six blocks so that the root is of k (k + 1) / 36."""
    expected = quantile * math.sqrt(methods * (methods + 1) / 36)
    assert critical_difference(methods, 6) == pytest.approx(expected, rel=5e-4)


def test_golden_ranks():
    """Three blocks that agree: chi-squared is n (k - 1) = 6 at its most."""
    values = pd.DataFrame({"a": [0.9, 0.8, 0.7], "b": [0.5, 0.6, 0.4], "c": [0.6, 0.7, 0.5]})
    got = friedman(values)
    assert got.ranks == {"a": 1.0, "b": 3.0, "c": 2.0}
    assert (got.statistic, got.n) == (pytest.approx(6.0), 3)
    assert got.p == pytest.approx(stats.chi2.sf(6.0, 2))
    assert got.critical_difference == pytest.approx(critical_difference(3, 3))


def test_ties_share_their_ranks_and_scipy_agrees():
    values = pd.DataFrame({"a": [0.9, 0.8, 0.7], "b": [0.9, 0.6, 0.7], "c": [0.6, 0.8, 0.5]})
    got = friedman(values)
    assert got.ranks == {"a": 1.5, "b": pytest.approx(2.0), "c": 2.5}
    assert got.statistic == pytest.approx(stats.friedmanchisquare(*values.to_numpy().T).statistic)


def test_nothing_but_ties():
    got = friedman(pd.DataFrame(np.full((3, 4), 0.5), columns=list("abcd")))
    assert (got.statistic, got.p) == (0.0, 1.0)
    assert set(got.ranks.values()) == {2.5}


def test_nemenyi_parts_what_is_further_apart_than_the_critical_difference():
    rng = np.random.default_rng(4)
    values = pd.DataFrame(rng.normal([0, 0.2, 0.5, 1.5, 3], size=(12, 5)), columns=list("abcde"))
    values.index = [f"dataset {k}" for k in range(12)]
    got = friedman(values)
    for one in values.columns:
        for other in values.columns.drop(one):
            apart = abs(got.ranks[one] - got.ranks[other])
            assert (got.pairwise.loc[one, other] < 0.05) == (apart > got.critical_difference)


@pytest.mark.parametrize(
    "values",
    [
        pd.DataFrame({"a": [1.0, 2.0], "b": [2.0, 3.0]}),
        pd.DataFrame({"a": [1.0], "b": [2.0], "c": [3.0]}),
        pd.DataFrame({"a": [1.0, 2.0], "b": [2.0, math.nan], "c": [3.0, 1.0]}),
    ],
)
def test_too_little_to_rank_is_refused(values):
    with pytest.raises(TailmarkError, match="two or more blocks and three or more methods"):
        friedman(values)
