"""What the tests of the deep generative model share: constants and experts, a small task and its training steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch

from tailmark.mdgm.constants import Constants, constants
from tailmark.nets.views import Encoders, ViewShape
from tailmark.semi.step import Batch, Draw, Facts, Step


@pytest.fixture
def of():
    """Constants for one decoder scale: of(nu, n, m, sigma, rho)."""

    def of(nu: float, n: int, m: int, sigma: float = 1.0, rho: float = 1.0) -> Constants:
        return constants(nu, n, m, n * math.log(sigma), rho)

    return of


@pytest.fixture
def experts():
    """Five samples, three views, four coordinates: locations, log-variances, and the second view missing twice."""
    numbers = torch.Generator().manual_seed(3)
    locations = torch.randn(5, 3, 4, generator=numbers, dtype=torch.float64)
    log_variances = torch.randn(5, 3, 4, generator=numbers, dtype=torch.float64)
    present = torch.ones(5, 3, dtype=torch.float64)
    present[:2, 1] = 0
    return locations, log_variances, present


GREY = ViewShape("grey", "image", (15, 16, 1))
COLOUR = ViewShape("colour", "image", (9, 8, 3))
NUMBERS = ViewShape("numbers", "table", (4,))
PATIENT = ViewShape("patient", "table", (4,), levels=(0, 3, 0, 2), missing=True)
SHAPES = {shape.name: shape for shape in (GREY, COLOUR, NUMBERS, PATIENT)}


@pytest.fixture
def facts() -> Callable[..., Facts]:
    """Facts of a small task with the named views."""

    def make(*views: str, classes: int = 3, **others: Any) -> Facts:
        counts = tuple(range(2, 2 + 2 * classes, 2))
        sizes = Encoders(channels=(4, 6), kernel=3, hidden=7, columns=5, embedding=2)
        shapes = tuple(SHAPES[view] for view in views)
        return replace(Facts(shapes, sizes, counts, pool=20, batch=4, pool_batch=5, seed=3), **others)

    return make


@pytest.fixture
def samples() -> Callable[..., Batch]:
    """Random samples of a task; every view is present."""

    def make(facts: Facts, n: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Batch:
        draws = torch.Generator().manual_seed(seed)
        values = {}
        for shape in facts.shapes:
            if shape.kind == "image":
                values[shape.name] = torch.rand(n, *shape.shape, generator=draws, dtype=dtype)
                continue
            table = torch.randn(n, *shape.shape, generator=draws, dtype=dtype)
            for column, level in enumerate(shape.levels):
                if level:
                    table[:, column] = torch.randint(level + 1, (n,), generator=draws).to(dtype)
            values[shape.name] = table
        return Batch(values, values, torch.ones(n, len(facts.shapes), dtype=dtype))

    return make


@pytest.fixture
def numbers() -> Callable[..., dict[str, torch.Tensor]]:
    """The random numbers that a method asks for."""

    def make(wanted: Mapping[str, Draw], seed: int = 0) -> dict[str, torch.Tensor]:
        draws = torch.Generator().manual_seed(seed)
        return {name: _drawn(draw, draws) for name, draw in wanted.items()}

    return make


@pytest.fixture
def step(samples: Any, numbers: Any) -> Callable[..., Step]:
    """One training step of a method, in float64."""

    def make(method: Any, facts: Facts, seed: int = 0) -> Step:
        network = method.build(facts).double()
        memory = method.memory(facts) if hasattr(method, "memory") else {}
        pool = samples(facts, facts.pool_batch, seed + 1)
        return Step(
            facts=facts,
            network=network,
            average=network,
            labelled=samples(facts, facts.batch, seed),
            labels=torch.arange(facts.batch) % facts.classes,
            weak=pool,
            strong=pool,
            blank=samples(facts, 1, seed + 2),
            noise=numbers(method.noise(facts), seed),
            memory={name: torch.tensor(value, dtype=torch.float64) for name, value in memory.items()},
            progress=torch.zeros(()),
        )

    return make


def _drawn(draw: Draw, draws: torch.Generator) -> torch.Tensor:
    if draw.kind == "chisquare":
        half = torch.full(draw.shape, draw.freedom / 2, dtype=torch.float64)
        return 2 * torch._standard_gamma(half, generator=draws)
    return torch.randn(draw.shape, generator=draws, dtype=torch.float64)
