"""A judge that needs no training."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from tailmark.quality import Judge


@pytest.fixture
def judge() -> Judge:
    """Sees the features as they are, and takes the whole part of the first feature for the class."""

    class ByFirstFeature:
        def features(self, samples: NDArray) -> NDArray:
            return samples.reshape(len(samples), -1).astype(np.float32)

        def predicted(self, samples: NDArray) -> NDArray:
            return np.floor(samples.reshape(len(samples), -1)[:, 0]).astype(np.int64)

    return ByFirstFeature()


@pytest.fixture
def normal() -> Callable[..., NDArray]:
    """Rows of a normal distribution around a place, with a seed of their own."""

    def draw(n: int, around: tuple[float, ...] = (0.0, 0.0), sd: float = 1.0, seed: int = 0) -> NDArray:
        noise = np.random.default_rng(seed).standard_normal((n, len(around)))
        return (around + sd * noise).astype(np.float32)

    return draw
