"""Runs that balance views, side by side on a GPU, are the runs alone on a CPU, each step captured as a graph.

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
from tailmark.fusion.recipe import FusionRecipe, Search
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

DEVICE = torch.device("cuda")
GREY, TABLE = ViewShape("grey", "image", (12, 12, 1)), ViewShape("table", "table", (6,))
BATCH, CLASSES, N = 32, 3, 400
METHODS = (
    *("arl", "arl-released", "arl-bias-only", "ogm", "ogm-ge", "mmpareto"),
    *("pmr", "agm", "g-blending", "mla", "dgl"),
)


def problem(name: str, seed: int, search: Search | None = None) -> Ready:
    """Three classes that differ in brightness, and in the numbers of a table."""
    draws = np.random.default_rng(seed)
    labels, rows = np.arange(N) % CLASSES, np.arange(N)
    bright = 60 * labels.reshape(-1, 1, 1, 1) + draws.integers(120, size=(N, *GREY.shape))
    pools = {
        "grey": bright.astype(np.uint8),
        "table": (draws.normal(size=(N, 6)) + labels[:, None]).astype(np.float32),
    }
    train, test, held = rows[:300], rows[340:], rows[300:340]
    method = methods.make(name, {}, "corrected")
    sizes = Encoders(channels=(4, 8), kernel=3, hidden=16, columns=16)
    counts = np.bincount(labels[train])
    return Ready(
        seed=seed,
        method=method,
        recipe=Recipe(
            "experts",
            (),
            "linear",
            False,
            3,
            BATCH,
            0.05,
            1.0,
            False,
            optimiser="sgd",
            drops=(0.7,),
            clip=40.0,
        ),
        fusion=FusionRecipe(("grey", "table"), sizes, None, watch_views=True, search=search),
        design=method.design(counts.astype(np.float64), ("grey", "table")),
        shapes=(GREY, TABLE),
        pools=pools,
        scales={shape.name: scales(pools[shape.name], train, shape) for shape in (GREY, TABLE)},
        training=TrainingSet(np.empty((N, 0), np.float32), train, labels[train], CLASSES),
        counts=counts,
        held=held,
        held_labels=labels[held],
        test=test,
        test_labels=labels[test],
        mixes={"uniform": np.arange(len(test))},
    )


def read(make: Callable[[], Ready]) -> Begin:
    return begin(make())


@pytest.mark.parametrize("name", METHODS)
def test_runs_side_by_side_are_the_runs_alone(name: str, caplog: pytest.LogCaptureFixture) -> None:
    makers = [partial(problem, name, seed) for seed in range(3)]
    found: dict[int, Outcome | Exception] = {}
    with caplog.at_level(logging.WARNING):
        side_by_side([partial(read, make) for make in makers], DEVICE, found.__setitem__, lanes=2)
    assert not caplog.records, "the capture fell back to the plain step"
    for number, make in enumerate(makers):
        alone, other = fit(make(), torch.device("cpu")), found[number]
        assert isinstance(other, Outcome), other
        np.testing.assert_allclose(alone.curves.train_loss, other.curves.train_loss, rtol=2e-2)
        np.testing.assert_allclose(alone.logits, other.logits, atol=5e-2)


def test_a_setting_is_chosen_there_as_on_a_core() -> None:
    search = Search("gamma", ((1.0, 4.0), (0.1, 4.0), (1e-9, 1.0)), held=0.25, steps=20)
    alone = fit(problem("arl", 0, search), torch.device("cpu"))
    other = fit(problem("arl", 0, search), DEVICE)
    np.testing.assert_array_equal(alone.parts["search/chosen"], other.parts["search/chosen"])
