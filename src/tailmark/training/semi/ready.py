"""Makes a task with few labels ready to train: reads the views, finds what is missing, refuses what is broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tailmark import datasets, methods
from tailmark.datasets import Prepared
from tailmark.errors import TailmarkError
from tailmark.fusion.degrade import victims
from tailmark.fusion.design import Resampler
from tailmark.fusion.pools import FULL, Array, Scale, scales, without_unseen
from tailmark.fusion.shapes import view_shapes
from tailmark.nets.views import ViewShape
from tailmark.semi.recipe import SemiRecipe
from tailmark.semi.step import Facts
from tailmark.training.task import Recipe, Task
from tailmark.training.views.resample import resampled
from tailmark.trainingset import TrainingSet

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Ready:
    """What is trained, on whichever device; all rows are rows of the pools of values."""

    seed: int
    recipe: Recipe
    semi: SemiRecipe
    method: Any
    facts: Facts
    values: Mapping[str, Array]  # a view's values, the samples of the task one after the other
    scales: Mapping[str, Scale]
    tops: Mapping[
        str, float
    ]  # of image views: the brightest training pixel, as a share of what a byte can hold
    present: NDArray[np.float32]  # (samples, views)
    training: TrainingSet  # the labelled samples; its own pool holds no features
    pool: Rows  # samples whose label no method sees
    pool_labels: Rows  # for the diagnostics alone
    test: Rows
    test_labels: Rows
    steps: int

    @property
    def epoch_steps(self) -> int:
        """Steps after which every sample was seen about once, the unlabelled ones included."""
        return max(
            -(-len(self.training) // self.facts.batch),
            -(-len(self.pool) // self.facts.pool_batch),
        )


def ready(task: Task) -> Ready:
    """The task with its views in memory."""
    assert task.semi is not None
    prepared, semi = datasets.load(task.data), task.semi
    method = methods.make(task.method, task.settings, task.protocol)
    if method.sees and not len(task.pool_rows):
        raise TailmarkError(
            f"Method '{task.method}' learns from samples without labels; the split '{task.record['split']}' has none. "
            "Lower its `labelled`, or use `supervised`."
        )
    shapes = view_shapes(prepared, semi.views)
    rows = np.concatenate([task.rows, task.pool_rows, task.test_rows])
    learned = np.arange(len(task.rows) + len(task.pool_rows))
    found = {shape.name: prepared.views[shape.name][rows] for shape in shapes}
    present = _present(found, shapes, rows, len(prepared.labels), semi.missing, task.seed)
    _check(present[learned], shapes, prepared)
    fitted = {shape.name: scales(found[shape.name], learned, shape) for shape in shapes}
    values = {shape.name: without_unseen(_filled(found[shape.name]), learned, shape) for shape in shapes}
    training = TrainingSet(
        np.empty((len(rows), 0), np.float32), np.arange(len(task.rows)), task.targets, task.classes
    )
    return Ready(
        seed=task.seed,
        recipe=task.recipe,
        semi=semi,
        method=method,
        facts=facts(task, shapes),
        values=values,
        scales=fitted,
        tops=tops(values, learned, shapes),
        present=present,
        training=training,
        pool=learned[len(task.rows) :],
        pool_labels=task.pool_targets,
        test=np.arange(len(learned), len(rows)),
        test_labels=task.test_targets,
        steps=semi.steps,
    )


def facts(task: Task, shapes: tuple[ViewShape, ...]) -> Facts:
    """What the method may know."""
    assert task.semi is not None
    counts = np.bincount(task.targets, minlength=task.classes)
    return Facts(
        shapes=shapes,
        sizes=task.semi.encoders,
        counts=tuple(counts.tolist()),
        pool=len(task.pool_rows),
        batch=task.recipe.batch,
        pool_batch=task.semi.pool_batch,
        seed=task.seed,
    )


def tops(values: Mapping[str, Array], rows: Rows, shapes: tuple[ViewShape, ...]) -> dict[str, float]:
    """What counts as 1: images need not use the whole range of a byte."""
    return {
        shape.name: max(float(values[shape.name][rows].max(initial=0)), 1.0) / FULL
        for shape in shapes
        if shape.kind == "image"
    }


def with_new_samples(ready: Ready) -> Ready:
    """The labelled samples as the method's resampler leaves them, in all views at once."""
    name: Resampler = getattr(ready.method, "resampler", "none")
    if name == "none":
        return ready
    made, values = resampled(ready.training, ready.values, ready.facts.shapes, name, ready.seed)
    new = len(made.pool) - len(ready.present)
    whole = np.ones((new, ready.present.shape[1]), np.float32)
    return replace(ready, training=made, values=values, present=np.concatenate([ready.present, whole]))


def _present(
    values: Mapping[str, Array],
    shapes: tuple[ViewShape, ...],
    rows: Rows,
    samples: int,
    share: float,
    seed: int,
) -> NDArray[np.float32]:
    """Which views of which samples are there: those that the data lack, and those that the suite takes away."""
    taken = victims(samples, share, len(shapes), seed)[rows] if share else np.full(len(rows), -1)
    there = [_there(values[shape.name], shape) & (taken != number) for number, shape in enumerate(shapes)]
    return np.stack(there, axis=1).astype(np.float32)


def _there(values: Array, shape: ViewShape) -> NDArray[np.bool_]:
    """A table's row without any number is missing; one that lacks some of them is an error."""
    if values.dtype == np.uint8:
        return np.ones(len(values), bool)
    lacking = np.isnan(values.astype(np.float64))
    whole_row = lacking.all(axis=1)
    partly = lacking.any(axis=1) & ~whole_row
    if partly.any():
        columns = np.flatnonzero(lacking[partly].any(axis=0)) + 1
        raise TailmarkError(
            f"View '{shape.name}' should hold numbers, but {int(partly.sum())} of {len(values)} samples have NaN in "
            f"column {', '.join(map(str, columns[:5]))}{' and others' * (len(columns) > 5)}. Fill them in where the "
            "dataset is read, or make the whole row NaN: then the view counts as missing for that sample."
        )
    return np.logical_not(whole_row)


def _check(present: NDArray[np.float32], shapes: tuple[ViewShape, ...], prepared: Prepared) -> None:
    """A view that no training sample has cannot be learned."""
    for number, shape in enumerate(shapes):
        if not present[:, number].any():
            raise TailmarkError(
                f"Expected the view '{shape.name}' of '{prepared.name}' for some training samples; it is missing for "
                f"all {len(present)} of them. Leave it out of the suite's `views`."
            )


def _filled(values: Array) -> Array:
    """Numbers that are missing are zero: where a view is missing its numbers do not count."""
    return values if values.dtype == np.uint8 else np.nan_to_num(values, nan=0.0)
