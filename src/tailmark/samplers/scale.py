"""Between a user's features and the range in which generators work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Range = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """The scale of each feature; its arrays have one number a feature."""

    middle: NDArray[np.float64]
    half: NDArray[np.float64]
    low: NDArray[np.float64]  # what is generated is nowhere below
    high: NDArray[np.float64]  # nor above: a constant feature stays constant
    span: Range  # of the generators

    def inward(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """From features as given."""
        scaled = np.zeros(X.shape)
        np.divide(X - self.middle, self.half, out=scaled, where=self.half > 0)
        return scaled.astype(np.float32)

    def outward(self, samples: NDArray[np.float32], dtype: np.dtype[Any]) -> NDArray[Any]:
        """To features as given, and to their type; whole numbers are rounded."""
        X = (self.middle + self.half * samples).clip(self.low, self.high)
        return (X if dtype.kind == "f" else np.rint(X)).astype(dtype)


def scale_of(X: NDArray[Any], declared: Range | None) -> Scale:
    """The scale of a declared range is the identity; without one, every feature is fitted into -1 .. 1."""
    low, high = X.min(axis=0).astype(np.float64), X.max(axis=0).astype(np.float64)
    if declared is None:
        middle, half = low / 2 + high / 2, high / 2 - low / 2  # halves: high - low may be too large
        return Scale(middle, half, low, high, (-1.0, 1.0))
    constant = low == high
    least, most = np.where(constant, low, declared[0]), np.where(constant, high, declared[1])
    return Scale(np.zeros_like(low), np.ones_like(low), least, most, declared)
