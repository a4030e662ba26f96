"""CBRW: classes weighted by the inverse of their effective number (Cui et al. 2019; paper 003, baseline 5).

    E_c = (1 - beta^n_c) / (1 - beta),   w_c proportional to 1 / E_c, summing to K

beta = 0 gives equal weights and beta -> 1 gives RW. At beta = 0.9999 the weights of paper 003's MNIST leave an
effective imbalance of about 3.2 at both of its ratios.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tailmark.objective import Floats, Objective, sum_to_classes


@dataclass(frozen=True)
class ClassBalanced:
    """Class weights from effective numbers of samples."""

    beta: float = 0.9999  # paper 003, baseline 5

    def objective(self, counts: Floats) -> Objective:
        return Objective(weight=sum_to_classes(1.0 / self.effective_number(counts)))

    def effective_number(self, counts: Floats) -> Floats:
        """(1 - beta^n) / (1 - beta), by expm1 and log1p: exact where beta is within rounding of one."""
        if self.beta == 0.0:
            return np.ones_like(counts)
        log_beta = np.log1p(self.beta - 1.0)
        number: Floats = -np.expm1(counts * log_beta) / (1.0 - self.beta)
        return number


method = ClassBalanced
