"""Makes a task ready to train: reads the data, resamples, resolves the loss, draws the initial weights."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tailmark import datasets, methods, streams
from tailmark.datasets import Prepared
from tailmark.errors import TailmarkError
from tailmark.generators import store
from tailmark.generators.generate import Generated, Wanted, generate
from tailmark.generators.material import material, shape_of, span_of
from tailmark.nets.mlp import mlp
from tailmark.nets.prior import Prior
from tailmark.nets.resnet import resnet20
from tailmark.nets.rows import Shape
from tailmark.objective import Objective
from tailmark.training.features import features
from tailmark.training.order import epoch_length
from tailmark.training.task import Recipe, Task
from tailmark.trainingset import TrainingSet


@dataclass(frozen=True)
class Ready:
    """What the loop and the stack train."""

    seed: int
    recipe: Recipe
    training: TrainingSet
    objective: Objective
    network: nn.Module
    test: NDArray[np.float32]
    test_targets: NDArray[np.int64]
    shape: tuple[int, ...] = ()  # of one sample

    @property
    def epoch_length(self) -> int:
        return epoch_length(self.training, self.recipe.match_steps)

    @property
    def steps_per_epoch(self) -> int:
        return -(-self.epoch_length // self.recipe.batch)


def ready(task: Task) -> Ready:
    """The task with its data and its network in memory."""
    prepared = datasets.load(task.data)
    fit_on = task.rows if task.scale_on == "train" else np.arange(len(prepared.labels))
    pool = features(prepared, task.rows, fit_on)
    training = TrainingSet(pool, np.arange(len(pool)), task.targets, task.classes)
    method = methods.make(task.method, task.settings, task.protocol)
    counts = training.counts
    for label, made in generated(task, training, prepared).items():
        training = training.extended(made.samples, label)
    if hasattr(method, "resample"):
        training = method.resample(training, streams.integer(task.seed, "noise"))
    test = features(prepared, task.test_rows, fit_on)
    objective = method.objective(counts.astype(np.float64))
    shape = shape_of(prepared) or (pool.shape[1],)
    net = network(task.recipe, shape, counts, task.seed, option="B" if task.protocol == "released" else "A")
    return Ready(task.seed, task.recipe, training, objective, net, test, task.test_targets, shape)


def generated(task: Task, training: TrainingSet, prepared: Prepared) -> dict[int, Generated]:
    """The samples that each class lacks, from its model."""
    missing, found = training.missing(), {}
    how = task.record["settings"]["resampler"]["generate"] if task.lessons else ""
    for label, taught in task.lessons.items():
        seen = material(
            taught.lesson,
            training.pool,
            training.labels,
            task.classes,
            span_of(prepared),
            shape_of(prepared),
        )
        model = store.read(taught.into)
        wanted = Wanted(label, missing[label], task.seed, how)
        found[label] = generate(taught.lesson, model, seen, wanted)
    return found


def network(
    recipe: Recipe, shape: tuple[int, ...], counts: NDArray[np.int64], seed: int, option: str = "A"
) -> nn.Module:
    """The run's initial network: the same seed gives the same encoder to every method."""
    if recipe.network == "prior":
        return Prior(torch.tensor(counts / counts.sum(), dtype=torch.float32))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(streams.integer(seed, "init"))
        if recipe.network == "resnet20":
            return resnet20(image_shape(shape), len(counts), option=option, head=recipe.head)
        return mlp(
            math.prod(shape),
            len(counts),
            hidden=recipe.hidden,
            head=recipe.head,
            ends_in_softmax=recipe.ends_in_softmax,
        )


def image_shape(shape: tuple[int, ...]) -> Shape:
    """Height, width and channels; anything else is no image."""
    if len(shape) == 2:
        return shape[0], shape[1], 1
    if len(shape) == 3:
        return shape[0], shape[1], shape[2]
    raise TailmarkError(
        f"The network 'resnet20' needs images; the dataset has rows of {math.prod(shape)} features. Set the suite's "
        "`network` to mlp."
    )


def terms(objective: Objective, device: torch.device) -> dict[str, torch.Tensor]:
    """The objective's numbers as tensors, for the loss."""
    return {
        name: torch.tensor(value, dtype=torch.float32, device=device)
        for name, value in objective.numbers().items()
    }
