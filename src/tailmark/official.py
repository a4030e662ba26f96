"""The parts that a dataset comes in: its own training set, with the imbalance that it has, and its own test set."""

from __future__ import annotations

import numpy as np

from tailmark.errors import TailmarkError
from tailmark.splits import Source, Split


def official(source: Source) -> Split:
    """Every seed has the same samples."""
    partition = source.columns.get("partition")
    if partition is None:
        raise TailmarkError(
            f"'{source.name}' has no training and test parts of its own. Use a split of another kind, such as holdout."
        )
    roles = {"train": np.flatnonzero(partition == 0), "test": np.flatnonzero(partition == 1)}
    return Split(source.labels.astype(np.int64), source.classes, roles, ("test",))
