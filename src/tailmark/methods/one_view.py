"""One view alone, with any loss of the single-modal methods: what the other views are worth is the difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.fusion.design import Design, Expert, Resampler, one_view
from tailmark.methods import loss_of
from tailmark.objective import Floats


@dataclass(frozen=True)
class OneView:
    """Sees one view of every sample."""

    view: str = ""  # which; it must be said
    loss: str = "erm"  # any method that is a loss
    resampler: Resampler = "none"

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        objective, head = loss_of(self.loss, counts)
        return Design((Expert(objective, (one_view("one-view", self.view, views),)),), head=head)


method = OneView
