"""The gate's two promises, by simulation of whole runs of the quick tier.

11 methods in 2 datasets with 2 splits each, and 4 released cells with 3 seeds. Only the differences between a run
and the reference are drawn: axes runs, methods, datasets, splits, seeds.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from tailmark.gate.rule import (
    CELLS_LEVEL,
    METHODS_LEVEL,
    Block,
    degrees_of_freedom,
    moved,
    share,
    standard_error,
    total,
    weigh,
)

SHAPE = (11, 2, 2)
RELEASED = (4, 3)
UNRELATED = math.sqrt(2)  # the SD of the differences, in SDs over seeds, when old and new share nothing
QUIET, LOUD = (0.05, 0.3), (UNRELATED, UNRELATED)  # wobble, in SDs over seeds


def log_uniform(low: float, high: float, runs: int, draws: np.random.Generator) -> np.ndarray:
    return np.exp(draws.uniform(math.log(low), math.log(high), (runs, *SHAPE)))


def spreads(world: str, runs: int, draws: np.random.Generator) -> np.ndarray:
    """The SD of each cell's differences, in points; over seeds it is 0.3 to 3."""
    over_seeds = log_uniform(0.3, 3, runs, draws)
    match world:
        case "another CPU":
            return over_seeds * log_uniform(*QUIET, runs, draws)
        case "another CPU, some cells chaotic":
            chaotic = draws.random(over_seeds.shape) < 0.1
            return over_seeds * np.where(chaotic, UNRELATED, log_uniform(*QUIET, runs, draws))
        case "every cell chaotic":
            return over_seeds * UNRELATED
        case "one loud cell among quiet ones":
            loud = np.arange(math.prod(SHAPE)).reshape(SHAPE) == 0
            return np.broadcast_to(np.where(loud, 3, 0.3) * UNRELATED, over_seeds.shape)
        case "one loud dataset":
            return np.broadcast_to(np.array([6, 0.6])[:, None], over_seeds.shape)
        case "a loud dataset, and one that is not quiet":
            return np.broadcast_to(np.array([6, 1.2])[:, None], over_seeds.shape)
    raise ValueError(world)


def noise(spread: np.ndarray, seeds: int, draws: np.random.Generator, together: float = 0.0) -> np.ndarray:
    """Differences of equal runs, correlated between the splits of a dataset."""
    runs, methods, datasets, splits = spread.shape
    shared = draws.normal(size=(runs, methods, datasets, 1, seeds))
    own = draws.normal(size=(runs, methods, datasets, splits, seeds))
    return spread[..., None] * (math.sqrt(together) * shared + math.sqrt(1 - together) * own)


def released(runs: int, draws: np.random.Generator) -> np.ndarray:
    return draws.normal(0, draws.uniform(0.1, 2, (runs, RELEASED[0], 1)), (runs, *RELEASED))


def fallen_cells(differences: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Runs x cells, as `weigh` judges them; the released ones last."""
    groups = [differences.reshape(len(differences), -1, differences.shape[-1]), others]
    errors = [standard_error(group) for group in groups]
    level = share(CELLS_LEVEL, np.concatenate(errors, axis=1))[:, None]
    fell = [
        moved(-group.mean(-1), error, group.shape[-1] - 1, level)
        for group, error in zip(groups, errors, strict=True)
    ]
    return np.concatenate(fell, axis=1)


def fallen_methods(differences: np.ndarray) -> np.ndarray:
    """Runs x methods."""
    datasets = differences.mean(axis=3)
    errors = standard_error(datasets) / datasets.shape[2]
    error, freedom = total(errors), degrees_of_freedom(errors, differences.shape[-1])
    return moved(-datasets.mean((2, 3)), error, freedom, share(METHODS_LEVEL, error)[:, None])


def alarms(differences: np.ndarray, others: np.ndarray) -> float:
    """Of all runs, those in which something is said to have fallen."""
    fell = fallen_cells(differences, others).any(axis=1) | fallen_methods(differences).any(axis=1)
    return float(fell.mean())


WORLDS = (
    "another CPU",
    "another CPU, some cells chaotic",
    "every cell chaotic",
    "one loud cell among quiet ones",
    "one loud dataset",
    "a loud dataset, and one that is not quiet",
)


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_what_is_simulated_is_the_gate(seeds: int) -> None:
    draws = np.random.default_rng(seeds)
    differences = noise(spreads("every cell chaotic", 20, draws), seeds, draws)
    differences[:, :3] -= 4
    others = released(20, draws)
    cells, methods = fallen_cells(differences, others), fallen_methods(differences)
    assert 0 < cells.sum() < cells.size / 2
    assert 0 < methods.sum() < methods.size / 2
    for run, (own, other) in enumerate(zip(differences, others, strict=True)):
        rows = [[Block(cell)] for cell in (*own.reshape(-1, seeds), *other)]
        assert [e.fell for e in weigh(rows, CELLS_LEVEL)] == cells[run].tolist()
        rows = [[Block(dataset.mean(0), 0.5) for dataset in method] for method in own]
        assert [e.fell for e in weigh(rows, METHODS_LEVEL)] == methods[run].tolist()


@pytest.mark.parametrize("together", [0.0, 1.0])
@pytest.mark.parametrize(("seeds", "runs"), [(3, 4000), (5, 16000), (10, 4000)])
def test_at_most_one_run_in_a_hundred_raises_a_false_alarm(seeds: int, runs: int, together: float) -> None:
    draws = np.random.default_rng([5, seeds])
    rates = [
        alarms(noise(spreads(world, runs, draws), seeds, draws, together), released(runs, draws))
        for world in WORLDS
    ]
    assert np.mean(rates) <= 0.008
    assert max(rates) <= stats.binom.ppf(0.99, runs, 0.01) / runs  # the worst world is close to 1 %


def test_false_alarms_come_close_to_what_is_allowed() -> None:
    """A gate that never speaks would pass the test above."""
    draws = np.random.default_rng(1)
    for world, least in (("every cell chaotic", 0.002), ("one loud dataset", 0.006)):
        assert alarms(noise(spreads(world, 8000, draws), 5, draws), released(8000, draws)) >= least


def test_one_seed_that_collapses_by_bad_luck_is_no_alarm() -> None:
    """Any machine may be the one on which a fragile method collapses; the table says so, the gate does not fail."""
    draws = np.random.default_rng(7)
    differences = noise(spreads("another CPU", 8000, draws), 5, draws)
    for sign in (-20, 20):
        differences[:, :2] += sign * (draws.random(differences[:, :2].shape) < 0.1)
    assert alarms(differences, released(8000, draws)) <= 0.01


def fall_of_a_cell(world: str, seeds: int, draws: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Whether a cell that fell by 3 points, all others as they were, is caught; and the SD of its differences."""
    spread = spreads(world, 4000, draws)
    differences = noise(spread, seeds, draws)
    differences[:, 0, 0, 0] -= 3
    return fallen_cells(differences, released(4000, draws))[:, 0], spread[:, 0, 0, 0]


@pytest.mark.parametrize(("seeds", "quiet"), [(5, 0.6), (10, 1.3)])
@pytest.mark.parametrize("world", WORLDS[:2])
def test_a_fall_of_three_points_in_one_cell_is_caught(world: str, seeds: int, quiet: float) -> None:
    fell, spread = fall_of_a_cell(world, seeds, np.random.default_rng([11, seeds]))
    caught = fell[spread <= quiet]
    assert len(caught) > 3000
    assert caught.mean() >= 0.99


@pytest.mark.parametrize(("together", "spread"), [(0.0, 1.5), (0.3, 1.3), (1.0, 1.0)])
def test_a_fall_of_three_points_in_all_cells_of_a_method_is_caught(together: float, spread: float) -> None:
    """Of which its cells, one by one, would often show nothing."""
    draws = np.random.default_rng(13)
    others = spreads("another CPU, some cells chaotic", 30000, draws)
    others[:, 0] = spread
    differences = noise(others, 5, draws, together)
    differences[:, 0] -= 3
    assert fallen_methods(differences)[:, 0].mean() >= 0.99
    alone = fallen_cells(differences[:3000], released(3000, draws))[:, :4]
    assert alone.mean() <= 0.5
    assert alone.any(axis=1).mean() <= 0.75


def test_a_fall_is_caught_though_every_method_is_as_chaotic() -> None:
    draws = np.random.default_rng(19)
    differences = noise(np.full((8000, *SHAPE), 1.4), 5, draws)
    differences[:, 3] -= 3
    assert fallen_methods(differences)[:, 3].mean() >= 0.985
