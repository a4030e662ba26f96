"""RW: classes weighted by the inverse of their size (Huang et al. 2016; paper 003, baseline 4).

w_c = K (1 / n_c) / sum_j (1 / n_j)
"""

from __future__ import annotations

from dataclasses import dataclass

from tailmark.objective import Floats, Objective, sum_to_classes


@dataclass(frozen=True)
class Reweighting:
    """Inverse-frequency class weights that sum to K."""

    def objective(self, counts: Floats) -> Objective:
        return Objective(weight=sum_to_classes(1.0 / counts))


method = Reweighting
