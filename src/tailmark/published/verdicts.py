"""Whether a printed number reproduces."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tailmark.errors import TailmarkError
from tailmark.published.attestation import caution
from tailmark.published.printed import PrintedCell
from tailmark.published.spread import largest_near

if TYPE_CHECKING:
    from tailmark.statistics import Summary

LEAST_TOLERANCE = 1.0
MOST_TOLERANCE = 3.0
CONFIDENCE = 0.95
FEWEST_RUNS = 3
NOISE = 1e-9  # of binary fractions

RULE = (
    "A printed mean is reproduced when ours is no further from it than the tolerance. The tolerance is the "
    "half-width of the 95 % interval of the difference of the two means, "
    "t * sqrt(SD^2 / n + SD_printed^2 / n_printed) with n + n_printed - 2 degrees of freedom, plus half a "
    "unit of the last printed digit; but at least 1 point, because a spread over three runs is often small "
    "by chance, and at most 3 points, because a wide spread must not excuse everything. Where a standard error is "
    "printed, its SD is the error times the root of n_printed; where no spread is printed, or one that no runs can "
    "have, ours stands for both, with n - 1 degrees of freedom. A number that "
    "contradicts others of its own row is impossible as printed, whatever ours is. Ours on data that stand in for the "
    "paper's are shown and not judged. Fewer than three runs of ours count as not run."
)


@dataclass(frozen=True)
class Verdict:
    """What we say of a printed number, and why in one sentence."""

    name: Literal["reproduced", "not reproduced", "impossible as printed", "stand-in", "not run"]
    why: str


def verdict(cell: PrintedCell, ours: Summary | None, impossible: bool, stand_in: str = "") -> Verdict:
    """The verdict on a printed number, given our runs (fractions), what the audit said of it, and what is no match."""
    if ours is not None:
        _check_possible(cell, ours)
    if impossible:
        return Verdict("impossible as printed", _with("It contradicts other numbers of its own row.", cell))
    if ours is None:
        return Verdict("not run", "We have no run of it." if cell.method else "We have no such method.")
    if stand_in:
        return Verdict("stand-in", stand_in)
    if ours.n < FEWEST_RUNS:
        return Verdict("not run", f"We have too few runs of it: {ours.n}, and a verdict needs {FEWEST_RUNS}.")
    mean, allowed = 100 * ours.mean, tolerance(cell, ours)
    apart = abs(mean - cell.mean)
    reproduced = apart <= allowed + 1e-9  # so that binary fractions do not decide at the very edge
    side = "within" if reproduced else "beyond"
    doubt = " Its printed standard error cannot be." if cell.error is not None and cell.sd is None else ""
    said = f"Ours is {mean:.2f}, {apart:.2f} points from print, {side} the tolerance of {allowed:.2f}.{doubt}"
    return Verdict("reproduced", said) if reproduced else Verdict("not reproduced", _with(said, cell))


def _with(reason: str, cell: PrintedCell) -> str:
    """With how the number is attested, for the fault may lie there; print needs no word of it."""
    return f"{reason} {caution(cell.attested)}".rstrip()


def tolerance(cell: PrintedCell, ours: Summary) -> float:
    """How far ours may be from the printed mean, in points."""
    from scipy.stats import t  # noqa: PLC0415 - `metrics` imports this package and needs numpy alone

    sd = 100 * ours.sd
    printed, freedom = (sd, ours.n - 1) if cell.sd is None else (cell.sd, ours.n + cell.runs - 2)
    variance = printed**2 / cell.runs + sd**2 / ours.n
    quantile = float(t.ppf((1 + CONFIDENCE) / 2, freedom))
    return min(MOST_TOLERANCE, max(LEAST_TOLERANCE, quantile * math.sqrt(variance) + cell.unit / 2))


def _check_possible(cell: PrintedCell, ours: Summary) -> None:
    """What print is held to: no runs with values from 0 to 1 have a wider spread than their mean leaves room for."""
    low, high = ours.mean - NOISE, ours.mean + NOISE
    if not (low <= 1 and high >= 0) or (
        ours.n > 1 and ours.sd / math.sqrt(ours.n) > largest_near(low, high, ours.n) + NOISE
    ):
        raise TailmarkError(
            f"Expected runs of {cell.label} with a {cell.metric} from 0 to 1; got a mean of {ours.mean:.4f} and an SD "
            f"of {ours.sd:.4f} over {ours.n} runs, which no such runs have. Make the metrics table again: `dvc repro`."
        )
