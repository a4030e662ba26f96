"""SADE: three experts for three class distributions, on one view (Zhang et al. 2022; paper 004, section 3.1).

    L1 = CE(v1),   L2 = CE(v2 + log pi),   L3 = CE(v3 + log pi - tau log pibar)

pibar is pi with its values in reversed order. After training, the experts' logits are weighed: so that two random
views of a test image are told the same (image data), or by the training labels (where a view is a table).
Paper 004's formula has tau = 1; SADE's code has 2 for some of its data sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.fusion.design import Design, Expert, Fit, one_view
from tailmark.fusion.priors import skills
from tailmark.objective import Floats


@dataclass(frozen=True)
class Sade:
    """Experts of one view."""

    view: str = ""  # which; it must be said
    tau: float = 1.0
    weights: Fit = "fitted"  # equal | fitted | holdout: fitted on labels held out of the training set

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        seen = (one_view("sade", self.view, views),)
        return Design(tuple(Expert(skill, seen) for skill in skills(counts, self.tau)), weights=self.weights)


method = Sade
