"""When a cell or a method has fallen: a t test that is paired by seed and knows how far each row wobbles.

The same seed gives the same split and the same initial weights, so each cell is judged by its differences, new
value less reference, seed by seed. On one machine and one version they are exactly zero. Elsewhere rounding
differs: most cells then wobble by a fraction of their spread over seeds, a chaotic one by all of it. Each method
with several cells has a row of its own, the mean over all of them, which wobbles less (`methods.py`).

**At most 1 % false alarms.** A row has fallen when its mean has fallen by 1.5 points or more (half of what must
be caught) and a one-sided t test on the differences says that this is no wobble. For a cell with normal noise the
test is exact however large the wobble is; heavy tails make it stricter, given 5 seeds, and noise without tails
bolder (were every cell to wobble evenly between two bounds 5 points apart, 2 % of runs would raise an alarm). Two
thirds of the false alarms of a run are for cells, one third is for methods. Each part is shared among those rows
that could reach 1.5 points by noise alone (four standard errors reach that far), and one more share for all the
quiet ones together, which as good as never do.

A method's standard error has one part a dataset. Its degrees of freedom are those of the dataset with the fewest
seeds, times the number of datasets that the noise effectively comes from (Welch and Satterthwaite). That number is
estimated, and so far out in the tail the estimate is too bold: with 5 seeds by up to three times the nominal false
alarms, where one of two datasets is some five times as noisy; by more with more datasets, ten times and more with
3 seeds. So it counts as two at most, and as one with fewer than 5 seeds, where the test is never too bold. What
remains fits in the 1 %, up to an SD of 6 points in all cells of one dataset (with 20 points it would be 1.2 %).

**A fall of 3 points is caught** wherever the noise of the differences allows it, 99 times in 100 (simulated in the
tests). In single cells: with SDs of up to 0.6 points with 5 seeds, of up to 1.3 with 10. In all cells of a
method, two in each of two datasets with 5 seeds: with an SD of up to 1.5 points in each cell; 1.3 where these are
correlated by 0.3 within a dataset, 1.0 where they move as one. Where a row is noisier the two promises exclude each
other. Then the first one is kept, and openly: the table calls the row `noisy`, and says which fall would be caught
and how many seeds would do for 3 points. A mean that fell by 1.5 points or more but may have done so by chance (one
seed of many collapsed, say) is `unsure`, with what fell most.

Not done, and why:
- One SD pooled over all cells, or shrunk towards it: one chaotic cell among 60 quiet ones raises false alarms in
  2 % to 11 % of runs.
- The reference's spread over seeds as the noise, which would fail a run for one collapsed seed: where a method
  collapses by bad luck in one seed of ten, in one cell, that happens in 22 % of runs.
- Holm over all cells: with 5 seeds and an SD of 0.6 to 0.9 points it finds 4 of 10 falls; sharing the error among
  the cells within reach finds 9.
- A method's seeds averaged over all datasets, and a plain t test on them: exact, but with 4 degrees of freedom it
  finds 8 of 10 falls where the SD is 1.5 points.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Floats: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = Floats | float

CELLS_LEVEL = 0.0055  # false alarms in a run
METHODS_LEVEL = 0.0027  # together a little under the promised 1 %, since this test is not quite exact
MUST_CATCH = 3.0  # points
MARGIN = MUST_CATCH / 2
REACH = 4.0  # standard errors that count as within reach by noise
SURE = 0.99  # of falls that are caught
MANY_SEEDS = 5  # enough to estimate how many blocks the noise comes from
MOST_BLOCKS = 2
ROUNDING = 1e-6  # points; values are compared at 1e-4
MOST_SEEDS = 1000

RULE = (
    f"A cell has fallen when its mean over seeds is {MARGIN:g} points or more below the reference and a t test, "
    "paired by seed, says that this is no noise; a method, when the mean over all its cells is. A whole run raises "
    f"at most 1 % false alarms. A fall of {MUST_CATCH:g} points is caught in every row but those marked noisy; there "
    "`catches` says which fall would be. Unsure: it fell, perhaps by chance."
)


@dataclass(frozen=True)
class Block:
    """Differences that noise moves apart from all other blocks: one a seed, in points."""

    differences: Floats
    weight: float = 1.0  # in the mean of its row


@dataclass(frozen=True)
class Evidence:
    """What the seeds say of one row, in points."""

    seeds: int  # of the block with the fewest
    change: float  # of the mean
    error: float  # its standard error; NaN for one seed
    freedom: float  # degrees of freedom of that error
    level: float  # of the test: this row's share of the false alarms

    @property
    def fell(self) -> bool:
        """Whether the row is worse than the reference."""
        return bool(moved(-self.change, self.error, self.freedom, self.level))

    @property
    def rose(self) -> bool:
        """Whether it is better."""
        return bool(moved(self.change, self.error, self.freedom, self.level))

    @property
    def catches(self) -> float:
        """The smallest fall that is caught 99 times in 100."""
        return math.inf if self.seeds == 1 else float(_caught(self.error, self.freedom, self.level))

    def seeds_needed(self) -> int:
        """To catch 3 points, if the differences keep their spread."""
        if self.seeds == 1:
            return 2
        seeds = np.arange(self.seeds, MOST_SEEDS)
        errors = self.error * np.sqrt(self.seeds / seeds)
        freedom = self.freedom * (seeds - 1) / (self.seeds - 1)
        enough = _caught(errors, freedom, self.level) <= MUST_CATCH
        return int(seeds[enough.argmax()]) if enough.any() else MOST_SEEDS


def weigh(rows: Sequence[Sequence[Block]], level: float) -> list[Evidence]:
    """Judge rows that share the false alarms of one level."""
    errors = [np.array([block.weight * standard_error(block.differences) for block in row]) for row in rows]
    own = share(level, np.array([total(parts) for parts in errors]))
    return [_evidence(row, parts, float(own)) for row, parts in zip(rows, errors, strict=True)]


def _evidence(row: Sequence[Block], errors: Floats, level: float) -> Evidence:
    fewest = min(len(block.differences) for block in row)
    return Evidence(
        seeds=fewest,
        change=sum(block.weight * float(block.differences.mean()) for block in row),
        error=float(total(errors)),
        freedom=float(degrees_of_freedom(errors, fewest)),
        level=level,
    )


# What follows works on the last axis, so that the tests can simulate many runs at once.


def standard_error(differences: Floats) -> Floats:
    """Of the mean over seeds; NaN for one seed."""
    seeds = differences.shape[-1]
    if seeds == 1:
        return np.full(differences.shape[:-1], math.nan)
    errors = differences.std(axis=-1, ddof=1) / math.sqrt(seeds)
    # Of equal differences rounding leaves a little, which is no noise.
    return np.where(errors > ROUNDING, errors, 0.0)


def total(errors: Floats) -> Floats:
    """The standard error of a sum of independent blocks."""
    return np.sqrt((errors**2).sum(axis=-1))


def degrees_of_freedom(errors: Floats, seeds: int) -> Floats:
    """Of the sum of blocks with at least so many seeds."""
    ones = np.ones(errors.shape[:-1])
    if seeds < MANY_SEEDS:
        return (seeds - 1) * ones
    variances = errors**2
    squares = (variances**2).sum(axis=-1)
    blocks = np.divide(variances.sum(axis=-1) ** 2, squares, out=ones, where=squares > 0)
    return (seeds - 1) * np.minimum(blocks, MOST_BLOCKS)


def share(level: float, errors: Floats) -> Floats:
    """Of the false alarms: one for each row within reach of the margin, one for all the others."""
    return level / (1 + (REACH * errors > MARGIN).sum(axis=-1))


def moved(by: Numbers, error: Numbers, freedom: Numbers, level: Numbers) -> NDArray[np.bool]:
    """Whether a row went one way by more than the margin, and by more than noise."""
    return (by >= MARGIN - ROUNDING) & (by >= _quantile(level, freedom) * error)


def _caught(error: Numbers, freedom: Numbers, level: float) -> Floats:
    """The fall that passes both hurdles, and what noise may take from it."""
    return np.maximum(MARGIN, _quantile(level, freedom) * error) + _quantile(1 - SURE, freedom) * error


def _quantile(level: Numbers, freedom: Numbers) -> Floats:
    """The upper quantile of Student's t."""
    return -stdtrit(freedom, level)
