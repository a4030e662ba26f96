"""One method against each of the others, paired by seed."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tailmark.statistics import duels

FRAME = pd.DataFrame(
    {
        "ours": [0.70, 0.72, 0.71, 0.74],
        "far": [0.50, 0.53, 0.50, 0.55],
        "near": [0.69, 0.73, 0.70, 0.74],
        "late": [np.nan, np.nan, np.nan, 0.60],
        "never": [np.nan] * 4,
    }
)


def test_differences_and_p_values_are_those_of_the_paired_t_test() -> None:
    found = duels(FRAME, "ours")
    far, near = (stats.ttest_rel(FRAME["ours"], FRAME[m]).pvalue for m in ("far", "near"))
    assert found["far"].p == pytest.approx(2 * far)  # Holm: the smaller of two times two
    assert found["near"].p == pytest.approx(near)
    assert found["far"].different
    assert not found["near"].different
    assert found["far"].difference.mean == pytest.approx(0.1975)
    interval = stats.ttest_rel(FRAME["ours"], FRAME["far"]).confidence_interval()
    assert (found["far"].difference.low, found["far"].difference.high) == pytest.approx(tuple(interval))


def test_one_seed_in_common_is_a_difference_without_a_test() -> None:
    late = duels(FRAME, "ours")["late"]
    assert late.difference.mean == pytest.approx(0.14)
    assert late.difference.n == 1
    assert math.isnan(late.p)
    assert not late.different


def test_who_shares_no_seed_is_not_met() -> None:
    assert list(duels(FRAME, "ours")) == ["far", "near", "late"]


def test_the_order_of_the_two_turns_the_sign() -> None:
    forth, back = duels(FRAME[["ours", "far"]], "ours")["far"], duels(FRAME[["ours", "far"]], "far")["ours"]
    assert forth.difference.mean == -back.difference.mean
    assert forth.p == back.p
