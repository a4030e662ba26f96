"""The views of the samples that a run needs: images as bytes, tables as numbers, with the scale that fits them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from tailmark.nets.views import ViewShape

log = logging.getLogger(__name__)

AT_A_TIME = 4096  # images whose sums are taken at once: never a whole set as floats
FULL = 255.0

Array = NDArray[np.generic]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Scale:
    """What standardises a view: of an image a mean and a spread a channel, of a table one a column."""

    mean: Floats
    spread: Floats


def scales(pool: Array, rows: NDArray[np.int64], view: ViewShape) -> Scale:
    """Fitted on some rows, the training set; codes of categories are left as they are."""
    if view.kind == "image":
        return _of_images(pool, rows)
    values = pool[rows].astype(np.float64)
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0).sum(axis=0) / count
    spread = np.sqrt(np.where(known, (values - mean) ** 2, 0).sum(axis=0) / count)
    numbers = np.array(view.levels or (0,) * values.shape[1]) == 0
    mean, spread = np.where(numbers, mean, 0), np.where(numbers & (spread > 0), spread, 1)
    return Scale(mean.astype(np.float32), spread.astype(np.float32))


def _of_images(pool: Array, rows: NDArray[np.int64]) -> Scale:
    channels = pool.shape[3] if pool.ndim == 4 else 1
    total, squares, count = np.zeros(channels), np.zeros(channels), 0
    for start in range(0, len(rows), AT_A_TIME):
        part = pool[rows[start : start + AT_A_TIME]].reshape(-1, channels).astype(np.float64) / FULL
        total, squares, count = total + part.sum(0), squares + (part**2).sum(0), count + len(part)
    mean = total / count
    spread = np.sqrt(np.maximum(squares / count - mean**2, 1e-8))
    return Scale(mean.astype(np.float32), spread.astype(np.float32))


def without_unseen(pool: Array, rows: NDArray[np.int64], view: ViewShape) -> Array:
    """Categories that the training set has not count as missing: nothing could be learned of them."""
    if not any(view.levels):
        return pool
    found = pool.copy()
    for column, levels in enumerate(view.levels):
        if levels:
            unseen = ~np.isin(found[:, column], pool[rows, column])
            if unseen.any():
                log.warning(
                    "View '%s', column %d: %d samples have a category that no training sample has; they count as "
                    "missing.",
                    view.name,
                    column + 1,
                    int(unseen.sum()),
                )
            found[unseen, column] = 0
    return found


class Batches:
    """The pools on a device: rows by number in, what an encoder takes out."""

    def __init__(self, pools: Mapping[str, Array], scales: Mapping[str, Scale], device: torch.device) -> None:
        self.pools = {name: _image_rank(torch.from_numpy(pool)).to(device) for name, pool in pools.items()}
        self.mean = {name: torch.from_numpy(scale.mean).to(device) for name, scale in scales.items()}
        self.spread = {name: torch.from_numpy(scale.spread).to(device) for name, scale in scales.items()}

    def raw(self, name: str, rows: torch.Tensor) -> torch.Tensor:
        """Images from 0 to 1, tables as they are."""
        values = self.pools[name].index_select(0, rows)
        return values.float() / FULL if values.dtype == torch.uint8 else values

    def standardised(self, name: str, values: torch.Tensor) -> torch.Tensor:
        """On the scale that the training set has."""
        return (values - self.mean[name]) / self.spread[name]


def _image_rank(pool: torch.Tensor) -> torch.Tensor:
    """Grey images get their one channel."""
    return pool.unsqueeze(-1) if pool.ndim == 3 and pool.dtype == torch.uint8 else pool
