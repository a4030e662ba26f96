"""The judge: a classifier of the dataset's own classes, trained on real samples, that looks at generated ones.

Its penultimate layer is where generated and real samples are compared. Smaller classes weigh more, so that it knows
them; it is an instrument, never a result.
"""

from __future__ import annotations

import time

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import cross_entropy

from tailmark import streams
from tailmark.generators.lesson import Classifier, Lesson, Material, Model
from tailmark.generators.network import weights_of
from tailmark.nets.mlp import mlp

PIECE = 1000  # samples at a time


def fit_judge(lesson: Lesson, material: Material, seed: int, device: torch.device) -> Model:
    """Train to the last epoch."""
    begun = time.perf_counter()
    network = _network(lesson, material, seed).to(device)
    pool = torch.from_numpy(material.pool).to(device)
    counts = np.bincount(material.labels, minlength=material.classes)
    weight = torch.from_numpy(len(material.labels) / (len(counts) * counts.clip(1))).float().to(device)
    optimiser = torch.optim.Adam(network.parameters(), lr=lesson.learning_rate, fused=True)
    order, losses = streams.stream(seed, "judge/order"), []
    for _ in range(lesson.epochs):
        positions, total = order.permutation(len(material.learns)), 0.0
        rows = torch.from_numpy(material.learns[positions]).to(device)
        labels = torch.from_numpy(material.labels[positions]).to(device)
        for some, truth in zip(rows.split(lesson.batch), labels.split(lesson.batch), strict=True):
            each = cross_entropy(network(pool.index_select(0, some)), truth, reduction="none")
            value = (each * weight[truth]).mean()
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
            total += float(value.detach()) * len(some)
        losses.append(total / len(positions))
        for group in optimiser.param_groups:
            group["lr"] *= lesson.decay
    return Model(weights_of(network), {}, np.array(losses, np.float32), time.perf_counter() - begun)


class Judge:
    """A trained judge."""

    def __init__(self, lesson: Lesson, model: Model, material: Material) -> None:
        network = _network(lesson, material, 0)
        network.load_state_dict({name: torch.from_numpy(value) for name, value in model.weights.items()})
        self.body, self.head = network[:-1].eval(), network[-1]

    def features(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The penultimate layer."""
        with torch.inference_mode():
            parts = [self.body(part) for part in torch.from_numpy(samples).split(PIECE)]
        found: NDArray[np.float32] = torch.cat(parts).numpy()
        return found

    def predicted(self, samples: NDArray[np.float32]) -> NDArray[np.int64]:
        """The class that each sample looks like."""
        with torch.inference_mode():
            found: NDArray[np.int64] = self.head(torch.from_numpy(self.features(samples))).argmax(-1).numpy()
        return found


def _network(lesson: Lesson, material: Material, seed: int) -> nn.Sequential:
    assert isinstance(lesson.network, Classifier)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(streams.integer(seed, "init"))
        return mlp(material.pool.shape[1], material.classes, hidden=lesson.network.hidden)
