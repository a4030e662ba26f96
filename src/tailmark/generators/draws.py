"""Every random number of a lesson, epoch by epoch, from its own streams: order, noise and exemplars.

They do not depend on the imbalance ratio, on lambda or on what trains beside it, so a stack draws the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tailmark.streams import stream


@dataclass(frozen=True)
class Epoch:
    """The draws of one epoch of n samples in T steps."""

    order: NDArray[np.int64]  # (n,)
    noise: NDArray[np.float32]  # (n, d), in the order in which samples come
    exemplars: NDArray[np.int64]  # (T, S): positions among the exemplars, drawn with replacement


class Draws:
    """The streams of one lesson."""

    def __init__(self, seed: int, lesson: str) -> None:
        self.order = stream(seed, f"{lesson}/order")
        self.noise = stream(seed, f"{lesson}/noise")
        self.exemplars = stream(seed, f"{lesson}/exemplars")

    def epoch(self, n: int, latent: int, steps: int, candidates: int, exemplars: int) -> Epoch:
        """The next epoch; `exemplars` of `candidates` are drawn a step."""
        return Epoch(
            self.order.permutation(n),
            self.noise.standard_normal((n, latent), dtype=np.float32),
            self.exemplars.integers(max(candidates, 1), size=(steps, exemplars)),
        )
