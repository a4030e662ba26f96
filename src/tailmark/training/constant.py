"""The run of the trivial classifier: no features are read, so that a set of photographs costs nothing."""

from __future__ import annotations

import numpy as np
import torch

from tailmark.nets.prior import Prior
from tailmark.training.outcome import Curves, Outcome
from tailmark.training.task import Task


def constant(task: Task) -> Outcome:
    """The class frequencies of the training set, for every test sample."""
    counts = np.bincount(task.targets, minlength=task.classes)
    network = Prior(torch.tensor(counts / counts.sum(), dtype=torch.float32))
    logits = network(torch.empty(len(task.test_rows), 0)).numpy()
    return Outcome(np.ascontiguousarray(logits), Curves(), 0, 0.0)
