"""The answer to a question: one method against its rivals, place by place, and what that comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tailmark.readings import MARK
from tailmark.report.answer import Answer
from tailmark.report.asked import Asked, Rival
from tailmark.report.contest import contest
from tailmark.report.results import Place, Results
from tailmark.report.sentences import overall
from tailmark.report.speakers import NONE, speaker

if TYPE_CHECKING:
    from tailmark.params import MethodSpec, Params


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

    @property
    def challengers(self) -> dict[bool, str]:
        """Those that met anybody, by whether they are the main one, and what tells the other apart."""
        present = {answer.main for answer in self.answers}
        said = {True: "", False: self.asked.variant.said if self.asked.variant else ""}
        return {main: text for main, text in said.items() if main in present}


Meeting = tuple[str, str, str, tuple[str, ...], tuple[str, ...]]
"""A metric, a mix, a rival, and the keys of both sides' runs."""


@dataclass(frozen=True)
class _Challenger:
    """Who meets the rivals at one place."""

    label: str
    method: str
    settings: Mapping[str, Any]  # of its own
    shared: Mapping[str, Any]  # that its rivals have too


def question(asked: Asked, params: Params, results: Results) -> Question | None:
    """None where the challenger met no rival in any run that may be quoted; readings are rivals if it asks of them."""
    asked = replace(asked, rivals=tuple(_every(asked, params)))
    told: set[Meeting] = set()
    answers = tuple(
        a for place in _places(asked, results) for a in _answers(asked, params, results, place, told)
    )
    met = {answer.contest.place.suite for answer in answers}
    noted = [name for name, suite in params.suites.items() if suite.note and name in met]
    return Question(asked, answers, tuple(overall(asked, answers, noted))) if answers else None


def _every(asked: Asked, params: Params) -> Iterator[Rival]:
    """A rival that is meant for each view becomes as many as the challenger's suites have views."""
    suites = [s for s in params.suites.values() if any(m.name == asked.challenger for m in s.methods)]
    views = dict.fromkeys(view for suite in suites for view in suite.views)
    for rival in asked.rivals:
        if not rival.each_view:
            yield rival
        for view in views if rival.each_view else ():
            yield replace(rival, name=f"{view} {rival.name}", settings={**rival.settings, "view": view})


def _places(asked: Asked, results: Results) -> list[Place]:
    mains = results.quotable()
    return [mix for place in mains for mix in results.mixes(place)] if asked.every_mix else mains


def _answers(
    asked: Asked, params: Params, results: Results, place: Place, told: set[Meeting]
) -> Iterator[Answer]:
    here = results.methods(place)
    specs = [spec for spec in params.suites[place.suite].methods if spec.label in here]
    for main, who in _challengers(asked, specs, place.protocol):
        for name in asked.metrics:
            labels = {
                rival.name: found
                for rival in asked.rivals
                if (found := _label(rival, who, specs, results, place, name))
            }
            labels = _new(labels, who.label, results, place, name, told)
            met = contest(results, place, name, who.label, list(labels.values()))
            if met:
                present = {rival: found for rival, found in labels.items() if found in met.duels}
                yield Answer(met, name, present, main)


def _new(
    labels: dict[str, str], who: str, results: Results, place: Place, name: str, told: set[Meeting]
) -> dict[str, str]:
    """Without the rivals that the very same runs have met before: two suites may hold the same cell."""
    keys = results.keys[place]
    met = {
        rival: (name, place.mix, rival, tuple(keys[who].dropna()), tuple(keys[label].dropna()))
        for rival, label in labels.items()
    }
    found = {rival: label for rival, label in labels.items() if met[rival] not in told}
    told |= set(met.values())
    return found


def _challengers(
    asked: Asked, specs: Sequence[MethodSpec], protocol: str
) -> Iterator[tuple[bool, _Challenger]]:
    """The main one first."""
    variant = asked.variant
    wanted = [
        (True, asked.challenger, NONE),
        *([(False, variant.method, variant.settings)] if variant else []),
    ]
    for main, method, settings in wanted:
        label = speaker(method, specs, protocol, settings)
        own = next((spec.settings for spec in specs if spec.label == label), None)
        if label and own is not None:
            yield main, _Challenger(label, method, own, settings)


def _label(
    rival: Rival, who: _Challenger, specs: Sequence[MethodSpec], results: Results, place: Place, name: str
) -> str | None:
    """Of a rival that is a reading of the challenger: the best of those that were made, by this very metric."""
    if rival.method:
        base = who.settings if rival.settings and rival.method == who.method else who.shared
        return speaker(rival.method, specs, place.protocol, {**base, **rival.settings})
    wanted = f"{who.label}{MARK}{rival.reading.removesuffix('*')}"
    made = [
        m
        for m in results.methods(place)
        if m == wanted or (rival.reading[-1] == "*" and m.startswith(wanted))
    ]
    return max(made, key=lambda m: results.mean(place, name, m), default=None)
