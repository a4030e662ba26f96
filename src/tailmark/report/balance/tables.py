"""The tables that a suite with balanced views has more: how much each view was relied on, and what was chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tailmark import statistics
from tailmark.report.balance import has_balance
from tailmark.report.balance.kept import Watched
from tailmark.report.balance.truth import best_weight
from tailmark.report.grid import Band, Cell, Grid, Line
from tailmark.report.records import Records
from tailmark.report.results import Place, Results
from tailmark.report.tables import percent

if TYPE_CHECKING:
    from tailmark.params import Params, Suite

MOST_CHOSEN = 4  # learning rates that are named


def grids(params: Params, results: Results, records: Records) -> list[Grid]:
    """Of every suite with something to balance; a table that would be empty is left out."""
    found = [
        grid
        for name, suite in params.suites.items()
        if has_balance(suite)
        for grid in (
            shares(suite, results.of(name, results.main_protocol(name)), records, name),
            chosen(records.watched_of(name), name),
        )
    ]
    return [grid for grid in found if any(band.lines for band in grid.bands)]


def shares(suite: Suite, places: Sequence[Place], records: Records, name: str) -> Grid:
    """A band a split, a line a method: the dependence on each view at the end, and what ARL would have it be."""
    first, views = suite.views[0], suite.views
    truth = best_weight(suite.dataset)
    return Grid(
        name=f"{name}-shares",
        title=f"{name}: the share of each view at the end of the training",
        suite=name,
        first="Method",
        columns=(
            *(f"Dependence on {view}" for view in views),
            *(f"Certainty of {view}" for view in views),
            "Apart, points",
            "n",
        ),
        bands=tuple(Band(place.split, tuple(_share_lines(records, place, len(views)))) for place in places),
        unit=(
            "Percent of all views, mean and SD over seeds, on the training samples. Dependence is the size of the "
            "logits of a view by itself, certainty the inverse of their mean entropy, by which ARL judges its "
            "variance. ARL's condition is that the two shares are equal: apart is the mean distance between them."
            + (
                ""
                if truth is None
                else f" In these made data the best weight of {first} is {100 * truth:.1f} %."
            )
        ),
    )


def _share_lines(records: Records, place: Place, views: int) -> Iterator[Line]:
    for method, runs in _by_method(records, place).items():
        depends, certain = (
            np.array([one.shares(what)[-1] for one in runs]) for what in ("dependence", "certainty")
        )
        if depends.shape[1] != views:
            continue  # it sees fewer views
        apart = np.abs(depends - certain).mean(axis=1)
        columns = [*depends.T, *certain.T, apart]
        yield Line(method, (*map(_cell, columns), Cell(str(len(runs)), value=len(runs))))


def _by_method(records: Records, place: Place) -> dict[str, list[Watched]]:
    found: dict[str, list[Watched]] = {}
    for one in records.watched_of(place.suite, place.split):
        if one.was_watched and one.protocol == place.protocol:
            found.setdefault(one.method, []).append(one)
    return found


def _cell(values: Sequence[float]) -> Cell:
    of = statistics.summary(values)
    return Cell(percent(of), value=of.mean)


def chosen(watched: Sequence[Watched], suite: str) -> Grid:
    """A line a method: which learning rates won, and which values of its own setting."""
    searched: dict[str, list[Watched]] = {}
    for one in watched:
        if one.was_searched:
            searched.setdefault(one.method, []).append(one)
    return Grid(
        name=f"{suite}-chosen",
        title=f"{suite}: what was chosen",
        suite=suite,
        first="Method",
        columns=("Learning rate times", "Rates", "At an end of them", "Own setting", "Its values", "Runs"),
        bands=(Band("", tuple(_chosen(method, runs) for method, runs in searched.items())),),
        unit=(
            "In how many runs each was chosen, most often first; what never was is left out. Rates: how many were "
            "tried. At an end: runs that chose the lowest or the highest of them, where a better one may lie beyond. "
            "Chosen run by run on training samples that were held out; the test set has no part in it. A tie goes to "
            "the suite's own rate and the published value."
        ),
    )


def _chosen(method: str, runs: Sequence[Watched]) -> Line:
    tried = len({float(rate) for rate in runs[0].trials[:, 0]})
    ends = sum(one.at_an_end for one in runs)
    tuned = runs[0].tuned
    return Line(
        method,
        (
            Cell(_often([one.chosen[0] for one in runs])),
            Cell(str(tried), value=tried),
            Cell(str(ends), value=ends / len(runs)),
            Cell(tuned or "-"),
            Cell(_often([one.chosen[1] for one in runs]) if tuned else "-"),
            Cell(str(len(runs)), value=len(runs)),
        ),
    )


def _often(values: Sequence[float]) -> str:
    """'1 in 10, 0.3 in 5'; of many the rarest together."""
    counts = Counter(values).most_common()
    shown, rest = counts[:MOST_CHOSEN], counts[MOST_CHOSEN:]
    told = [f"{value:g} in {count}" for value, count in shown]
    return ", ".join([*told, *([f"others in {sum(count for _, count in rest)}"] if rest else [])])
