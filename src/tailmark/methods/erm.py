"""ERM: the cross-entropy as it is (paper 003, baseline 1)."""

from __future__ import annotations

from dataclasses import dataclass

from tailmark.objective import Floats, Objective


@dataclass(frozen=True)
class Erm:
    """Empirical risk minimisation; nothing is re-balanced."""

    def objective(self, counts: Floats) -> Objective:
        return Objective()


method = Erm
