"""The resamplers of single-modal data on several views: a sample is repeated, or made, in all its views at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from tailmark import methods, streams
from tailmark.errors import TailmarkError
from tailmark.fusion.design import Resampler
from tailmark.fusion.pools import Array
from tailmark.nets.views import ViewShape
from tailmark.trainingset import TrainingSet


def resampled(
    training: TrainingSet,
    pools: Mapping[str, Array],
    shapes: tuple[ViewShape, ...],
    name: Resampler,
    seed: int,
) -> tuple[TrainingSet, dict[str, Array]]:
    """The training set as the resampler leaves it, and pools with the new samples at their end."""
    if name == "none":
        return training, dict(pools)
    state = streams.integer(seed, "noise")
    if name == "ros":
        return methods.make("ros", {}, "corrected").resample(training, state), dict(pools)
    _all_numbers(shapes)
    flat = replace(training, pool=_side_by_side(pools))
    made = methods.make("smote", {}, "corrected").resample(flat, state)
    found = _apart(made.pool, pools)
    return replace(made, pool=np.empty((len(made.pool), 0), np.float32)), found


def _all_numbers(shapes: tuple[ViewShape, ...]) -> None:
    tables = [shape.name for shape in shapes if any(shape.levels)]
    if tables:
        raise TailmarkError(
            f"SMOTE draws between two samples, which has no meaning for categories; {', '.join(tables)} holds "
            "some. Use `resampler: ros`, or a re-weighting loss."
        )


def _side_by_side(pools: Mapping[str, Array]) -> np.ndarray:
    return np.concatenate([pool.reshape(len(pool), -1).astype(np.float32) for pool in pools.values()], axis=1)


def _apart(rows: np.ndarray, pools: Mapping[str, Array]) -> dict[str, Array]:
    """Back to views; the pixels of a new image are rounded."""
    found, start = {}, 0
    for name, pool in pools.items():
        width = int(np.prod(pool.shape[1:]))
        part = rows[:, start : start + width].reshape(-1, *pool.shape[1:])
        found[name] = part.round().clip(0, 255).astype(np.uint8) if pool.dtype == np.uint8 else part
        start += width
    return found
