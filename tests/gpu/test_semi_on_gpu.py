"""Runs with few labels side by side on a GPU are the runs alone on a CPU, each step captured as a graph.

Self-contained: `pytest --noconftest tests/gpu` needs torch, NumPy and pytest alone, on a machine without the rest.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from tailmark import methods
from tailmark.fusion.pools import scales
from tailmark.nets.views import Encoders, ViewShape
from tailmark.semi.recipe import Search, SemiRecipe
from tailmark.semi.step import Facts
from tailmark.training.lanes import Begin, side_by_side
from tailmark.training.outcome import Outcome
from tailmark.training.semi.fit import begin, fit
from tailmark.training.semi.ready import Ready
from tailmark.training.task import Recipe
from tailmark.trainingset import TrainingSet

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

SHAPES = (ViewShape("image", "image", (12, 12, 1)), ViewShape("table", "table", (5,)))
COUNTS, LABELLED, POOL, N = (24, 12, 4), 40, 160, 300


def problem(name: str, seed: int, settings: dict[str, object]) -> Ready:
    """Three classes that differ in brightness, and in the numbers of a table."""
    draws = np.random.default_rng(seed)
    labels = np.concatenate([np.repeat(np.arange(3), COUNTS), draws.integers(3, size=N - LABELLED)])
    bright = 60 * labels.reshape(-1, 1, 1, 1) + draws.integers(120, size=(N, 12, 12, 1))
    values = {
        "image": bright.astype(np.uint8),
        "table": (draws.normal(size=(N, 5)) + labels[:, None]).astype(np.float32),
    }
    sizes = Encoders(channels=(4, 8), kernel=3, hidden=16, columns=8)
    learned = np.arange(LABELLED + POOL)
    return Ready(
        seed=seed,
        recipe=Recipe("semi", (), "linear", False, 1, 16, 1e-3, 1.0, False),
        semi=SemiRecipe(("image", "table"), sizes, 60, 32, 0.9, "crops"),
        method=methods.make(name, settings, "corrected"),
        facts=Facts(SHAPES, sizes, COUNTS, POOL, 16, 32, seed),
        values=values,
        scales={shape.name: scales(values[shape.name], learned, shape) for shape in SHAPES},
        tops={"image": 1.0},
        present=np.ones((N, 2), np.float32),
        training=TrainingSet(np.empty((N, 0), np.float32), np.arange(LABELLED), labels[:LABELLED], 3),
        pool=np.arange(LABELLED, LABELLED + POOL),
        pool_labels=labels[LABELLED : LABELLED + POOL],
        test=np.arange(LABELLED + POOL, N),
        test_labels=labels[LABELLED + POOL :],
        steps=60,
    )


def read(name: str, seed: int, settings: dict[str, object]) -> Begin:
    return begin(problem(name, seed, settings))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("supervised", {}),
        ("fixmatch", {"threshold": 0.6}),
        ("mean-teacher", {}),
        ("abc", {"threshold": 0.6}),
        ("cdmad", {}),
        ("crest", {"threshold": 0.6, "generations": 2}),
        ("m2", {}),
        ("mdgm", {}),
        ("mdgm", {"product": "mixture", "rho": 0.5}),
        ("mdgm-gaussian", {}),
    ],
)
def test_runs_side_by_side_are_the_runs_alone(
    name: str, settings: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    found: dict[int, Outcome | Exception] = {}
    with caplog.at_level(logging.WARNING):
        readers = [partial(read, name, seed, settings) for seed in range(3)]
        side_by_side(readers, torch.device("cuda"), found.__setitem__, lanes=2)
    assert not caplog.records, "the capture fell back to the plain step"
    for seed in range(3):
        alone, other = fit(problem(name, seed, settings), torch.device("cpu")), found[seed]
        assert isinstance(other, Outcome)
        np.testing.assert_allclose(alone.curves.train_loss, other.curves.train_loss, rtol=2e-2)
        assert (alone.logits.argmax(1) == other.logits.argmax(1)).mean() > 0.95


def test_a_setting_is_searched_on_a_gpu_too() -> None:
    ready = problem("mdgm", 0, {})
    search = Search("strength", (1.0, 10.0), 0.3, 30)
    outcome = fit(replace(ready, semi=replace(ready.semi, search=search)), torch.device("cuda"))
    assert float(outcome.parts["tuning/chosen"]) in (1.0, 10.0)
