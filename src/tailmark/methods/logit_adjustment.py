"""Logit adjustment: the class prior is added to the logits in training (Menon et al. 2021, equation 10).

    loss = CE(v + tau log pi, y);   at test time the plain logits v decide

At tau = 1 this is the balanced softmax to the letter, and Tailmark trains the two once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tailmark.objective import Floats, Objective, prior_of


@dataclass(frozen=True)
class LogitAdjustment:
    """The logit-adjusted cross-entropy."""

    tau: float = 1.0  # Menon et al.: the value that is consistent for the balanced error

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")  # not in the authors' code

    def objective(self, counts: Floats) -> Objective:
        return Objective(prior=self.tau * np.log(prior_of(counts)))


method = LogitAdjustment
