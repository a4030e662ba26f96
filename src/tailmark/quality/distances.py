"""Distances between many samples, block by block: memory depends on a block, not on the number of pairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[Any]  # (n, ...): images or rows of features, of any kind of number
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

BLOCK = 2048


def nearest_to(points: Samples, references: Samples, block: int = BLOCK) -> Ints:
    """The index of the reference that is nearest to each point."""
    origin = flat(points).mean(axis=0)
    nearest = np.zeros(len(points), dtype=np.int64)
    least = np.full(len(points), np.inf, dtype=np.float32)
    for rows in blocks(len(points), block):
        some = flat(points[rows]) - origin
        for columns in blocks(len(references), block):
            squares = squared_distances(some, flat(references[columns]) - origin)
            closest = squares.argmin(axis=1)
            square = squares[np.arange(len(some)), closest]
            nearer = square < least[rows]
            nearest[rows] = np.where(nearer, columns.start + closest, nearest[rows])
            least[rows] = np.where(nearer, square, least[rows])
    return nearest


def distance_to_nearest(points: Samples, references: Samples) -> Floats:
    """How far each point is from the reference that is nearest to it."""
    return apart(points, references[nearest_to(points, references)])


def apart(points: Samples, others: Samples) -> Floats:
    """The distance of each point to the one in the same row; exactly 0 for a copy."""
    distances: Floats = np.linalg.norm(flat(points) - flat(others), axis=1)
    return distances


def squared_distances(points: Floats, others: Floats) -> Floats:
    """|a|^2 + |b|^2 - 2ab: one matrix product, where rounding below 0 is cut off.

    Digits are lost far from the origin, so the caller moves the origin into the data first.
    """
    squares: Floats = points @ others.T
    squares *= -2
    squares += squared_lengths(points)[:, None]
    squares += squared_lengths(others)
    return np.maximum(squares, 0, out=squares)


def squared_lengths(points: Floats) -> Floats:
    """|a|^2 of each row."""
    lengths: Floats = np.einsum("ij,ij->i", points, points)
    return lengths


def flat(samples: Samples) -> Floats:
    """A row of float32 for each sample."""
    return np.asarray(samples, dtype=np.float32).reshape(len(samples), -1)


def blocks(n: int, size: int = BLOCK) -> Iterator[slice]:
    """Slices that cover n rows."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
