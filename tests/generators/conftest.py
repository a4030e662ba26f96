"""Small lessons over small data, for the generators' tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tailmark.generators.lesson import Lesson, Material, Vae

SMALL = Lesson(
    name="small",
    network=Vae("mlp", hidden=16, latent=3, variance="shared", prior="majority", likelihood="sse"),
    learns=(1,),
    guide=0,
    epochs=3,
    batch=8,
    learning_rate=5e-3,
    exemplars=12,
)


@pytest.fixture
def lesson() -> Callable[..., Lesson]:
    """A small lesson; settings of the network are told apart by their names."""

    def make(**changed: Any) -> Lesson:
        of_network = {name: changed.pop(name) for name in list(changed) if hasattr(SMALL.network, name)}
        return replace(SMALL, **changed, network=replace(SMALL.network, **of_network))

    return make


@pytest.fixture
def two_classes() -> Callable[..., Material]:
    """Two clouds in the unit cube: `n` samples to learn, and `guides` of the majority."""

    def make(n: int = 20, guides: int = 40, seed: int = 0, **changed: Any) -> Material:
        draws = np.random.default_rng(seed)
        centres = np.random.default_rng(0).uniform(0.2, 0.8, size=(2, 6))
        labels = np.repeat([0, 1], [guides, n])
        pool = (centres[labels] + 0.1 * draws.normal(size=(len(labels), 6))).clip(0, 1).astype(np.float32)
        made = Material(
            pool=pool,
            learns=np.flatnonzero(labels == 1),
            labels=labels[labels == 1],
            guides=np.flatnonzero(labels == 0),
            classes=2,
            span=(0.0, 1.0),
        )
        return replace(made, **changed)

    return make
