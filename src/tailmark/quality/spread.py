"""How far generated samples spread, against how far real ones do: a collapse is a spread near 0."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tailmark.quality.distances import Samples, blocks

COLLAPSE = 0.1  # a generator that spreads less than this share of the real spread has collapsed


def spreads(generated: Samples, real: Samples) -> tuple[float, float]:
    """Feature by feature, and in total.

    The first is the median over features of the ratio of standard deviations, without features that are
    constant in the real samples. The second is the square root of the ratio of summed variances.
    NaN for fewer than two samples on a side, or where no real feature varies.
    """
    varies = real.max(axis=0) > real.min(axis=0)
    if min(len(generated), len(real)) < 2 or not varies.any():
        return math.nan, math.nan
    made, true = _variances(generated), _variances(real)
    by_feature = np.median(np.sqrt(made[varies] / true[varies]))
    return float(by_feature), math.sqrt(made.sum() / true[varies].sum())


def collapsed(total_spread: float) -> float:
    """1 or 0, or NaN where there is no spread to judge."""
    return math.nan if math.isnan(total_spread) else float(total_spread < COLLAPSE)


def _variances(samples: Samples) -> NDArray[np.float64]:
    """Unbiased, because a generator makes a hundred times as many samples as a small class has."""
    mean = samples.mean(axis=0, dtype=np.float64)
    squares = np.zeros_like(mean)
    for rows in blocks(len(samples)):
        squares += np.square(samples[rows] - mean).sum(axis=0)
    return squares / (len(samples) - 1)
