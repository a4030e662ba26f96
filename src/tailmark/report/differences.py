"""The paired differences of a question as tables: all together, and split by split."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from tailmark.report.answer import Answer
from tailmark.report.grid import Band, Cell, Column, Grid, Line, heads, spread
from tailmark.report.question import Question
from tailmark.report.results import Place, Results
from tailmark.report.sentences import against, tally
from tailmark.report.words import metric, probability
from tailmark.statistics import Duel

ByColumn = dict[
    tuple[bool, Column], Answer
]  # of the challenger or of its variant, where, and by which metric


def tables(question: Question, results: Results) -> tuple[Grid, ...]:
    """First the one that is always seen, then those that a reader may open."""
    if question.asked.few_rivals:
        return (across(question),)
    return (overview(question), *grids(question, results))


def across(question: Question) -> Grid:
    """A line a split and challenger, the rivals side by side."""
    return Grid(
        name=question.asked.name,
        title="Split by split",
        suite="",
        first="Split",
        columns=("Method", "n", *(f"less {rival}" for rival in question.rivals)),
        bands=(Band("", tuple(_across(question, answer) for answer in question.answers)),),
        unit=f"{question.asked.who} less the rival, {_unit(question)}, 95 % intervals. Bold: p < 0.05 (Holm).",
    )


def _across(question: Question, answer: Answer) -> Line:
    place, n = answer.contest.place, answer.contest.n
    met = (_cell(answer.duel(rival), answer.metric) for rival in question.rivals)
    head = (Cell(answer.contest.method), Cell(str(n), value=n))
    return Line(f"{place.suite}, {place.split}", (*head, *met))


def overview(question: Question) -> Grid:
    """A line a rival, a column a suite: the mean difference, and how often it was more than chance."""
    suites = list(dict.fromkeys(place.suite for place in question.places))
    return Grid(
        name=f"{question.asked.name}-overview",
        title=f"On average over the splits {'and test mixes ' if question.asked.every_mix else ''}of a suite",
        suite="",
        first=f"{question.asked.who} less",
        columns=tuple(suites),
        bands=tuple(
            Band(_named(metric(name).short, said), tuple(_mean_lines(question, main, name, suites)))
            for main, said in question.challengers.items()
            for name in question.asked.metrics
        ),
        unit=f"{_unit(question).capitalize()}; how many of the paired tests were won, lost, and left open.",
    )


def _unit(question: Question) -> str:
    """'points', 'points of balanced accuracy'; of several metrics that differ in it, what each has."""
    asked = [metric(name) for name in question.asked.metrics]
    if len(asked) == 1:
        return f"{asked[0].unit} of {asked[0].prose}"
    if len({of.unit for of in asked}) == 1:
        return asked[0].unit
    return ", ".join(f"{of.prose} in {of.unit}" for of in asked)


def _named(name: str, said: str) -> str:
    return f"{name}, {said[0].lower()}{said[1:]}" if said else name


def _mean_lines(question: Question, main: bool, name: str, suites: list[str]) -> Iterator[Line]:
    answers = [answer for answer in question.answers if answer.main == main and answer.metric == name]
    for rival in question.asked.rivals:
        if any(rival.name in answer.rivals for answer in answers):
            cells = tuple(_mean(answers, rival.name, suite) for suite in suites)
            yield Line(rival.name, cells, rival.worth)


def _mean(answers: list[Answer], rival: str, suite: str) -> Cell:
    here = [answer for answer in answers if answer.contest.place.suite == suite]
    differences = [duel.difference.mean for answer in here if (duel := answer.duel(rival))]
    if not differences:
        return Cell()
    ended, mean = against(here, rival), fmean(differences)
    return Cell(metric(here[0].metric).difference(mean), (tally(ended),) if ended else (), value=mean)


def grids(question: Question, results: Results) -> list[Grid]:
    """One table a split: the rivals below each other, the test mixes side by side."""
    answered = {(one.main, (one.contest.place, one.metric)): one for one in question.answers}
    splits = {place[:3]: place for place in question.places}
    return [_grid(question, results, place, answered) for place in splits.values()]


def _grid(question: Question, results: Results, place: Place, answered: ByColumn) -> Grid:
    asked = question.asked
    if asked.every_mix:
        bands = spread(results, place, asked.metrics)
    else:
        bands = {"": [(place, name) for name in asked.metrics if name in results.metrics(place)]}
    here = {main: said for main, said in question.challengers.items() if _met(answered, main, bands)}
    return Grid(
        name=f"{asked.name}-{place.suite}-{place.split}",
        title=f"{place.suite}, {place.split}",
        suite=place.suite,
        first=f"{asked.who} less",
        columns=heads(next(iter(bands.values()))),
        bands=tuple(
            Band(_named(name, said) if name else said, tuple(_lines(question, main, columns, answered)))
            for main, said in here.items()
            for name, columns in bands.items()
        ),
        unit=f"{_unit(question).capitalize()}, with 95 % intervals and p (paired by seed, Holm). Bold: p < 0.05.",
    )


def _met(answered: ByColumn, main: bool, bands: dict[str, list[Column]]) -> bool:
    return any((main, column) in answered for columns in bands.values() for column in columns)


def _lines(question: Question, main: bool, columns: list[Column], answered: ByColumn) -> Iterator[Line]:
    for rival in question.asked.rivals:
        found = [(answered.get((main, column)), column[1]) for column in columns]
        met = [(one.duel(rival.name) if one else None, name) for one, name in found]
        if any(duel for duel, _ in met):
            n = max(duel.difference.n for duel, _ in met if duel)
            aside = "" if question.asked.every_mix else f"n = {n}"
            yield Line(rival.name, tuple(_cell(duel, name) for duel, name in met), aside)


def _cell(duel: Duel | None, name: str) -> Cell:
    if duel is None:
        return Cell()
    of, by = duel.difference, metric(name)
    interval = f"[{by.difference(of.low)}, {by.difference(of.high)}]"
    more = (interval, probability(duel.p)) if of.n > 1 else ()
    return Cell(by.difference(of.mean), more, duel.different, of.mean)
