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
    """Images become white noise; a row of a table becomes that of another sample, drawn at random."""
    found = pool.copy()
    if pool.dtype == np.uint8:
        found[where] = draws.integers(256, size=found[where].shape, dtype=np.uint8)
    else:
        found[where] = pool[draws.integers(len(pool), size=int(where.sum()))]
    return found
