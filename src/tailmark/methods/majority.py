"""The trivial classifier: always the largest class. A row that every table needs beside its accuracies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tailmark.objective import Floats, Objective


@dataclass(frozen=True)
class Majority:
    """Predicts the class frequencies of the training set for every sample; nothing is learned."""

    network: ClassVar[str] = "prior"
    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")  # not in the authors' code

    def objective(self, counts: Floats) -> Objective:
        return Objective()


method = Majority
