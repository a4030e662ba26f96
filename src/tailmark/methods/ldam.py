"""LDAM: larger margins for rarer classes (Cao et al. 2019; paper 003, appendix B.2).

    margin_c = C n_c^(-1/4), C such that the largest is 0.5;   loss = CE(s (cos - margin_y e_y), y)

The margin is taken from the true class alone, as Cao et al. define it and the authors' code computes it; equation
8 of paper 003 takes one from the other classes too. Neither class weights nor a deferred schedule are used there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.objective import Floats, Objective


@dataclass(frozen=True)
class Ldam:
    """Label-distribution-aware margins on cosine logits."""

    largest_margin: float = 0.5  # max_c of the margins
    scale: float = 30.0  # s

    head: ClassVar[str] = "cosine"  # margins are angles: logits are cosines

    def objective(self, counts: Floats) -> Objective:
        margins = counts**-0.25
        return Objective(margin=self.largest_margin * margins / margins.max(), scale=self.scale)


method = Ldam
