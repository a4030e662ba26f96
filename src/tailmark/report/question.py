"""What paper 003 leaves open: with the defects corrected, does MGVAE beat the methods that it is set against?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tailmark.report.contest import Contest, contest
from tailmark.report.results import Place, Results
from tailmark.report.speakers import speaker
from tailmark.report.words import HEADLINE, listed, plural
from tailmark.statistics import Duel

if TYPE_CHECKING:
    from tailmark.params import Params

ASKED = "With the defects corrected, does MGVAE beat ERM, RW, ROS, SMOTE and OCVAE?"
RIVALS = ("erm", "rw", "ros", "smote", "ocvae")
CHALLENGER, VARIANT = "mgvae", "mgvae-learned-variance"

MEANING = (
    "Differences are in points of balanced accuracy, MGVAE less the rival, paired by seed, with 95 % intervals; p is "
    "of the paired t test with Holm's correction over the rivals of a split. 'Beats' is a difference above 0 with "
    "p < 0.05. 'Cannot be told apart' is not 'equal': with 3 seeds an interval reaches 2.5 SDs to either side."
)


@dataclass(frozen=True)
class Answer:
    """One line of the answer: a challenger on one split against the rivals that were run there."""

    contest: Contest
    rivals: dict[str, str]  # rival -> label of ours
    main: bool  # MGVAE itself, not its variant

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


@dataclass(frozen=True)
class Question:
    """Every line, and what they come to."""

    answers: tuple[Answer, ...]
    overall: tuple[str, ...]  # sentences

    @property
    def places(self) -> dict[Place, list[Answer]]:
        """The lines of each split."""
        found: dict[Place, list[Answer]] = {}
        for answer in self.answers:
            found.setdefault(answer.contest.place, []).append(answer)
        return found

    @property
    def rivals(self) -> list[str]:
        """Those that were met anywhere."""
        return [rival for rival in RIVALS if any(rival in answer.rivals for answer in self.answers)]


def question(params: Params, results: Results) -> Question | None:
    """None where MGVAE met no rival in any run that may be quoted."""
    answers = tuple(a for place in results.quotable() for a in _answers(params, results, place))
    met = {answer.contest.place.suite for answer in answers}
    noted = [name for name, suite in params.suites.items() if suite.note and name in met]
    return Question(answers, tuple(_overall(answers, noted))) if answers else None


def _answers(params: Params, results: Results, place: Place) -> Iterator[Answer]:
    here = results.methods(place)
    specs = [spec for spec in params.suites[place.suite].methods if spec.label in here]
    labels = {rival: label for rival in RIVALS if (label := speaker(rival, specs, place.protocol))}
    for challenger in (CHALLENGER, VARIANT):
        label = speaker(challenger, specs, place.protocol)
        met = contest(results, place, HEADLINE, label, list(labels.values())) if label else None
        if met:
            present = {rival: label for rival, label in labels.items() if label in met.duels}
            yield Answer(met, present, challenger == CHALLENGER)


def _overall(answers: tuple[Answer, ...], noted: list[str]) -> Iterator[str]:
    main = [answer.contest for answer in answers if answer.main]
    tested = [met for met in main if met.tested]
    if not tested:
        yield "Not answerable: no split has MGVAE and a rival on two seeds in common."
        return
    yield _in_short(tested)
    yield _by_place(tested)
    yield _by_rival([answer for answer in answers if answer.main])
    untested = len(main) - len(tested)
    if untested:
        yield f"On {plural(untested, 'more split')} there is one seed, which allows no test."
    if noted:
        yield f"Counted too, each with a note of its own to read first: {listed(noted, most=12)}."
    variant = [answer.contest for answer in answers if not answer.main and answer.contest.tested]
    if variant:
        yield f"With a learned variance: {_in_short(variant, 'it').removesuffix('.')}."


def _in_short(met: list[Contest], who: str = "MGVAE") -> str:
    won, lost, still_open = (sum(len(getattr(c, name)) for c in met) for name in ("won", "lost", "open"))
    total = won + lost + still_open
    return (
        f"In {plural(total, 'paired comparison')} {who} is shown to win {won} and to lose {lost}; {still_open} "
        "cannot be told apart."
    )


def _by_place(met: list[Contest]) -> str:
    """'MGVAE beats 3 of 5 rivals on 2 splits and none of 5 on 1 split.'"""
    counts = Counter((len(c.won), c.tested) for c in met)
    parts = [
        f"{won or 'none'} of {plural(of, 'rival')} on {plural(splits, 'split')}"
        for (won, of), splits in sorted(counts.items(), reverse=True)
    ]
    return f"MGVAE beats {listed(parts, most=12)}."


def _by_rival(answers: list[Answer]) -> str:
    """'Against smote: 0 won, 1 lost, 3 open.'"""
    parts = []
    for rival in RIVALS:
        met = [(a.contest, a.rivals[rival]) for a in answers if rival in a.rivals]
        counts = {
            name: sum(label in getattr(c, kind) for c, label in met)
            for name, kind in (("won", "won"), ("lost", "lost"), ("open", "open"))
        }
        if any(counts.values()):
            parts.append(f"{rival} {', '.join(f'{n} {name}' for name, n in counts.items())}")
    return f"Against {'; against '.join(parts)}."
