"""Supervised: the labelled samples alone, with any loss of the single-modal methods (what a pool has to beat).

With `labels: all` it is the upper bound: the labels of the pool are learned as well, and no method that does not see
them should do better. Having no threshold and no unlabelled loss, it is tuned over its learning rate, so that it is
given as many tries as the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from tailmark import objective
from tailmark.errors import TailmarkError
from tailmark.methods import loss_of
from tailmark.semi.step import Facts, Sees, Step

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Supervised:
    """No pool."""

    loss: str = "erm"  # any method that is a loss of plain logits
    labels: Literal["part", "all"] = "part"
    resampler: Literal["none", "smote"] = "none"
    rate: float = 1.0  # times the suite's learning rate

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("rate", (1.0, 0.3, 3.0, 0.1))
    sees: ClassVar[tuple[Sees, ...]] = ()

    def __post_init__(self) -> None:
        _, head = loss_of(self.loss, np.ones(2))
        if head != "linear":
            raise TailmarkError(
                f"Method 'supervised' expects a loss of plain logits; '{self.loss}' needs a {head} head, which the "
                "semi-supervised network has not. Choose another `loss` in the suite's `methods`."
            )

    def memory(self, facts: Facts) -> dict[str, list[float] | float]:
        """The numbers of the loss."""
        made, _ = loss_of(self.loss, np.array(facts.counts, np.float64))
        return made.numbers()

    def learn(self, step: Step) -> Tensor:
        return objective.loss(step.network(step.labelled), step.labels, dict(step.memory)).mean()


method = Supervised
