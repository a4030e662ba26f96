"""Strong noise in place of one view of some samples: the case in which weighing views can matter.

Which samples lose which view comes from the run's seed and the sample's row alone. Training and test sets are degraded
alike, and every method of a seed sees the same.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tailmark.streams import stream

Array = NDArray[np.generic]


def victims(samples: int, share: float, views: int, seed: int) -> NDArray[np.int64]:
    """For every sample of a dataset, the number of the view that is lost, or -1."""
    draws = stream(seed, "degrade/which")
    lost = draws.random(samples) < share
    return np.where(lost, draws.integers(views, size=samples), -1)


def degraded(
    pools: Mapping[str, Array], rows: NDArray[np.int64], samples: int, share: float, seed: int
) -> dict[str, Array]:
    """The pools of some rows of a dataset of so many samples, with their noise."""
    which = victims(samples, share, len(pools), seed)[rows]
    return {
        name: noisy(pool, which == number, stream(seed, f"degrade/{name}"))
        for number, (name, pool) in enumerate(pools.items())
    }


def noisy(pool: Array, where: NDArray[np.bool_], draws: np.random.Generator) -> Array:
    """The pool with its lost samples."""
    found = pool.copy()
    found[where] = noise(pool, int(where.sum()), draws)
    return found


def noise(pool: Array, count: int, draws: np.random.Generator) -> Array:
    """White noise as bright as the images of a pool get; of a table, rows of other samples, drawn at random."""
    if pool.dtype != np.uint8:
        return pool[draws.integers(len(pool), size=count)]
    top = int(pool.astype(np.uint8).max(initial=0))
    return draws.integers(top + 1, size=(count, *pool.shape[1:]), dtype=np.uint8)
