"""Tasks for the training tests: those of a small suite over real data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tailmark.folders import Folders
from tailmark.params import Params
from tailmark.training.plan import plan
from tailmark.training.task import Task

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
