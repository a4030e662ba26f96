"""Which mean macro F1 is possible at a given mean accuracy, over runs that may differ.

The bounds of one set of predictions are no straight lines, so a mean of runs can lie outside of them: it lies in the
convex hull of what single runs can have. The hull is taken over many accuracies and over those at which
another whole class is lost, where the lower bound has its corners. Between two of them the bounds leave the chord by
less than 0.001 points on every printed test mix (0.01 on a test set of thirty samples).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from tailmark.published.bounds import Floats, macro_f1_bounds

STEPS = 500


def mean_macro_f1_bounds(counts: tuple[int, ...], accuracy: float) -> tuple[float, float]:
    """The lowest and the highest mean macro F1 of any runs with this mean accuracy."""
    lowest, highest = _hull(tuple(sorted(counts)))
    return float(np.interp(accuracy, *lowest)), float(np.interp(accuracy, *highest))


@cache
def _hull(counts: tuple[int, ...]) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    corners = 1 - np.cumsum(counts) / sum(counts)
    even = np.linspace(0, 1, STEPS + 1)
    accuracies = np.unique(np.clip(np.concatenate([even, even**3, corners]), 0, 1))  # the upper is steep at 0
    low, high = np.array([macro_f1_bounds(counts, accuracy) for accuracy in accuracies]).T
    of_highest, least = _below(accuracies, -high)
    return _below(accuracies, low), (of_highest, -least)


def _below(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The corners of the greatest convex function that is nowhere above the points."""
    kept: list[int] = []
    for new in range(len(x)):
        while len(kept) > 1 and _turns_down(x, y, kept[-2], kept[-1], new):
            kept.pop()
        kept.append(new)
    return x[kept], y[kept]


def _turns_down(x: Floats, y: Floats, first: int, middle: int, last: int) -> bool:
    return bool(
        (x[middle] - x[first]) * (y[last] - y[first]) <= (y[middle] - y[first]) * (x[last] - x[first])
    )
