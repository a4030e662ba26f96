"""The plain average of independent concatenation models: the control for every method of several experts.

Three experts are also an ensemble of three, with three times the parameters; what they are worth as experts is what
they add to this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.fusion.design import Design, Expert
from tailmark.methods import loss_of
from tailmark.objective import Floats


@dataclass(frozen=True)
class Ensemble:
    """Models that differ in their initial weights alone; their logits are averaged."""

    models: int = 3
    loss: str = "balanced-softmax"  # any method that is a loss

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        objective, head = loss_of(self.loss, counts)
        return Design((Expert(objective, views),) * self.models, head=head)


method = Ensemble
