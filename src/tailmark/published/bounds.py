"""Which macro F1 is possible at a given accuracy.

Class k has n_k samples, of which e_k are missed, and f_k false positives; the misses and the false
positives both sum to the number of errors E. Then F1_k = 2 (n_k - e_k) / (2 n_k - e_k + f_k), which
is concave in e_k and convex in f_k. That decides where the extremes of the mean lie:

* lowest: misses piled up, on the smallest classes first; false positives spread out;
* highest: false positives piled on one class; misses spread out.

A false positive of one class must be a miss of another. With two classes this settles f from e;
with more it is left out, so the bounds may be a little wide, never too narrow. Errors may be
fractions, so the bounds also hold where accuracy is known only as a printed number. They hold for
one set of predictions; `envelope` has those for the mean of several runs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tailmark.errors import TailmarkError

Floats = NDArray[np.float64]


def macro_f1_bounds(counts: ArrayLike, accuracy: float) -> tuple[float, float]:
    """The lowest and the highest macro F1 of predictions with this accuracy on these class counts."""
    sizes = np.sort(np.asarray(counts, dtype=np.float64))
    if sizes.ndim != 1 or sizes.size < 2 or sizes[0] <= 0:
        raise TailmarkError(f"Expected two or more positive class counts; got {sizes.tolist()}.")
    if not 0 <= accuracy <= 1:
        raise TailmarkError(f"Expected an accuracy from 0 to 1; got {accuracy}. Divide a percentage by 100.")
    errors = (1 - accuracy) * float(sizes.sum())
    if errors == 0:
        return 1.0, 1.0
    return _of_two(sizes, errors) if sizes.size == 2 else (_lowest(sizes, errors), _highest(sizes, errors))


def _of_two(sizes: Floats, errors: float) -> tuple[float, float]:
    """With u_k hits, F1_k = 2 u_k / (2 u_k + E), concave: lowest at an end, highest at equal hits."""
    hits = sizes.sum() - errors
    ends = max(0.0, hits - sizes[1]), min(sizes[0], hits)

    def macro_f1(of_first: float) -> float:
        split = np.array([of_first, hits - of_first])
        return float((2 * split / (2 * split + errors)).mean())

    return min(map(macro_f1, ends)), macro_f1(float(np.clip(hits / 2, *ends)))


def _lowest(sizes: Floats, errors: float) -> float:
    """Lose whole classes, smallest first; try the rest of the misses in each class that is left."""
    sums = np.cumsum(sizes)
    lost = int(np.searchsorted(sums, errors, side="right"))
    left, rest = sizes[lost:], errors - (sums[lost - 1] if lost else 0.0)
    totals = [_least_f1(left, left - rest * one_class, errors) for one_class in np.eye(left.size)]
    return min(totals, default=0.0) / sizes.size


def _least_f1(sizes: Floats, hits: Floats, errors: float) -> float:
    """The least sum of F1 at these hits: false positives spread until all hurt alike."""
    base = sizes + hits
    false_positives = _level(np.sqrt(hits), base, np.full_like(base, errors), errors)
    return float((2 * hits / (base + false_positives)).sum())


def _highest(sizes: Floats, errors: float) -> float:
    """Put all false positives on one class, whichever is best."""
    return max(_most_f1(sizes, errors * one_class) for one_class in np.eye(sizes.size)) / sizes.size


def _most_f1(sizes: Floats, false_positives: Floats) -> float:
    """The greatest sum of F1 at these false positives: hits spread until all help alike."""
    base = sizes + false_positives
    hits = _level(np.sqrt(base), base, sizes, sizes.sum() - false_positives.sum())
    return float((2 * hits / (base + hits)).sum())


def _level(slope: Floats, offset: Floats, most: Floats, total: float) -> Floats:
    """Amounts `level * slope - offset`, kept within 0 and `most`, at the level where they sum to `total`.

    This is where the marginal effects are equal: both sums above have terms whose derivative is a
    square, (slope / (offset + amount))**2, up to a factor. The sum is piecewise linear in the level.
    """
    knots = np.sort(np.concatenate([offset / slope, (offset + most) / slope]))
    sums = np.clip(np.outer(knots, slope) - offset, 0, most).sum(axis=1)
    amounts: Floats = np.clip(np.interp(total, sums, knots) * slope - offset, 0, most)
    return amounts
