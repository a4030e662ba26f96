"""What came out of a suite, in a sentence a split."""

from __future__ import annotations

from dataclasses import dataclass

from tailmark.report.results import Place, Results, best_first, rivals
from tailmark.report.tables import not_different, percent
from tailmark.report.words import HEADLINE, listed


@dataclass(frozen=True)
class Outcome:
    """The best method on one split, and those that cannot be told from it."""

    place: Place
    best: str
    score: str
    n: int
    tied: tuple[str, ...]
    rivals: int
    fewer: tuple[
        str, ...
    ] = ()  # on fewer seeds, so on other splits: their means cannot stand beside the others

    @property
    def rest(self) -> str:
        """What the test says of the others."""
        left = f" Left out, on fewer seeds: {listed(list(self.fewer))}." if self.fewer else ""
        return f"{self._tested()}{left}"

    def _tested(self) -> str:
        if self.rivals < 2:
            return "Nothing else was run here."
        if self.n < 2:
            return "One seed allows no test."
        if not self.tied:
            return "Every other method differs from it."
        if len(self.tied) == self.rivals - 1:
            return "No other method is shown to differ from it."
        return f"Not shown to differ from it: {listed(list(self.tied))}."


def outcomes(results: Results) -> list[Outcome]:
    """One a suite and split, under its main protocol."""
    found = [_outcome(results, place) for place in results.quotable()]
    return [outcome for outcome in found if outcome is not None]


def _outcome(results: Results, place: Place) -> Outcome | None:
    found = best_first(results, place, rivals(results, place))
    if not found:
        return None
    seeds = {method: results.summaries[place, HEADLINE, method].n for method in found}
    ranked = [method for method in found if seeds[method] == max(seeds.values())]
    best = ranked[0]
    summary = results.summaries[place, HEADLINE, best]
    tied = not_different(results.values(place)[ranked], lower_is_better=False)
    others = tuple(method for method in ranked[1:] if method in tied)
    fewer = tuple(method for method in found if method not in ranked)
    return Outcome(place, best, percent(summary), summary.n, others, len(ranked), fewer)
