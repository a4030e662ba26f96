"""Datasets that come as a training pool and an official test set."""

from __future__ import annotations

import numpy as np

from tailmark.datasets.declaration import Parsed


def one_after_another(train: Parsed, test: Parsed) -> Parsed:
    """The training pool first, then the test set, as column `partition` says."""
    return Parsed(
        views={view: np.concatenate([train.views[view], test.views[view]]) for view in train.views},
        labels=np.concatenate([train.labels, test.labels]),
        columns={"partition": np.repeat(np.array([0, 1], np.int8), [len(train.labels), len(test.labels)])},
    )
