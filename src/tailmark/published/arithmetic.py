"""The sum behind a finding, in one line that a reader can do again.

Square brackets hold all that the difference can be before rounding; a limit is the kindest that rounding allows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from tailmark.published.printed import PrintedCell


def difference(first: PrintedCell, second: PrintedCell) -> str:
    """'B-ACC - ASCA = 60.0 - 58.3 = 1.7 [1.6, 1.8]'."""
    gap, rounding = first.mean - second.mean, (first.unit + second.unit) / 2
    low, high = _number(gap - rounding), _number(gap + rounding)
    names, numbers = f"{first.column} - {second.column}", f"{first.text} - {second.text}"
    return f"{names} = {numbers} = {_number(gap)} [{low}, {high}]"


def differences(pairs: Sequence[tuple[PrintedCell, PrintedCell]]) -> str:
    """The same of several rows, without the brackets: 'B-ACC - ASCA = 62.3 - 63.8 = -1.5; 64.2 - ...'."""
    names = " - ".join(cell.column for cell in pairs[0])
    sums = [f"{a.text} - {b.text} = {_number(a.mean - b.mean)}" for a, b in pairs]
    return f"{names} = {'; '.join(sums)}"


def of_range(accuracy: PrintedCell, balanced: PrintedCell, counts: tuple[int, ...], limit: float) -> str:
    """Accuracy less balanced accuracy, against the most that the test counts allow."""
    samples = " + ".join(map(str, counts))
    if len(set(counts)) == 1:
        allowed = f"0 on {samples} test samples"
    elif len(counts) == 2:
        pull = _pull(counts)
        allowed = f"{_weight(counts)} <= {pull:.4g} x {limit / pull:.4g} = {limit:.3g}"
    else:
        allowed = f"at most {limit:.3g} either way on {samples} test samples"
    return f"{difference(accuracy, balanced)}, but {allowed}"


def of_gmean(
    accuracy: PrintedCell, balanced: PrintedCell, gmean: PrintedCell, counts: tuple[int, ...]
) -> str:
    """The same of two classes, where the geometric mean says how far apart their recalls are."""
    arithmetic, geometric = balanced.high, max(0.0, gmean.low)
    limit = _pull(counts) * 2 * math.sqrt(max(0.0, arithmetic**2 - geometric**2))
    root = f"2 sqrt({_number(arithmetic)}^2 - {_number(geometric)}^2)"
    return f"{difference(accuracy, balanced)}, but {_weight(counts)} <= {_pull(counts):.4g} x {root} = {limit:.3g}"


def _pull(counts: tuple[int, ...]) -> float:
    """What a difference of two recalls adds to accuracy, beyond what it adds to their mean."""
    return abs(counts[0] / sum(counts) - 0.5)


def _weight(counts: tuple[int, ...]) -> str:
    return f"|{counts[0]}/{sum(counts)} - 1/2| x |r0 - r1|"


def _number(value: float) -> str:
    """Without the noise of binary fractions, and without a sign before zero."""
    return f"{round(value, 4) + 0:g}"
