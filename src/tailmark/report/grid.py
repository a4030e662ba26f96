"""A table of ready words, the same for every writer: bands of lines under one head."""

from __future__ import annotations

from dataclasses import dataclass

from tailmark.report.results import Place, Results
from tailmark.report.words import metric

Column = tuple[Place, str]  # where, and what is measured there


@dataclass(frozen=True)
class Cell:
    """One entry; empty where nothing was run."""

    text: str = ""
    more: tuple[str, ...] = ()  # said smaller, beneath
    strong: bool = False
    value: float | None = None  # to sort by


@dataclass(frozen=True)
class Line:
    """One row."""

    head: str
    cells: tuple[Cell, ...]
    aside: str = ""  # what the row is, said smaller
    framing: bool = False  # no competitor: a bound, or numbers of another kind


@dataclass(frozen=True)
class Band:
    """Rows that belong together."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Grid:
    """The whole."""

    name: str  # fit for a file name and an anchor
    title: str
    suite: str
    first: str  # head of the first column
    columns: tuple[str, ...]
    bands: tuple[Band, ...]
    unit: str  # what the numbers are, for a file that stands alone


def spread(results: Results, place: Place, metrics: tuple[str, ...]) -> dict[str, list[Column]]:
    """What bands and columns hold: of several test mixes a band a metric, of one mix the metrics side by side."""
    mixes = results.mixes(place)
    measured = [name for name in metrics if any(name in results.metrics(mix) for mix in mixes)]
    if len(mixes) > 1:
        return {metric(name).short: [(mix, name) for mix in mixes] for name in measured}
    return {"": [(place, name) for name in measured]}


def heads(columns: list[Column]) -> tuple[str, ...]:
    """The mixes where these differ, else the metrics."""
    mixes = tuple(place.mix for place, _ in columns)
    return mixes if len(set(mixes)) > 1 else tuple(metric(name).short for _, name in columns)
