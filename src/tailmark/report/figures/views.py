"""The figures of suites with several views."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tailmark.report.comparison import Comparison
from tailmark.report.figures.confidence import confidence
from tailmark.report.figures.expert_tails import expert_tails
from tailmark.report.figures.mixes import mixes
from tailmark.report.figures.style import Look, Picture
from tailmark.report.figures.weights import stacked
from tailmark.report.results import Place, Results

if TYPE_CHECKING:
    from tailmark.params import Suite

Counts = tuple[int, ...] | None  # of each class; None where the run files are gone


@dataclass(frozen=True)
class Known:
    """What figures are drawn from."""

    results: Results
    readings: Results  # the same, and runs read in other ways
    compared: Sequence[Comparison] = ()


def of_views(
    suite: Suite, known: Known, places: list[Place], hardest: Place, counts: Counts, look: dict[str, Look]
) -> Iterator[Picture]:
    """Of the main places of one suite; `counts` are the training samples of the hardest of them."""
    results, readings, name = known.results, known.readings, hardest.suite
    drawn = [
        mixes(results, name, places, look),
        stacked(readings, name, places, known.compared, suite.stand_in),
        expert_tails(readings, name, hardest, counts) if counts else None,
        confidence(results, name, hardest, suite.views, counts) if counts else None,
    ]
    yield from (picture for picture in drawn if picture)
