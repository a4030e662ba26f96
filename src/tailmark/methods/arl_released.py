"""ARL as its released code runs: every encoder gets 1.5 times its gradient (paper 002).

There the coefficients are computed and never used: k_m stays at the 1/2 that the warm-up leaves, for two views. So the
asymmetry that the paper is about is not in the code's numbers, and what it adds is the difference between `arl` and
this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.fusion.design import Design
from tailmark.methods.arl import Arl, Plain
from tailmark.objective import Floats


@dataclass(frozen=True)
class ArlReleased:
    """A constant factor, and the views' own losses."""

    gamma: float = 4.0  # as in `arl`
    warm_up: float = 0.06
    loss: str = "erm"  # any method that is a loss
    join: Plain = "concatenation"

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("gamma", (4.0, 1.0))

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        constant = Arl(self.gamma, warm_up=self.warm_up, speeds="constant", loss=self.loss, join=self.join)
        return constant.design(counts, views)


method = ArlReleased
