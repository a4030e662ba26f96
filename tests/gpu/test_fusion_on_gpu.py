"""Multi-modal runs side by side on a GPU are the runs alone on a CPU, each step captured as a graph.

Self-contained: `pytest --noconftest tests/gpu` needs torch, NumPy and pytest alone, on a machine without the rest.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch

from tailmark import methods
from tailmark.fusion.pools import scales
from tailmark.fusion.recipe import FusionRecipe
from tailmark.nets.views import Encoders, ViewShape
from tailmark.training.lanes import Begin, side_by_side
from tailmark.training.outcome import Outcome
from tailmark.training.task import Recipe
from tailmark.training.views.fit import begin, fit
from tailmark.training.views.ready import Ready
from tailmark.trainingset import TrainingSet

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

GREY, COLOUR = ViewShape("grey", "image", (12, 12, 1)), ViewShape("colour", "image", (16, 16, 3))
TABLE = ViewShape("table", "table", (3,), (0, 4, 0))
BATCH, CLASSES, N = 32, 3, 400


def problem(name: str, seed: int, shapes: tuple[ViewShape, ...], settings: dict[str, object]) -> Ready:
    """Three classes that differ in brightness, and in the numbers of a table."""
    draws = np.random.default_rng(seed)
    labels = np.arange(N) % CLASSES
    pools = {}
    for shape in shapes:
        if shape.kind == "image":
            bright = 60 * labels.reshape(-1, 1, 1, 1) + draws.integers(120, size=(N, *shape.shape))
            pools[shape.name] = bright.astype(np.uint8)
        else:
            numbers = draws.normal(size=(N, 3)) + labels[:, None]
            numbers[:, 1] = draws.integers(5, size=N)
            pools[shape.name] = numbers.astype(np.float32)
    rows = np.arange(N)
    train, test = rows[:300], rows[300:]
    views = tuple(shape.name for shape in shapes)
    adapts = all(shape.kind == "image" for shape in shapes)
    return Ready(
        seed=seed,
        recipe=Recipe("experts", (), "linear", False, 3, BATCH, 1e-3, 0.9, False),
        fusion=FusionRecipe(
            views,
            Encoders(channels=(4, 8), kernel=3, hidden=16, columns=8, embedding=4),
            None,
            "crops" if adapts else "flips",
            adapts=adapts,
        ),
        method=(method := methods.make(name, settings, "corrected")),
        design=method.design(np.array([100.0, 30.0, 10.0]), views),
        shapes=shapes,
        pools=pools,
        scales={shape.name: scales(pools[shape.name], train, shape) for shape in shapes},
        training=TrainingSet(np.empty((N, 0), np.float32), train, labels[train], CLASSES),
        counts=np.bincount(labels[train]),
        held=train,
        held_labels=labels[train],
        test=test,
        test_labels=labels[test],
        mixes={"uniform": np.arange(100), "forward-2": np.arange(60)},
    )


def read(make: Callable[[], Ready]) -> Begin:
    return begin(make())


@pytest.mark.parametrize("shapes", [(GREY, COLOUR), (COLOUR, TABLE)], ids=["images", "image and table"])
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("mame", {}),
        ("sade-lmf", {}),
        ("mmd-la", {}),
        ("concatenation", {"loss": "ldam"}),
        ("late-fusion", {}),
    ],
)
def test_runs_side_by_side_are_the_runs_alone(
    name: str, settings: dict[str, object], shapes: tuple[ViewShape, ...], caplog: pytest.LogCaptureFixture
) -> None:
    makers = [partial(problem, name, seed, shapes, settings) for seed in range(3)]
    found: dict[int, Outcome | Exception] = {}
    with caplog.at_level(logging.WARNING):
        side_by_side(
            [partial(read, make) for make in makers], torch.device("cuda"), found.__setitem__, lanes=2
        )
    assert not caplog.records, "the capture fell back to the plain step"
    for number, make in enumerate(makers):
        alone, other = fit(make(), torch.device("cpu")), found[number]
        assert isinstance(other, Outcome)
        np.testing.assert_allclose(alone.curves.train_loss, other.curves.train_loss, rtol=5e-3)
        np.testing.assert_allclose(alone.parts["experts"], other.parts["experts"], atol=2e-2)
