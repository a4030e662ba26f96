"""What a judge, a classifier that was trained on real data, says of samples."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Protocol

import numpy as np

from tailmark.quality.distances import Floats, Ints, Samples


class Judge(Protocol):
    """Knows the original classes, of which a class of the experiment may hold several (digits 5 to 9)."""

    def features(self, samples: Samples) -> Floats:
        """A row of features for each sample: the space in which precision and recall are measured."""
        ...

    def predicted(self, samples: Samples) -> Ints:
        """The original class of each sample."""
        ...


def share_in(classes: Collection[int], predicted: Ints) -> float:
    """The share of samples that are judged to be of one of these classes."""
    return float(np.isin(predicted, list(classes)).mean())


def coverage(classes: Collection[int], predicted: Ints, real_predicted: Ints) -> float:
    """Effective number of these classes among the generated, divided by that among the real.

    What is judged to be of another class does not count: junk is not variety. NaN where the judge
    finds none of these classes among the real samples.
    """
    real = effective_classes(classes, real_predicted)
    return effective_classes(classes, predicted) / real if real else math.nan


def effective_classes(classes: Collection[int], predicted: Ints) -> float:
    """exp(entropy) of the shares of these classes: 2.0 for two classes in equal parts, 0 for none of them."""
    _, counts = np.unique(predicted[np.isin(predicted, list(classes))], return_counts=True)
    shares = counts / counts.sum()
    return float(np.exp(-(shares * np.log(shares)).sum())) if counts.size else 0.0
