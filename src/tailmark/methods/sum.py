"""Sum: a linear layer of each view's features gives logits, which are added; any loss of the single-modal methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.fusion.design import Design, Expert, Resampler, fitting_head
from tailmark.methods import loss_of
from tailmark.objective import Floats


@dataclass(frozen=True)
class Sum:
    """Logits of each view, added and trained together."""

    loss: str = "erm"  # any method that is a loss
    resampler: Resampler = "none"

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        objective, head = loss_of(self.loss, counts)
        return fitting_head(Design((Expert(objective, views),), join="sum", head=head), self.loss)


method = Sum
