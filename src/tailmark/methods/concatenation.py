"""Concatenation: an encoder a view, their features side by side, one classifier, any loss of the single-modal methods.

The plainest fusion, which paper 004 leaves out: with `loss: balanced-softmax` or `logit-adjustment` it is what its
multi-expert method has to beat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.fusion.design import Design, Expert, Resampler
from tailmark.methods import loss_of
from tailmark.objective import Floats


@dataclass(frozen=True)
class Concatenation:
    """Features side by side."""

    loss: str = "erm"  # any method that is a loss
    resampler: Resampler = "none"

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        objective, head = loss_of(self.loss, counts)
        return Design((Expert(objective, views),), head=head)


method = Concatenation
