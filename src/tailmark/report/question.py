"""The answer to a question: one method against its rivals, place by place, and what that comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tailmark.readings import MARK
from tailmark.report.asked import Asked, Rival
from tailmark.report.contest import Contest, contest
from tailmark.report.results import Place, Results
from tailmark.report.speakers import speaker
from tailmark.report.words import listed, metric, plural
from tailmark.statistics import Duel

if TYPE_CHECKING:
    from tailmark.params import MethodSpec, Params


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


@dataclass(frozen=True)
class Question:
    """Every line, and what they come to."""

    asked: Asked
    answers: tuple[Answer, ...]
    overall: tuple[str, ...]  # sentences

    @property
    def places(self) -> dict[Place, list[Answer]]:
        """The lines of each place."""
        found: dict[Place, list[Answer]] = {}
        for answer in self.answers:
            found.setdefault(answer.contest.place, []).append(answer)
        return found

    @property
    def rivals(self) -> list[str]:
        """Those that were met anywhere."""
        return [r.name for r in self.asked.rivals if any(r.name in answer.rivals for answer in self.answers)]


def question(asked: Asked, params: Params, results: Results) -> Question | None:
    """None where the challenger met no rival in any run that may be quoted; readings are rivals if it asks of them."""
    answers = tuple(a for place in _places(asked, results) for a in _answers(asked, params, results, place))
    met = {answer.contest.place.suite for answer in answers}
    noted = [name for name, suite in params.suites.items() if suite.note and name in met]
    return Question(asked, answers, tuple(_overall(asked, answers, noted))) if answers else None


def _places(asked: Asked, results: Results) -> list[Place]:
    mains = results.quotable()
    return [mix for place in mains for mix in results.mixes(place)] if asked.every_mix else mains


def _answers(asked: Asked, params: Params, results: Results, place: Place) -> Iterator[Answer]:
    here = results.methods(place)
    specs = [spec for spec in params.suites[place.suite].methods if spec.label in here]
    for challenger in filter(None, (asked.challenger, asked.variant)):
        label = speaker(challenger, specs, place.protocol)
        for name in asked.metrics if label else ():
            labels = {
                rival.name: found
                for rival in asked.rivals
                if (found := _label(rival, str(label), specs, results, place, name))
            }
            met = contest(results, place, name, str(label), list(labels.values()))
            if met:
                present = {rival: found for rival, found in labels.items() if found in met.duels}
                yield Answer(met, name, present, challenger == asked.challenger)


def _label(
    rival: Rival, label: str, specs: Sequence[MethodSpec], results: Results, place: Place, name: str
) -> str | None:
    """Of a rival that is a reading of the challenger: the best of those that were made, by this very metric."""
    if rival.method:
        return speaker(rival.method, specs, place.protocol, rival.settings)
    wanted = f"{label}{MARK}{rival.reading.removesuffix('*')}"
    made = [
        m
        for m in results.methods(place)
        if m == wanted or (rival.reading[-1] == "*" and m.startswith(wanted))
    ]
    return max(made, key=lambda m: results.mean(place, name, m), default=None)


def _overall(asked: Asked, answers: tuple[Answer, ...], noted: list[str]) -> Iterator[str]:
    main = [answer.contest for answer in answers if answer.main]
    tested = [met for met in main if met.tested]
    if not tested:
        yield f"Not answerable: no split has {asked.who} and a rival on two seeds in common."
        return
    if len(asked.metrics) > 1:
        yield from _by_metric(asked, answers)
    else:
        yield in_short(tested, asked.who)
        yield _by_place(tested, asked.who)
        yield _by_rival([answer for answer in answers if answer.main], asked)
    untested = {met.place[:3] for met in main} - {met.place[:3] for met in tested}
    if untested:
        yield f"On {plural(len(untested), 'more split')} there is one seed, which allows no test."
    if noted:
        yield f"Counted too, each with a note of its own to read first: {listed(noted, most=12)}."
    variant = [answer.contest for answer in answers if not answer.main and answer.contest.tested]
    if variant:
        yield f"{asked.variant_said}: {in_short(variant, 'it').removesuffix('.')}."


def _by_metric(asked: Asked, answers: Sequence[Answer]) -> Iterator[str]:
    for name in asked.metrics:
        met = [answer.contest for answer in answers if answer.metric == name and answer.contest.tested]
        seeds = sorted({contest.n for contest in met})
        n = " to ".join(str(n) for n in dict.fromkeys((seeds[0], seeds[-1])))
        yield f"{in_short(met, asked.who, f' of {metric(name).prose}').removesuffix('.')} (n = {n})."
    first = asked.rivals[0].name
    ended = {name: against([a for a in answers if a.metric == name], first) for name in asked.metrics}
    told = [f"{tally(ends)} by {metric(name).prose}" for name, ends in ended.items() if ends]
    if told:
        yield f"Against {first} alone: {'; '.join(told)}."


def in_short(met: Sequence[Contest], who: str, of: str = "") -> str:
    """'In 3 paired comparisons MGVAE is shown to win 1 and to lose 1; 1 cannot be told apart.'"""
    won, lost, still_open = (sum(len(getattr(c, name)) for c in met) for name in ("won", "lost", "open"))
    total = won + lost + still_open
    return (
        f"In {plural(total, 'paired comparison')}{of} {who} is shown to win {won} and to lose {lost}; {still_open} "
        "cannot be told apart."
    )


def _by_place(met: list[Contest], who: str) -> str:
    """'MGVAE beats 3 of 5 rivals on 2 splits and none of 5 on 1 split.'"""
    counts = Counter((len(c.won), c.tested) for c in met)
    parts = [
        f"{won or 'none'} of {plural(of, 'rival')} on {plural(splits, 'split')}"
        for (won, of), splits in sorted(counts.items(), reverse=True)
    ]
    return f"{who} beats {listed(parts, most=12)}."


def _by_rival(answers: list[Answer], asked: Asked) -> str:
    """'Against smote: 0 won, 1 lost, 3 open.'"""
    parts = [
        f"{rival.name} {tally(said)}" for rival in asked.rivals if (said := against(answers, rival.name))
    ]
    return f"Against {'; against '.join(parts)}."


def against(answers: Sequence[Answer], rival: str) -> list[str]:
    """How each duel with one rival ended: won, lost or open; duels of one seed are left out."""
    met = [(answer.contest, answer.rivals[rival]) for answer in answers if rival in answer.rivals]
    return [kind for c, label in met for kind in ("won", "lost", "open") if label in getattr(c, kind)]


def tally(ended: Sequence[str]) -> str:
    """'0 won, 1 lost, 3 open'."""
    return ", ".join(f"{ended.count(kind)} {kind}" for kind in ("won", "lost", "open"))
