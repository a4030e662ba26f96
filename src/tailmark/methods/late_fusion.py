"""Late fusion: a classifier a view, each with a loss of its own; their logits are averaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.fusion.design import Design, Expert, Resampler
from tailmark.methods import loss_of
from tailmark.objective import Floats


@dataclass(frozen=True)
class LateFusion:
    """Views meet only in the vote."""

    loss: str = "erm"  # any method that is a loss
    resampler: Resampler = "none"

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        objective, head = loss_of(self.loss, counts)
        return Design(tuple(Expert(objective, (view,)) for view in views), head=head)


method = LateFusion
