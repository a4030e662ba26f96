"""MMD-LA: MMD with logit adjustment (Cho et al. 2023; paper 004, baseline ii).

    CE(v + tau log pi, y) in place of CE(v, y), for the fused classifier and for that of every view

Neither paper says whether the views' classifiers are adjusted; here they are. The true-class probability that g^m
regresses is that of the softmax without adjustment. At test time the logits are taken as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tailmark.fusion.design import Assessment, Design, Expert
from tailmark.objective import Floats, Objective, prior_of


@dataclass(frozen=True)
class MmdLa:
    """MMD whose losses know the class frequencies."""

    strength: float = 1.0  # lambda
    tau: float = 1.0
    adjusts_views: bool = True  # the losses of f^m too

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        adjusted = Objective(prior=self.tau * np.log(prior_of(counts)))
        of_view = adjusted if self.adjusts_views else Objective()
        assessment = Assessment(of_view, self.strength, shares_encoders=True)
        return Design((Expert(adjusted, views),), assessment=assessment)


method = MmdLa
