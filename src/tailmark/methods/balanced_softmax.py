"""Balanced softmax: the likelihood under a balanced test set (Ren et al. 2020, equation 4).

loss = -log( n_y exp(v_y) / sum_j n_j exp(v_j) )
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tailmark.objective import Floats, Objective, prior_of


@dataclass(frozen=True)
class BalancedSoftmax:
    """Softmax weighted by the class counts."""

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")  # not in the authors' code

    def objective(self, counts: Floats) -> Objective:
        return Objective(prior=np.log(prior_of(counts)))


method = BalancedSoftmax
