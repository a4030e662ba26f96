"""LMF: low-rank multi-modal fusion (Liu et al. 2018), with any loss of the single-modal methods.

z = sum_r w_r prod_m ([1; h^m] W_m^r) + b,   logits = linear(ReLU(z))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.fusion.design import Design, Expert, Resampler
from tailmark.methods import loss_of
from tailmark.objective import Floats


@dataclass(frozen=True)
class LowRank:
    """Every product of features across views, at low rank."""

    loss: str = "erm"  # any method that is a loss
    rank: int = 4  # R: the choice most frequent among the published ones
    resampler: Resampler = "none"

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        objective, head = loss_of(self.loss, counts)
        return Design((Expert(objective, views),), join="low-rank", head=head, rank=self.rank)


method = LowRank
