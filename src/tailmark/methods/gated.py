"""Gated: every view but the last is a gate of the last (Kiela et al. 2018), with any loss of the single-modal methods.

z = A_M h^M prod_m<M sigmoid(A_m h^m),   logits = linear(z)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.fusion.design import Design, Expert, Resampler
from tailmark.methods import loss_of
from tailmark.objective import Floats


@dataclass(frozen=True)
class Gated:
    """Features times gates."""

    loss: str = "erm"  # any method that is a loss
    resampler: Resampler = "none"

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        objective, head = loss_of(self.loss, counts)
        return Design((Expert(objective, views),), join="gated", head=head)


method = Gated
