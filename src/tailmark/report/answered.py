"""A question that was answered, ready for every writer: what it comes to, its tables, and its picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tailmark.report import differences
from tailmark.report.asked import Asked
from tailmark.report.figures.forest import forest
from tailmark.report.figures.style import Picture
from tailmark.report.grid import Grid
from tailmark.report.question import Question, question
from tailmark.report.results import Results

if TYPE_CHECKING:
    from tailmark.params import Params


@dataclass(frozen=True)
class Answered:
    """One question."""

    question: Question
    grids: tuple[Grid, ...]  # the first is always seen
    forest: Picture

    @property
    def asked(self) -> Asked:
        """What was asked."""
        return self.question.asked

    @property
    def by_place(self) -> list[tuple[str, str]]:
        """Where, and a sentence on it; only of few rivals, who can be named."""
        said = [(a.contest.place, a.text) for a in self.question.answers if self.asked.few_rivals]
        return [(f"{place.suite}, {place.split}", text) for place, text in said]


def answered(asked: Sequence[Asked], params: Params, readings: Results) -> list[Answered]:
    """Those of the questions whose challenger met anybody."""
    found = [one for each in asked if (one := question(each, params, readings))]
    return [Answered(one, differences.tables(one, readings), forest(one)) for one in found]
