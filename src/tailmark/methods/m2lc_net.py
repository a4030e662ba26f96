"""M2LC-Net: concatenation with the class-balanced focal loss (Ou et al. 2021; paper 004, baseline i).

    loss = alpha_y (1 - q_y)^gamma (-log q_y),   alpha_c = (1 - beta) / (1 - beta^n_c), scaled to sum to K

Only the abstract is public. There each view has a ResNet-18 with attention; here it has the encoder that every method
has. beta and gamma are not given in paper 004: these are those of Cui et al. 2019 that are used most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.fusion.design import Design, Expert
from tailmark.methods.cbrw import ClassBalanced
from tailmark.objective import Floats, Objective


@dataclass(frozen=True)
class M2lcNet:
    """Features side by side, rare and hard samples weighed up."""

    beta: float = 0.9999
    gamma: float = 2.0

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        alpha = ClassBalanced(self.beta).objective(counts).weight
        return Design((Expert(Objective(weight=alpha, focus=self.gamma), views),))


method = M2lcNet
