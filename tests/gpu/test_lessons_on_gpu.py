"""A stack of generators on a GPU is the lessons alone on a CPU.

Self-contained: `pytest --noconftest tests/gpu` needs torch, NumPy and pytest alone, on a machine without the rest.
"""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch

from tailmark.generators import stack
from tailmark.generators.fit import fit_vae
from tailmark.generators.lesson import Lesson, Material, Model, Vae
from tailmark.generators.stack import Taught, fit_stack

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

NETWORK = Vae("mlp", 32, 4, "shared", "majority", "sse")
PRETRAINING = Lesson(
    "pretraining", NETWORK, (0,), 0, epochs=3, batch=32, learning_rate=5e-3, exemplars=50, fisher_samples=5
)
TUNING = replace(PRETRAINING, name="class 1", learns=(1,), start=PRETRAINING, ewc=500.0, fisher_samples=0)


def material(learns: int, seed: int) -> Material:
    """200 points of class 0 and 40 of class 1."""
    draws = np.random.default_rng(seed)
    pool = draws.random((240, 12), dtype=np.float32)
    rows = np.arange(200) if learns == 0 else np.arange(200, 240)
    return Material(pool, rows, np.full(len(rows), learns), np.arange(200), 2, (0.0, 1.0))


def alone(lesson: Lesson, learns: int, seed: int, start: Model | None = None) -> Model:
    return fit_vae(lesson, material(learns, seed), seed, start, torch.device("cpu"))


def together(members: list[Taught]) -> list[Model]:
    models = fit_stack(members, torch.device("cuda"))
    assert all(isinstance(model, Model) for model in models)
    return [model for model in models if isinstance(model, Model)]


def assert_alike(one: Model, other: Model) -> None:
    np.testing.assert_allclose(one.losses, other.losses, rtol=1e-3, atol=1e-5)
    for name, value in one.weights.items():
        np.testing.assert_allclose(value, other.weights[name], atol=1e-3)


def test_pre_training() -> None:
    models = together([Taught(PRETRAINING, material(0, seed), seed, None) for seed in range(3)])
    for seed, model in enumerate(models):
        expected = alone(PRETRAINING, 0, seed)
        assert_alike(expected, model)
        for name, value in expected.fisher.items():
            np.testing.assert_allclose(value, model.fisher[name], rtol=2e-2, atol=1e-3)


@pytest.mark.parametrize("step", ["penalty", "proximal"])
def test_fine_tuning_under_several_lambdas(step: str) -> None:
    start = alone(PRETRAINING, 0, 0)
    lessons = [replace(TUNING, ewc=strength, ewc_step=step) for strength in (5.0, 500.0)]
    models = together([Taught(lesson, material(1, 0), 0, start) for lesson in lessons])
    for lesson, model in zip(lessons, models, strict=True):
        assert_alike(alone(lesson, 1, 0, start), model)


def test_the_step_is_captured(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    members = [Taught(PRETRAINING, material(0, seed), seed, None) for seed in range(2)]
    with caplog.at_level(logging.WARNING):
        as_graph = together(members)
    assert not caplog.records, "the capture fell back to the plain step"
    monkeypatch.setattr(stack, "captured", lambda step, parameters, optimiser: step)
    for one, other in zip(as_graph, together(members), strict=True):
        assert_alike(one, other)
