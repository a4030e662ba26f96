"""Improved precision and recall (Kynkäänniemi et al. 2019): is it like the real, and is all the real there?

The manifold of a set is the union of balls, one around each point, that reach to its k-th nearest
neighbour in the set. Precision is the share of the generated inside the manifold of the real; recall
is the share of the real inside the manifold of the generated.

Rules: a point on the rim of a ball, to rounding, is inside. In a set of k points or fewer a ball reaches to the
farthest point; the ball of a single point holds only copies of it.
"""

from __future__ import annotations

import numpy as np

from tailmark.quality.distances import BLOCK, Floats, blocks, squared_distances, squared_lengths

NEIGHBOURS = 3
ROUNDING = 16 * float(np.finfo(np.float32).eps)  # of a squared distance, relative to squared lengths


def precision_recall(
    generated: Floats, real: Floats, k: int = NEIGHBOURS, block: int = BLOCK
) -> tuple[float, float]:
    """Precision and recall of features, which should be of equally many samples."""
    origin = real.mean(axis=0)
    generated, real = generated - origin, real - origin
    slack = ROUNDING * max(squared_lengths(generated).max(), squared_lengths(real).max())
    precision = _share_inside(generated, real, _squared_radii(real, k, block) + slack, block)
    recall = _share_inside(real, generated, _squared_radii(generated, k, block) + slack, block)
    return precision, recall


def _squared_radii(points: Floats, k: int, block: int) -> Floats:
    """Of each point, the squared distance to its k-th nearest other point."""
    rank = min(k, len(points) - 1)  # the least is that to the point itself
    radii = np.empty(len(points), dtype=np.float32)
    for rows in blocks(len(points), block):
        squares = squared_distances(points[rows], points)
        radii[rows] = np.partition(squares, rank, axis=1)[:, rank]
    return radii


def _share_inside(points: Floats, centres: Floats, squared_radii: Floats, block: int) -> float:
    inside = [
        (squared_distances(points[rows], centres) <= squared_radii).any(axis=1)
        for rows in blocks(len(points), block)
    ]
    return float(np.concatenate(inside).mean())
