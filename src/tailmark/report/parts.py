"""What each part of the proposed method of paper 004 is worth: its paired differences, laid out for a reader."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from tailmark.report.grid import Band, Cell, Column, Grid, Line, heads, spread
from tailmark.report.question import Answer, Question, against, tally
from tailmark.report.results import Place, Results
from tailmark.report.words import metric, probability
from tailmark.statistics import Duel


def overview(question: Question) -> Grid:
    """A line a rival, a column a suite: the mean difference, and how often it was more than chance."""
    suites = list(dict.fromkeys(place.suite for place in question.places))
    return Grid(
        name=f"{question.asked.name}-overview",
        title="On average over the splits and test mixes of a suite",
        suite="",
        first=f"{question.asked.who} less",
        columns=tuple(suites),
        bands=tuple(
            Band(metric(name).short, tuple(_mean_lines(question, name, suites)))
            for name in question.asked.metrics
        ),
        unit="Points; how many of the paired tests were won and lost, and how many left it open.",
    )


def _mean_lines(question: Question, name: str, suites: list[str]) -> Iterator[Line]:
    for rival in question.asked.rivals:
        if rival.name in question.rivals:
            cells = tuple(_mean(question, name, rival.name, suite) for suite in suites)
            yield Line(rival.name, cells, rival.worth)


def _mean(question: Question, name: str, rival: str, suite: str) -> Cell:
    answers = [
        answer
        for answer in question.answers
        if answer.main and answer.metric == name and answer.contest.place.suite == suite
    ]
    differences = [duel.difference.mean for answer in answers if (duel := answer.duel(rival))]
    if not differences:
        return Cell()
    ended = against(answers, rival)
    mean = fmean(differences)
    return Cell(points(mean), (tally(ended),) if ended else (), value=mean)


def grids(question: Question, results: Results) -> list[Grid]:
    """One table a split: the rivals below each other, the test mixes side by side."""
    answered = {(place, one.metric): one for place, answers in question.places.items() for one in answers}
    splits = {place[:3]: place for place in question.places}
    return [_grid(question, results, place, answered) for place in splits.values()]


def _grid(question: Question, results: Results, place: Place, answered: dict[Column, Answer]) -> Grid:
    bands = spread(results, place, question.asked.metrics)
    return Grid(
        name=f"{question.asked.name}-{place.suite}-{place.split}",
        title=f"{place.suite}, {place.split}",
        suite=place.suite,
        first=f"{question.asked.who} less",
        columns=heads(next(iter(bands.values()))),
        bands=tuple(
            Band(name, tuple(_lines(question, columns, answered))) for name, columns in bands.items()
        ),
        unit="Points, with 95 % intervals and p (paired by seed, Holm). Bold: p < 0.05.",
    )


def _lines(question: Question, columns: list[Column], answered: dict[Column, Answer]) -> Iterator[Line]:
    for rival in question.asked.rivals:
        met = [one.duel(rival.name) if (one := answered.get(column)) else None for column in columns]
        if any(met):
            yield Line(rival.name, tuple(map(_cell, met)))


def _cell(duel: Duel | None) -> Cell:
    if duel is None:
        return Cell()
    of = duel.difference
    interval = f"[{points(of.low)}, {points(of.high)}]"
    more = (interval, probability(duel.p)) if of.n > 1 else ()
    return Cell(points(of.mean), more, duel.different, of.mean)


def points(fraction: float) -> str:
    """'+0.3'; what rounds to nothing is '0.0' and no '-0.0'."""
    text = f"{100 * fraction:+.1f}"
    return text[1:] if float(text) == 0 else text
