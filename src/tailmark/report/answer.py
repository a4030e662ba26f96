"""One line of the answer to a question."""

from __future__ import annotations

from dataclasses import dataclass

from tailmark.report.contest import Contest
from tailmark.statistics import Duel


@dataclass(frozen=True)
class Answer:
    """One line of the answer: a challenger at one place, by one metric, against the rivals that were run there."""

    contest: Contest
    metric: str
    rivals: dict[str, str]  # rival -> label of ours
    main: bool  # the challenger itself, not its variant

    def duel(self, rival: str) -> Duel | None:
        """With one rival; None where it was not run."""
        return self.contest.duels.get(self.rivals.get(rival, ""))

    @property
    def text(self) -> str:
        """One sentence."""
        said = self.contest.said("beats", "loses to")
        return (
            said if self.contest.tested else f"Not answerable for {self.contest.method}: it needs two seeds."
        )
