"""One method against chosen rivals at one place, and what may be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tailmark.report.results import Place, Results
from tailmark.report.words import listed, metric
from tailmark.statistics import Duel, duels


@dataclass(frozen=True)
class Contest:
    """The duels of one method, in the order of the rivals."""

    place: Place
    method: str
    duels: dict[str, Duel]
    lower_is_better: bool = False

    @property
    def n(self) -> int:
        """Seeds that the method shares with a rival, at most."""
        return max((duel.difference.n for duel in self.duels.values()), default=0)

    @property
    def won(self) -> list[str]:
        return [rival for rival, duel in self.duels.items() if duel.different and self._better(duel)]

    @property
    def lost(self) -> list[str]:
        return [rival for rival, duel in self.duels.items() if duel.different and not self._better(duel)]

    @property
    def open(self) -> list[str]:
        """Tested, and not told apart."""
        return [m for m, duel in self.duels.items() if duel.difference.n > 1 and not duel.different]

    @property
    def untested(self) -> list[str]:
        """One seed allows no test."""
        return [rival for rival, duel in self.duels.items() if duel.difference.n < 2]

    @property
    def tested(self) -> int:
        return len(self.duels) - len(self.untested)

    def said(self, better: str, worse: str) -> str:
        """'beats a, loses to b, and cannot be told apart from c (n = 3)'."""
        parts = [
            f"{better} {listed(self.won)}" if self.won else "",
            f"{worse} {listed(self.lost)}" if self.lost else "",
            f"cannot be told apart from {listed(self.open)}" if self.open else "",
            f"cannot be tested against {listed(self.untested)}: one seed in common" if self.untested else "",
        ]
        return f"{self.method} {'; it '.join(part for part in parts if part)} (n = {self.n})."

    def _better(self, duel: Duel) -> bool:
        return (duel.difference.mean < 0) if self.lower_is_better else (duel.difference.mean > 0)


def contest(results: Results, place: Place, name: str, method: str, rivals: Sequence[str]) -> Contest | None:
    """By one metric, paired by seed, with Holm's correction over these rivals; None where there are none."""
    values = results.values(place, name)
    if method not in values.columns:
        return None
    present = [rival for rival in rivals if rival in values.columns and rival != method]
    met = duels(values[[method, *present]], method)
    return Contest(place, method, met, metric(name).lower_is_better) if met else None
