"""How large the standard error of a mean can be at all.

Runs with values from 0 to 1 and mean m lack n (1 - m) of the greatest sum. They are furthest apart when as few of
them as possible lack all of it: some are 0, one is somewhere, the others are 1. While the runs together lack no
more than one, the standard error is then 1 - m.
"""

from __future__ import annotations

import math


def largest_error(mean: float, runs: int) -> float:
    """The greatest standard error (SD of ddof 1, over the root of n) of so many values from 0 to 1."""
    if runs < 2:
        return 0.0
    lack = runs * (1 - mean)
    failed = math.floor(lack)
    squares = failed + (lack - failed) ** 2 - lack**2 / runs
    return math.sqrt(max(0.0, squares) / (runs - 1) / runs)


def largest_near(low: float, high: float, runs: int) -> float:
    """The same where the mean is only known to lie between two values: the greatest is where whole runs fail."""
    corners = [1 - failed / runs for failed in range(runs + 1)]
    means = [max(0.0, low), min(1.0, high), *(mean for mean in corners if low <= mean <= high)]
    return max(largest_error(mean, runs) for mean in means)
