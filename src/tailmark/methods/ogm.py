"""OGM: OGM-GE without the noise (Peng et al. 2022, equations 9 to 11): the view that leads is slowed down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.fusion.design import Design
from tailmark.methods.ogm_ge import OgmGe
from tailmark.objective import Floats


@dataclass(frozen=True)
class Ogm:
    """On-the-fly gradient modulation."""

    alpha: float = 0.8  # as in `ogm-ge`
    until: float = 0.5
    loss: str = "erm"  # any method that is a loss

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("alpha", (0.8, 0.3))

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        return OgmGe(self.alpha, self.until, noise=False, loss=self.loss).design(counts, views)


method = Ogm
