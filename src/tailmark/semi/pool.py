"""How good the pseudo-labels of a pool are, from confusions: rows are true classes, columns the predicted ones.

The last two axes are the confusion, so that a whole training is read as one stack. Only a benchmark can know this: no
method sees the true classes of the pool.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer]
Floats = NDArray[np.float64]


def recall(confusion: Ints) -> Floats:
    """Of each true class, the share that is found; NaN for a class that the pool has not."""
    return _share(confusion, confusion.sum(axis=-1))


def precision(confusion: Ints) -> Floats:
    """Of each predicted class, the share that is right; NaN for a class that is never predicted."""
    return _share(confusion, confusion.sum(axis=-2))


def balanced_accuracy(confusion: Ints) -> Floats:
    """The mean recall of the classes that the pool has."""
    return np.asarray(np.nanmean(recall(confusion), axis=-1))


def divergence(confusion: Ints) -> Floats:
    """KL(predicted || true) of the shares of the classes, in nats; half a sample is added to each class.

    Without that it is infinite where a class is predicted of which the pool has no sample.
    """
    said, true = (_smoothed(confusion.sum(axis=axis)) for axis in (-2, -1))
    return np.asarray((said * np.log(said / true)).sum(axis=-1))


def measures(confusion: Ints) -> dict[str, float]:
    """Of one confusion, by name; what is not defined is left out."""
    found = {"balanced_accuracy": balanced_accuracy(confusion), "kl": divergence(confusion)}
    for name, values in (("recall", recall(confusion)), ("precision", precision(confusion))):
        found |= {f"{name}/{label}": values[label] for label in np.flatnonzero(np.isfinite(values)).tolist()}
    return {name: float(value) for name, value in found.items()}


def _share(confusion: Ints, of: Ints) -> Floats:
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    return np.where(of > 0, hits / np.maximum(of, 1), np.nan)


def _smoothed(counts: Ints) -> Floats:
    more = counts + 0.5
    return np.asarray(more / more.sum(axis=-1, keepdims=True))
