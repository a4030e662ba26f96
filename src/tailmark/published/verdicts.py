"""Whether a printed number reproduces."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tailmark.published.printed import PrintedCell

if TYPE_CHECKING:
    from tailmark.statistics import Summary

LEAST_TOLERANCE = 1.0
MOST_TOLERANCE = 3.0
CONFIDENCE = 0.95
FEWEST_RUNS = 3

RULE = (
    "A printed mean is reproduced when ours is no further from it than the tolerance. The tolerance is the "
    "half-width of the 95 % interval of the difference of the two means, "
    "t * sqrt(SD^2 / n + SD_printed^2 / n_printed) with n + n_printed - 2 degrees of freedom, plus half a "
    "unit of the last printed digit; but at least 1 point, because a spread over three runs is often small "
    "by chance, and at most 3 points, because a wide spread must not excuse everything. A number that "
    "contradicts others of its own row is impossible as printed, whatever ours is. Fewer than three runs of ours "
    "count as not run."
)


@dataclass(frozen=True)
class Verdict:
    """What we say of a printed number, and why in one sentence."""

    name: Literal["reproduced", "not reproduced", "impossible as printed", "not run"]
    why: str


def verdict(cell: PrintedCell, ours: Summary | None, impossible: bool) -> Verdict:
    """The verdict on a printed percentage, given our runs (fractions) and what the audit said of it."""
    if impossible:
        return Verdict("impossible as printed", "It contradicts other numbers of its own row.")
    if ours is None:
        return Verdict("not run", "We have no run of it.")
    if ours.n < FEWEST_RUNS:
        return Verdict("not run", f"We have too few runs of it: {ours.n}, and a verdict needs {FEWEST_RUNS}.")
    mean, allowed = 100 * ours.mean, tolerance(cell, ours)
    apart = abs(mean - cell.mean)
    reproduced = apart <= allowed + 1e-9  # so that binary fractions do not decide at the very edge
    side = "within" if reproduced else "beyond"
    return Verdict(
        "reproduced" if reproduced else "not reproduced",
        f"Ours is {mean:.2f}, {apart:.2f} points from print, {side} the tolerance of {allowed:.2f}.",
    )


def tolerance(cell: PrintedCell, ours: Summary) -> float:
    """How far ours may be from the printed mean, in points."""
    from scipy.stats import t  # noqa: PLC0415 - `metrics` imports this package and needs numpy alone

    variance = cell.sd**2 / cell.runs + (100 * ours.sd) ** 2 / ours.n
    quantile = float(t.ppf((1 + CONFIDENCE) / 2, ours.n + cell.runs - 2))
    return min(MOST_TOLERANCE, max(LEAST_TOLERANCE, quantile * math.sqrt(variance) + cell.unit / 2))
