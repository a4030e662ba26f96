"""A percent axis on which 98 and 99 stand as far apart as 80 and 90: equal steps halve what is missed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

TICKS = (0, 50, 70, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9, 100)
NEAREST = 0.03  # points to perfection that the scale tells apart
LABEL = "log scale of what is missed"


ROOM, LEAST_ROOM = 0.05, 0.06  # below and above: as a share of the axis, and in decades


def scale(axis: Axes, values: Sequence[float], gap: float = 0.08) -> None:
    """For these values; ticks stand at least a gap apart, a share of the axis."""
    axis.set_yscale("function", functions=(to_log, from_log))
    low, high = (float(to_log(end)) for end in (min(values, default=0), max(values, default=100)))
    room = max(ROOM * (high - low), LEAST_ROOM)
    bottom, top = max(0.0, float(from_log(low - room))), min(100.0, float(from_log(high + room)))
    axis.set_ylim(bottom, top)
    ticks = spaced(
        [tick for tick in TICKS if bottom <= tick <= top], gap * float(to_log(top) - to_log(bottom))
    )
    axis.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.minorticks_off()


def spaced(ticks: Sequence[float], gap: float) -> list[float]:
    """From the highest down, those that stand a gap below the last that was kept."""
    kept: list[float] = []
    for tick in reversed(ticks):
        if not kept or to_log(kept[-1]) - to_log(tick) >= gap:
            kept.append(tick)
    return kept[::-1]


def to_log(percent: ArrayLike) -> np.ndarray:
    """Decades of what is missed, perfection upward."""
    return -np.log10(np.maximum(100 - np.asarray(percent, dtype=float), 0) + NEAREST)


def from_log(height: ArrayLike) -> np.ndarray:
    """Back to percent."""
    return 100 + NEAREST - 10 ** -np.asarray(height, dtype=float)
