"""Tasks for the training tests: those of a small suite over real data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from tailmark.folders import Folders
from tailmark.fusion.pools import scales
from tailmark.nets.views import Encoders, ViewShape
from tailmark.params import Params
from tailmark.semi.recipe import SemiRecipe
from tailmark.semi.step import Facts, Step
from tailmark.training.plan import plan
from tailmark.training.semi.ready import Ready
from tailmark.training.task import Recipe, Task
from tailmark.trainingset import TrainingSet

MIXED = """
tier: tiny
data: {datasets: [mnist5k]}
suites:
  mixed:
    title: Methods that differ in numbers, and some that differ in more
    dataset: mnist5k
    splits: [{kind: groups, ratio: 20, test_per_class: 10}]
    protocols: [corrected, released]
    methods: [erm, focal, rw, cbrw, ldam, balanced-softmax, ros, smote]
    seeds: [0, 1]
    network: {hidden: [32, 16]}
    schedule: {epochs: 2, batch: 64, learning_rate: 0.005}
"""

GENERATING = """
tier: tiny
data: {datasets: [mnist5k]}
suites:
  tiny:
    title: Lessons, runs and appraisals
    dataset: mnist5k
    splits: [{kind: groups, ratio: 50, test_per_class: 10}]
    protocols: [corrected]
    methods:
      - erm
      - smote
      - {name: ocvae, epochs: 1, hidden: 16, latent: 4}
      - {name: mgvae, epochs: 1, fine_tuning_epochs: 2, exemplars: 20, hidden: 16, latent: 4, fisher_samples: 3}
    seeds: [0]
    network: {hidden: [16, 8]}
    schedule: {epochs: 1}
"""


@pytest.fixture
def generating() -> str:
    """A suite with every kind of job, small enough for a test."""
    return GENERATING


@pytest.fixture
def tasks(workspace: Callable[[str], tuple[Params, Folders]]) -> list[Task]:
    """Runs of every kind of method, in two protocols, at two seeds; few samples."""
    made, folders = workspace(MIXED)
    return [_fewer(item.task) for item in plan(made, "mixed", folders)]


def _fewer(task: Task) -> Task:
    """Every fourth training row, so that a test takes a moment."""
    return replace(task, rows=task.rows[::4], targets=task.targets[::4])


@dataclass(frozen=True)
class Labels:
    """The labelled samples alone."""

    sees: ClassVar[tuple[str, ...]] = ()

    def learn(self, step: Step) -> torch.Tensor:
        return cross_entropy(step.network(step.labelled), step.labels)


@pytest.fixture
def few_labels() -> Callable[..., Ready]:
    """Twenty labelled samples of three classes, an image and a table each, and a pool of eighty."""

    def make(method: Any = None, *, seed: int = 0, steps: int = 30, average: float = 0.9) -> Ready:
        draws = np.random.default_rng(3)
        labels = np.repeat([0, 1, 2, 0, 1, 2, 0, 1, 2], [12, 6, 2, 48, 24, 8, 20, 20, 20])
        bright = 70 * labels.reshape(-1, 1, 1, 1) + draws.integers(110, size=(160, 8, 8, 1))
        table = draws.normal(size=(160, 3)) + labels[:, None]
        values = {"image": bright.astype(np.uint8), "table": table.astype(np.float32)}
        shapes = (ViewShape("image", "image", (8, 8, 1)), ViewShape("table", "table", (3,)))
        sizes = Encoders(channels=(4, 8), kernel=3, hidden=12, columns=6)
        learned = np.arange(100)
        return Ready(
            seed=seed,
            recipe=Recipe("semi", (), "linear", False, 1, 16, 3e-3, 1.0, False),
            semi=SemiRecipe(("image", "table"), sizes, steps, 24, average, "crops"),
            method=Labels() if method is None else method,
            facts=Facts(shapes, sizes, (12, 6, 2), 80, 16, 24, seed),
            values=values,
            scales={shape.name: scales(values[shape.name], learned, shape) for shape in shapes},
            tops={"image": 1.0},
            present=np.ones((160, 2), np.float32),
            training=TrainingSet(np.empty((160, 0), np.float32), np.arange(20), labels[:20], 3),
            pool=np.arange(20, 100),
            pool_labels=labels[20:100],
            test=np.arange(100, 160),
            test_labels=labels[100:],
            steps=steps,
        )

    return make
