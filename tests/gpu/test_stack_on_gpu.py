"""A stack on a GPU is the runs alone on a CPU, and its step is captured as a graph.

Self-contained: `pytest --noconftest tests/gpu` needs torch, NumPy and pytest alone, on a machine without the rest.
"""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch

from tailmark import methods
from tailmark.training import loop, stack
from tailmark.training.outcome import Outcome
from tailmark.training.ready import Ready, network
from tailmark.training.task import Recipe
from tailmark.trainingset import TrainingSet

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

RECIPE = Recipe(
    network="mlp",
    hidden=(64, 32),
    head="linear",
    ends_in_softmax=False,
    epochs=3,
    batch=32,
    learning_rate=1e-3,
    decay=0.9,
    match_steps=False,
)


def run(name: str, seed: int, recipe: Recipe = RECIPE) -> Ready:
    """A long-tailed problem in 20 dimensions that can be learned."""
    draws = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), [300, 60, 12])
    centres = 2 * np.random.default_rng(0).normal(size=(3, 20))
    pool = (centres[labels] + draws.normal(size=(len(labels), 20))).astype(np.float32)
    training = TrainingSet(pool, np.arange(len(labels)), labels, 3)
    objective = methods.make(name, {}, "corrected").objective(training.counts.astype(np.float64))
    net = network(recipe, (20,), training.counts, seed)
    return Ready(seed, recipe, training, objective, net, pool[::2].copy(), labels[::2].copy())


def alike(name: str, recipe: Recipe = RECIPE) -> list[Ready]:
    return [run(name, seed, recipe) for seed in range(4)]


def trained(runs: list[Ready], device: str = "cuda") -> list[Outcome]:
    outcomes = stack.train(runs, torch.device(device))
    assert all(isinstance(outcome, Outcome) for outcome in outcomes)
    return [outcome for outcome in outcomes if isinstance(outcome, Outcome)]


@pytest.mark.parametrize("name", ["erm", "focal", "rw", "balanced-softmax", "ldam"])
def test_a_stack_on_a_gpu_is_the_run_alone_on_a_cpu(name: str) -> None:
    recipe = replace(RECIPE, head="cosine") if name == "ldam" else RECIPE
    alone = [loop.train(one, torch.device("cpu")) for one in alike(name, recipe)]
    for one, other in zip(alone, trained(alike(name, recipe)), strict=True):
        np.testing.assert_allclose(one.logits, other.logits, atol=1e-3)
        np.testing.assert_allclose(one.curves.train_loss, other.curves.train_loss, rtol=1e-3, atol=1e-5)


def test_the_step_is_captured_and_gives_what_the_plain_step_gives(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        as_graph = trained(alike("rw"))
    assert not caplog.records, "the capture fell back to the plain step"
    monkeypatch.setattr(stack, "captured", lambda step, parameters, optimiser: step)
    for one, other in zip(as_graph, trained(alike("rw")), strict=True):
        np.testing.assert_allclose(one.logits, other.logits, atol=1e-4)
