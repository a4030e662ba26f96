"""The figures of suites with few labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tailmark.report.figures.semi.cast import HANDFUL, cast, of_cast
from tailmark.report.figures.semi.heat import heat
from tailmark.report.figures.semi.made import made
from tailmark.report.figures.semi.multiples import multiples
from tailmark.report.figures.semi.pool_curves import pool_curves
from tailmark.report.figures.semi.pool_end import pool_end
from tailmark.report.figures.style import Look, Picture
from tailmark.report.licences import may_be_shown
from tailmark.report.records import Records
from tailmark.report.results import Place, Results

if TYPE_CHECKING:
    from tailmark.params import SemiSplit, Suite

__all__ = ["of_cast", "of_few_labels"]

MOST_ROWS = 4  # splits whose training is drawn


def of_few_labels(
    suite: Suite,
    results: Results,
    records: Records,
    places: list[Place],
    hardest: Place,
    look: dict[str, Look],
) -> Iterator[Picture]:
    """Of the main places of one suite; only where the class counts are known are the classes put in order."""
    few = cast(suite, results, hardest, HANDFUL)
    known = [place for place in places if (place.suite, place.split) in records.train_counts]
    watched = alike(suite, known, hardest)
    grid = made(suite, results, hardest, records)
    drawn = [
        *multiples(suite, results, places, cast(suite, results, hardest), look),
        pool_curves(watched, few, records, look) if watched else None,
        pool_end(results, hardest, few, records) if hardest in known else None,
        heat(suite, results, places),
        grid and replace(grid, shareable=may_be_shown(suite.dataset)),
    ]
    yield from (picture for picture in drawn if picture)


def alike(suite: Suite, places: list[Place], hardest: Place) -> list[Place]:
    """All places if they are few, else the hardest and those that differ from it in the pool alone."""
    if len(places) <= MOST_ROWS:
        return places
    splits = {split.id: split for split in suite.splits if split.kind == "semi"}
    wanted = _but_for_pool(splits[hardest.split])
    return [place for place in places if _but_for_pool(splits[place.split]) == wanted]


def _but_for_pool(split: SemiSplit) -> tuple[float, float]:
    return split.ratio, split.labelled
