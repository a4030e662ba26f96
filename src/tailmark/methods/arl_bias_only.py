"""ARL without any change of gradients: the views' own losses in the classifier of all (paper 002).

    loss = L(p) + gamma sum_m L(p_m)

This is the part that reduces the views' bias. What `arl-released` adds to it is a faster step of the encoders, what
`arl` adds to that is the asymmetry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.fusion.design import Design
from tailmark.methods.arl import Arl, Plain
from tailmark.objective import Floats


@dataclass(frozen=True)
class ArlBiasOnly:
    """The views' own losses."""

    gamma: float = 4.0  # as in `arl`
    warm_up: float = 0.06
    loss: str = "erm"  # any method that is a loss
    join: Plain = "concatenation"

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("gamma", (4.0, 1.0))

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        plain = Arl(self.gamma, warm_up=self.warm_up, speeds="none", loss=self.loss, join=self.join)
        return plain.design(counts, views)


method = ArlBiasOnly
