"""What ties accuracy, balanced accuracy and the geometric mean of the recalls of the same predictions.

The identities hold for one run and for a mean over runs alike; r_c is the recall of class c.

* Accuracy is the mean recall weighted by the test counts, balanced accuracy the plain mean. So a given
  balanced accuracy leaves a range for accuracy; on a balanced test set they are the same number.
* The geometric mean of the recalls is at most their arithmetic mean, which is balanced accuracy.
* With two classes, the mean geometric mean is at most sqrt(mean r_0 * mean r_1), because sqrt(r_0 r_1)
  is concave. So |r_0 - r_1| is at most 2 sqrt(balanced accuracy^2 - gmean^2), and accuracy differs from
  balanced accuracy by at most that times |n_0 / N - 1/2|.

Where a paper says that its test set is balanced and gives no size, rows in which accuracy and balanced accuracy
differ contradict that sentence, not each other: one finding for the table, of the kind inconsistent. No number is
called impossible for it, because it may be the sentence that is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from tailmark.published import arithmetic
from tailmark.published.findings import Breach, Finding, on_many_rows
from tailmark.published.printed import PrintedCell, PublishedTable

BALANCED = (1, 1)  # any counts that are equal

Counts = tuple[int, ...]


def breaches(row: Mapping[str, PrintedCell], counts: Counts) -> Iterator[Breach]:
    """The identities that this row's columns allow; the last has nothing to add where the first is broken."""
    accuracy, balanced, gmean = (row.get(name) for name in ("accuracy", "balanced_accuracy", "gmean"))
    if balanced and gmean:
        yield gmean_above_mean(gmean, balanced)
    if accuracy and balanced and counts:
        yield (breach := accuracy_out_of_range(accuracy, balanced, counts))
        if gmean and len(counts) == 2 and breach.kind is None:
            yield recalls_too_far_apart(accuracy, balanced, gmean, counts)


def not_balanced(table: PublishedTable) -> Iterator[Finding]:
    """Rows that no balanced test set gives, where the paper says that it was balanced; one finding for all."""
    if table.test_counts is None or table.test_counts:
        return
    rows = [row for row in table.rows().values() if {"accuracy", "balanced_accuracy"} <= row.keys()]
    pairs = [(row["accuracy"], row["balanced_accuracy"]) for row in rows]
    apart = [pair for pair in pairs if accuracy_out_of_range(*pair, BALANCED).kind == "impossible"]
    if not apart:
        return
    gaps = sorted(round(abs(accuracy.mean - balanced.mean), 6) for accuracy, balanced in apart)
    first, second = (cell.column for cell in apart[0])
    why = (
        f"{first} and {second} are {gaps[0]:.3g} to {gaps[-1]:.3g} points apart, and on a balanced test set the two "
        "are the same number: the test set was not balanced, or these are means over batches of it."
    )
    cells = tuple(cell for pair in apart for cell in pair)
    yield on_many_rows("inconsistent", cells, len(pairs), gaps[-1], (why, arithmetic.differences(apart)))


def gmean_above_mean(gmean: PrintedCell, balanced: PrintedCell) -> Breach:
    """A geometric mean above the arithmetic mean of the same recalls."""
    gap, excess = gmean.mean - balanced.mean, gmean.low - balanced.high
    why = f"{_named(gmean)} is above {_named(balanced)}, but a geometric mean never exceeds the plain mean."
    sums = f"{arithmetic.difference(gmean, balanced)}, but at most 0"
    return Breach((balanced, gmean), gap, excess, why, sums)


def accuracy_out_of_range(accuracy: PrintedCell, balanced: PrintedCell, counts: Counts) -> Breach:
    """Accuracy outside what balanced accuracy allows on these test counts."""
    ascending = tuple(sorted(counts))
    descending = ascending[::-1]
    gap = max(
        _accuracy(balanced.mean, ascending) - accuracy.mean,
        accuracy.mean - _accuracy(balanced.mean, descending),
    )
    excess = max(
        _accuracy(balanced.low, ascending) - accuracy.high,
        accuracy.low - _accuracy(balanced.high, descending),
    )
    same = "on a balanced test set the two are the same number"
    reason = same if len(set(counts)) == 1 else "with these test counts no recalls from 0 to 1 give that"
    order, edge = (descending, balanced.high) if accuracy.mean > balanced.mean else (ascending, balanced.low)
    sums = arithmetic.of_range(accuracy, balanced, counts, abs(_accuracy(edge, order) - edge))
    return Breach((accuracy, balanced), gap, excess, _too_far(accuracy, balanced, excess, reason), sums)


def recalls_too_far_apart(
    accuracy: PrintedCell, balanced: PrintedCell, gmean: PrintedCell, counts: Counts
) -> Breach:
    """Accuracy so far from balanced accuracy that the recalls must differ more than gmean allows."""
    pull = abs(counts[0] / sum(counts) - 0.5)

    def furthest(mean_recall: float, geometric: float) -> float:
        return pull * 2 * math.sqrt(max(0.0, mean_recall**2 - max(0.0, geometric) ** 2))

    apart = abs(accuracy.mean - balanced.mean)
    rounding = (accuracy.unit + balanced.unit) / 2
    gap = apart - furthest(balanced.mean, gmean.mean)
    excess = apart - rounding - furthest(balanced.high, gmean.low)
    reason = f"with {_named(gmean)} no two recalls give that"
    why = _too_far(accuracy, balanced, excess, reason)
    sums = arithmetic.of_gmean(accuracy, balanced, gmean, counts)
    return Breach((accuracy, balanced, gmean), gap, excess, why, sums)


def _accuracy(balanced: float, counts: Counts) -> float:
    """Accuracy in percent when the recall that balanced accuracy stands for goes to the first classes."""
    total_recall = len(counts) * balanced / 100
    recalls = np.clip(total_recall - np.arange(len(counts)), 0, 1)
    return float(100 * recalls @ np.asarray(counts) / sum(counts))


def _named(cell: PrintedCell) -> str:
    return f"{cell.column} {cell.text}"


def _too_far(first: PrintedCell, second: PrintedCell, excess: float, reason: str) -> str:
    apart = abs(first.mean - second.mean)
    return (
        f"{_named(first)} and {_named(second)} are {apart:.3g} points apart, but {reason}: "
        f"at most {apart - excess:.3g} apart, rounding included."
    )
