"""The largest standard error that runs can have, and those in print that are larger."""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailmark.published import audit, table
from tailmark.published.spread import largest_error, largest_near


@given(st.lists(st.floats(0, 1), min_size=2, max_size=12))
def test_no_runs_have_more(values):
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    assert error <= largest_near(np.mean(values) - 1e-9, np.mean(values) + 1e-9, len(values)) + 1e-9


@pytest.mark.parametrize("runs", [2, 3, 4])
def test_some_runs_have_as_much(runs):
    """Every choice of runs on a grid: the largest spread at each mean is the bound."""
    found: dict[int, float] = {}
    for values in itertools.combinations_with_replacement(range(11), runs):
        error = np.std(values, ddof=1) / 10 / np.sqrt(runs)
        found[sum(values)] = max(found.get(sum(values), 0), error)
    for total, error in found.items():
        assert error == pytest.approx(largest_error(total / 10 / runs, runs), abs=1e-9)


def test_near_the_top_it_is_what_the_mean_lacks():
    assert largest_error(0.9985, 10) == pytest.approx(0.0015)
    assert largest_error(0.9, 10) == pytest.approx(0.1)
    assert largest_error(0.8, 10) < 0.2
    assert largest_error(0.5, 1) == 0


def test_of_a_range_of_means_the_largest_counts():
    assert largest_near(0.97, 0.99, 10) == pytest.approx(0.03)
    assert largest_near(0.895, 0.905, 10) >= largest_error(0.9, 10)
    assert largest_near(-0.1, 1.1, 2) == pytest.approx(0.5)


def found(id, kind):
    return [finding for finding in audit(table(id)) if finding.kind == kind]


def test_every_impossible_error_in_print():
    broken = found("fusion/1", "spread")
    assert Counter(finding.row for finding in broken) == {"SADE-LMF": 12, "PROPOSED METHOD": 11}
    assert {finding.metrics for finding in broken} == {("accuracy",)}
    (of_melanoma,) = found("fusion/3", "spread")
    assert (of_melanoma.row, of_melanoma.why) == (
        "SADE",
        "ACCURACY 95.34 (5.46): 10 runs with this mean have a standard error up to 4.66.",
    )


def test_an_impossible_error_is_no_spread_and_leaves_the_mean_alone():
    cell = table("fusion/1").rows()["PROPOSED METHOD", "tail-1, forward-50"]["accuracy"]
    assert (cell.printed, cell.sd) == ("99.85 (1.83)", None)
    assert not any(cell in finding.cells for finding in found("fusion/1", "impossible"))
    possible = table("fusion/1").rows()["MMD", "tail-1, forward-50"]["accuracy"]
    assert possible.sd == pytest.approx(0.03 * 10**0.5)


def test_errors_of_another_unit():
    """Accuracy and macro F1 are nearly one number on the uniform mix, but for three methods their errors are not."""
    (finding,) = found("fusion/1", "inconsistent")
    assert finding.row == "12 of 24 rows"
    assert {cell.row for cell in finding.cells} == {"SADE", "SADE-LMF", "PROPOSED METHOD"}
    assert {cell.mix for cell in finding.cells} == {"uniform"}
    assert "are 50 to 136 times those of F1 (median 89)" in finding.why
    assert finding.gap == pytest.approx(9.38 - 0.11)
