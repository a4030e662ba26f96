"""What a classifier is trained on: rows of a shared pool of features, so that repeats cost no copies."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TrainingSet:
    """Sample i has the features `pool[rows[i]]` and the label `labels[i]`.

    With `weights` an epoch draws samples with replacement in proportion to them; without, it is a shuffle.
    """

    pool: NDArray[np.float32]
    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    classes: int
    weights: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Samples of each class."""
        return np.bincount(self.labels, minlength=self.classes)

    def missing(self) -> dict[int, int]:
        """How many samples each smaller class lacks to the largest."""
        counts = self.counts
        return {label: int(counts.max() - n) for label, n in enumerate(counts) if n < counts.max()}

    def features_of(self, label: int) -> NDArray[np.float32]:
        """The features of one class, in order."""
        return self.pool[self.rows[self.labels == label]]

    def take(self, positions: NDArray[np.int64]) -> TrainingSet:
        """Some of the samples, with repeats where a position repeats."""
        return replace(self, rows=self.rows[positions], labels=self.labels[positions])

    def drawn(self, weights: NDArray[np.float64]) -> TrainingSet:
        """The same samples, drawn with replacement in proportion to these weights."""
        return replace(self, weights=weights / weights.sum())

    def extended(self, features: NDArray[np.float32], label: int) -> TrainingSet:
        """With synthetic samples of one class at the end."""
        first = len(self.pool)
        return replace(
            self,
            pool=np.concatenate([self.pool, features]),
            rows=np.concatenate([self.rows, np.arange(first, first + len(features))]),
            labels=np.concatenate([self.labels, np.full(len(features), label, dtype=self.labels.dtype)]),
        )
