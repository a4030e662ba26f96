"""From a dataset's views to one float32 matrix, scaled as the dataset says."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tailmark.datasets import Prepared

Matrix = NDArray[np.float32]


def features(prepared: Prepared, rows: NDArray[np.int64], fit_on: NDArray[np.int64]) -> Matrix:
    """The features of some rows, all views side by side; scales are fitted on other rows (the training set)."""
    parts = [
        scaled(view, rows, fit_on, prepared.scaling[name]).reshape(len(rows), -1)
        for name, view in sorted(prepared.views.items())
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def scaled(view: NDArray[Any], rows: NDArray[np.int64], fit_on: NDArray[np.int64], how: str) -> Matrix:
    """One view. Values outside the range seen in fitting are clipped to it where there is a range."""
    values = view[rows].astype(np.float32)
    if how == "none":
        return values
    if how == "unit":
        return values / np.float32(255)
    seen = view[fit_on].astype(np.float64)
    if how == "zscore":
        spread = seen.std(axis=0)
        return ((values - seen.mean(axis=0)) / np.where(spread > 0, spread, 1)).astype(np.float32)
    low, high = {"minmax01": (0.0, 1.0), "minmax11": (-1.0, 1.0)}[how]
    least, span = seen.min(axis=0), np.ptp(seen, axis=0)
    share = np.clip((values - least) / np.where(span > 0, span, 1), 0, 1)
    return (low + (high - low) * share).astype(np.float32)
