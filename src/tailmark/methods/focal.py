"""FOCAL: well-classified samples count less (Lin et al. 2017; paper 003, equation 7).

loss = (1 - q)^gamma * (-log q),  q the predicted probability of the true class; no class weights
"""

from __future__ import annotations

from dataclasses import dataclass

from tailmark.objective import Floats, Objective


@dataclass(frozen=True)
class Focal:
    """The focal loss on logits."""

    gamma: float = 1.0  # paper 003, appendix B.1

    def objective(self, counts: Floats) -> Objective:
        return Objective(focus=self.gamma)


method = Focal
