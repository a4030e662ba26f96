"""What the seeds say of one row; the gate's promises for a whole run are in test_promises.py."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from tailmark.gate.rule import CELLS_LEVEL, MARGIN, Block, Evidence, degrees_of_freedom, weigh


def weigh_cells(differences: Sequence[np.ndarray] | np.ndarray) -> list[Evidence]:
    return weigh([[Block(own)] for own in differences], CELLS_LEVEL)


def weigh_method(*datasets: np.ndarray) -> Evidence:
    (evidence,) = weigh([[Block(own, 1 / len(datasets)) for own in datasets]], CELLS_LEVEL)
    return evidence


@pytest.mark.parametrize("points", [1.5, 3.0])
def test_on_the_same_machine_every_fall_is_seen(points: float) -> None:
    old = np.random.default_rng(0).normal(70, 3, (60, 3)).round(4)
    new = old.copy()
    new[7] = (new[7] - points).round(4)
    assert [e.fell for e in weigh_cells(new - old)] == [cell == 7 for cell in range(60)]


def test_a_fall_that_differs_from_seed_to_seed_is_seen_on_the_same_machine() -> None:
    differences = np.zeros((60, 5))
    differences[7] -= [2.0, 3.0, 4.0, 3.5, 2.5]
    assert weigh_cells(differences)[7].fell


def test_the_test_of_a_cell_is_that_of_scipy() -> None:
    draws = np.random.default_rng(3)
    outcomes = set()
    for _ in range(200):
        old = draws.normal(70, 1, 5)
        new = old + draws.normal(draws.uniform(-6, 0), draws.uniform(0.2, 2), 5)
        (evidence,) = weigh_cells([new - old])
        level = CELLS_LEVEL / (2 if 4 * stats.sem(new - old) > MARGIN else 1)
        p = stats.ttest_rel(new, old, alternative="less").pvalue
        assert evidence.fell == (evidence.change <= -MARGIN and p <= level)
        outcomes.add(evidence.fell)
    assert outcomes == {True, False}


def test_the_test_of_a_method_with_two_datasets_is_that_of_welch() -> None:
    """The mean of two samples is half the difference of the one and the negative of the other."""
    draws, outcomes = np.random.default_rng(4), set()
    for _ in range(200):
        first, second = draws.normal(draws.uniform(-6, 0), draws.uniform(0.2, 3, (2, 1)), (2, 5))
        evidence = weigh_method(first, second)
        welch = stats.ttest_ind(first, -second, equal_var=False, alternative="less")
        assert evidence.change == pytest.approx((first.mean() + second.mean()) / 2)
        assert evidence.change / evidence.error == pytest.approx(welch.statistic)
        assert evidence.freedom == pytest.approx(welch.df)
        level = CELLS_LEVEL / (2 if 4 * evidence.error > MARGIN else 1)
        assert evidence.fell == (evidence.change <= -MARGIN and welch.pvalue <= level)
        outcomes.add(evidence.fell)
    assert outcomes == {True, False}


@pytest.mark.parametrize(
    ("errors", "seeds", "freedom"),
    [
        ([1.0], 5, 4),
        ([1.0, 1.0], 5, 8),
        ([1.0, 0.0], 5, 4),
        ([1.0, 1.0, 1.0], 5, 8),  # never more than two datasets' worth
        ([0.0, 0.0], 5, 4),
        ([1.0, 1.0], 4, 3),  # few seeds: not estimated
    ],
)
def test_degrees_of_freedom_are_counted_with_care(errors: list[float], seeds: int, freedom: float) -> None:
    assert degrees_of_freedom(np.array(errors), seeds) == freedom


def test_the_dataset_with_the_fewest_seeds_counts() -> None:
    noise = np.array([-1.0, 1.0, 0.5, -0.5, 0.0, 0.25, -0.25, 1.5, -1.5, 0.1])
    assert weigh_method(noise, noise[:3]).freedom == 2
    assert weigh_method(noise, noise[:3]).seeds == 3
    assert weigh_method(noise, noise[:5]).freedom <= 8
    assert math.isnan(weigh_method(noise, noise[:1]).error)
    assert not weigh_method(noise - 30, noise[:1] - 30).fell


def test_the_error_is_shared_among_the_rows_within_reach_alone() -> None:
    still, loud = np.zeros(5), np.array([-2.0, 2, -1, 1, 0])
    levels = [evidence.level for evidence in weigh_cells([still] * 58 + [loud] * 2)]
    assert levels == [pytest.approx(CELLS_LEVEL / 3)] * 60


def test_a_rise_is_told_from_a_fall() -> None:
    (evidence,) = weigh_cells([np.full(5, 2.0)])
    assert (evidence.rose, evidence.fell) == (True, False)


def test_one_seed_can_promise_nothing() -> None:
    (evidence,) = weigh_cells([np.array([-20.0])])
    assert not evidence.fell
    assert evidence.catches == math.inf
    assert evidence.seeds_needed() == 2


@pytest.mark.parametrize("datasets", [1, 2])
def test_what_a_row_says_that_it_catches_is_caught(datasets: int) -> None:
    draws = np.random.default_rng(17)
    caught = []
    for noise in draws.normal(0, 2, (2000, datasets, 10)):
        evidence = weigh_method(*noise)
        caught.append(replace(evidence, change=evidence.change - evidence.catches).fell)
    assert 0.98 <= np.mean(caught) < 1


@given(
    noise=arrays(np.float64, (2, 5), elements=st.floats(-5, 5)),
    datasets=st.integers(1, 2),
)
@settings(max_examples=60, deadline=None)
def test_the_wished_number_of_seeds_is_enough_and_one_less_is_not(noise: np.ndarray, datasets: int) -> None:
    evidence = weigh_method(*noise[:datasets])
    needed = evidence.seeds_needed()

    def catches(seeds: int) -> float:
        error, freedom = evidence.error * math.sqrt(5 / seeds), evidence.freedom * (seeds - 1) / 4
        return Evidence(seeds, 0.0, error, freedom, evidence.level).catches

    assert needed == 1000 or catches(needed) <= 3
    assert needed == 5 or catches(needed - 1) > 3


@given(st.integers(2, 10), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_the_order_of_seeds_and_cells_does_not_matter(seeds: int, seed: int) -> None:
    draws = np.random.default_rng(seed)
    differences = draws.normal(0, draws.uniform(0.1, 4, (20, 1)), (20, seeds))
    differences[:5] -= 3
    by_seed, by_cell = draws.permutation(seeds), draws.permutation(20)
    plain, shuffled = weigh_cells(differences), weigh_cells(differences[by_cell][:, by_seed])
    assert [plain[cell].fell for cell in by_cell] == [e.fell for e in shuffled]
