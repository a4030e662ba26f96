"""SADE-LMF: SADE's three experts, each joining its views by low-rank fusion (paper 004, baseline iii).

z = sum_r w_r prod_m ([1; h^m] W_m^r) + b,   logits = linear(ReLU(z))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.fusion.design import Design, Expert, Fit
from tailmark.fusion.priors import skills
from tailmark.objective import Floats


@dataclass(frozen=True)
class SadeLmf:
    """Experts of low-rank fusion."""

    rank: int = 4  # R
    tau: float = 1.0
    weights: Fit = "fitted"  # equal | fitted | holdout

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        experts = tuple(Expert(skill, views) for skill in skills(counts, self.tau))
        return Design(experts, join="low-rank", rank=self.rank, weights=self.weights)


method = SadeLmf
