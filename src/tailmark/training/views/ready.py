"""Makes a multi-modal task ready to train: reads the views, degrades, holds out, resamples.

Several can be made ready at once in threads: nothing here draws from a generator that all share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tailmark import datasets, methods, streams
from tailmark.datasets import Prepared
from tailmark.fusion.degrade import degraded
from tailmark.fusion.design import Design
from tailmark.fusion.pools import Array, Scale, scales, without_unseen
from tailmark.fusion.recipe import FusionRecipe
from tailmark.fusion.shapes import view_shapes
from tailmark.nets.views import ViewShape
from tailmark.training.task import Recipe, Task
from tailmark.training.views.resample import resampled
from tailmark.trainingset import TrainingSet

HELD_OUT = 0.1  # of each class, to fit the experts' weights on


@dataclass(frozen=True)
class Ready:
    """What is trained, on whichever device; `test` and `held` are rows of the pools. Nothing is resampled yet."""

    seed: int
    method: Any
    recipe: Recipe
    fusion: FusionRecipe
    design: Design
    shapes: tuple[ViewShape, ...]
    pools: dict[str, Array]
    scales: dict[str, Scale]
    training: TrainingSet  # rows of the pools; its own pool holds no features
    counts: NDArray[np.int64]  # samples of each class, those that are held out included
    held: NDArray[np.int64]  # what the weights are fitted on: the training set, or a part held out of it
    held_labels: NDArray[np.int64]
    test: NDArray[np.int64]
    test_labels: NDArray[np.int64]
    mixes: dict[str, NDArray[np.int64]]

    @property
    def epoch_steps(self) -> int:
        """Batches after which every sample was seen about once."""
        return -(-len(self.training) // self.recipe.batch)

    @property
    def steps(self) -> int:
        """Over the whole training; every batch is full, and shuffles follow on from each other."""
        return self.fusion.steps or self.recipe.epochs * self.epoch_steps


def ready(task: Task) -> Ready:
    """The task with its views in memory."""
    assert task.fusion is not None
    prepared, fusion = datasets.load(task.data), task.fusion
    counts = np.bincount(task.targets, minlength=task.classes)
    method = methods.make(task.method, task.settings, task.protocol)
    design: Design = method.design(counts.astype(np.float64), fusion.views)
    rows = np.concatenate([task.rows, task.test_rows])
    shapes = view_shapes(prepared, design.views)
    train, test = np.arange(len(task.rows)), np.arange(len(task.rows), len(rows))
    pools = _pools(prepared, shapes, rows, train, fusion, task.seed)
    shapes = tuple(_knowing_gaps(shape, pools[shape.name][train]) for shape in shapes)
    train, labels, held = _held_out(train, task.targets, design, task.seed)
    found = {shape.name: scales(pools[shape.name], train, shape) for shape in shapes}
    training = TrainingSet(np.empty((len(rows), 0), np.float32), train, labels, task.classes)
    return Ready(
        seed=task.seed,
        method=method,
        recipe=task.recipe,
        fusion=fusion,
        design=design,
        shapes=shapes,
        pools=pools,
        scales=found,
        training=training,
        counts=counts,
        held=held,
        held_labels=task.targets[held],
        test=test,
        test_labels=task.test_targets,
        mixes=task.mixes,
    )


def with_new_samples(ready: Ready) -> Ready:
    """The training set as the suite's resampler leaves it, in all views at once."""
    training, pools = resampled(ready.training, ready.pools, ready.shapes, ready.fusion.resampler, ready.seed)
    return replace(ready, training=training, pools=pools)


def _pools(
    prepared: Prepared,
    shapes: tuple[ViewShape, ...],
    rows: NDArray[np.int64],
    train: NDArray[np.int64],
    fusion: FusionRecipe,
    seed: int,
) -> dict[str, Array]:
    """The rows of the dataset that count here. All views are drawn for noise, whichever the method sees."""
    seen = {shape.name for shape in shapes}
    if fusion.degraded:
        every = {name: prepared.views[name][rows] for name in fusion.views}
        lost = degraded(every, rows, len(prepared.labels), fusion.degraded, seed)
        pools = {name: lost[name] for name in fusion.views if name in seen}
    else:
        pools = {shape.name: prepared.views[shape.name][rows] for shape in shapes}
    return {shape.name: without_unseen(pools[shape.name], train, shape) for shape in shapes}


def _knowing_gaps(shape: ViewShape, seen: Array) -> ViewShape:
    """A table that lacks numbers in training says of each number whether it was there."""
    gaps = shape.kind == "table" and bool(np.isnan(seen).any())
    return replace(shape, missing=gaps)


def _held_out(
    train: NDArray[np.int64], labels: NDArray[np.int64], design: Design, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """What is trained on, its labels, and what weights are fitted on. No class gives away its last sample."""
    if design.weights != "holdout" and not getattr(design.balance, "holds", False):
        return train, labels, train
    kept = np.ones(len(train), bool)
    for label in np.unique(labels):
        members = streams.stream(seed, f"holdout/{label}").permutation(np.flatnonzero(labels == label))
        kept[members[: min(max(1, round(HELD_OUT * len(members))), len(members) - 1)]] = False
    return train[kept], labels[kept], train[~kept]
