"""MMD: views weighed by their estimated true-class probability (Han et al. 2022; paper 004, equation 3).

    h = [g^1(x^1) h^1, ..., g^M(x^M) h^M]
    loss = CE(f(h), y) + lambda sum_m [ CE(f^m(x^m), y) + (g^m(x^m) - p^m(y | x^m))^2 ]

f^m and g^m are linear on the features h^m that the fusion uses too. As in the authors' code nothing is detached, and
there is no lambda, that is lambda = 1. Its sparsity gate, dropout and weight decay, which paper 004 does not mention,
are left out for every method alike. The minus signs of paper 004's formulas are taken as misprints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.fusion.design import Assessment, Design, Expert, Resampler
from tailmark.methods import loss_of
from tailmark.objective import Floats


@dataclass(frozen=True)
class Mmd:
    """Features times confidences."""

    strength: float = 1.0  # lambda
    loss: str = "erm"  # any method that is a loss, of f and of every f^m
    resampler: Resampler = "none"

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        objective, head = loss_of(self.loss, counts)
        assessment = Assessment(objective, self.strength, shares_encoders=True)
        return Design((Expert(objective, views),), head=head, assessment=assessment)


method = Mmd
