"""A step made by hand: what the network says of a sample is what stands in the sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tailmark.nets.views import Encoders, ViewShape
from tailmark.semi.step import Batch, Facts, Step

COUNTS = (64, 27, 8)

Rows = Sequence[Sequence[float]]


class Spoken(nn.Module):
    """The features are the inputs, a head multiplies them by a number: by 1, unless said otherwise."""

    def __init__(self, *factors: float) -> None:
        super().__init__()
        self.heads = nn.ModuleList(Times(factor) for factor in factors or (1.0,))

    def features(self, batch: Batch) -> Tensor:
        return batch.inputs["t"]

    def forward(self, batch: Batch) -> Tensor:
        logits: Tensor = self.heads[0](self.features(batch))
        return logits


class Times(nn.Module):
    """One weight."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, features: Tensor) -> Tensor:
        return self.factor * features


def batch_of(rows: Rows) -> Batch:
    """Samples of one table, whose gradient can be read."""
    values = torch.tensor(rows, dtype=torch.float32, requires_grad=True)
    return Batch({"t": values}, {"t": values}, torch.ones(len(values), 1))


def facts_of(counts: tuple[int, ...], batch: int, pool_batch: int) -> Facts:
    shapes = (ViewShape("t", "table", (len(counts),)),)
    return Facts(shapes, Encoders(), counts, 100, batch, pool_batch, 0)


@pytest.fixture
def facts() -> Facts:
    """Three classes, 64, 27 and 8 labelled samples."""
    return facts_of(COUNTS, 4, 6)


@pytest.fixture
def batch() -> Callable[[Rows], Batch]:
    return batch_of


@pytest.fixture
def spoken() -> type[Spoken]:
    return Spoken


@pytest.fixture
def step() -> Callable[..., Step]:
    """Makes a step of a method from the logits that the network and its average shall say."""

    def make(
        method: Any,
        labelled: Rows,
        labels: Sequence[int],
        weak: Rows = ((0.0, 0.0, 0.0),),
        strong: Rows = ((0.0, 0.0, 0.0),),
        *,
        blank: Sequence[float] = (0.0, 0.0, 0.0),
        counts: tuple[int, ...] = COUNTS,
        progress: float = 0.0,
        noise: dict[str, Sequence[float]] | None = None,
        network: nn.Module | None = None,
        average: nn.Module | None = None,
    ) -> Step:
        facts = facts_of(counts, len(labels), len(weak))
        told = method.memory(facts) if hasattr(method, "memory") else {}
        return Step(
            facts=facts,
            network=network or Spoken(),
            average=average or Spoken(),
            labelled=batch_of(labelled),
            labels=torch.tensor(labels),
            weak=batch_of(weak),
            strong=batch_of(strong),
            blank=batch_of([blank]),
            noise={name: torch.tensor(value) for name, value in (noise or {}).items()},
            memory={name: torch.tensor(value, dtype=torch.float32) for name, value in told.items()},
            progress=torch.tensor(progress),
        )

    return make
