"""The order in which a run sees its training samples: from its own seed, whatever runs beside it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tailmark.streams import stream
from tailmark.trainingset import TrainingSet


def epoch_length(training: TrainingSet, match_steps: bool) -> int:
    """Samples in one epoch: the training set, or the enlarged balanced set for equal steps."""
    return int(training.classes * training.counts.max()) if match_steps else len(training)


def epochs(training: TrainingSet, seed: int, length: int) -> Iterator[NDArray[np.int64]]:
    """Positions in the training set, epoch after epoch without end; shuffles follow on across epochs."""
    draws = stream(seed, "order")
    n = len(training)
    if training.weights is not None:
        while True:
            yield draws.choice(n, size=length, p=training.weights)
    waiting = np.empty(0, dtype=np.int64)
    while True:
        while len(waiting) < length:
            waiting = np.concatenate([waiting, draws.permutation(n)])
        yield waiting[:length]
        waiting = waiting[length:]
