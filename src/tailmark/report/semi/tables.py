"""The tables that a suite with few labels has more: the pool, other answers, what was chosen, and what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, TypedDict

from tailmark.readings import MARK
from tailmark.report.grid import Band, Cell, Grid, Line
from tailmark.report.records import Records
from tailmark.report.results import Place, Results
from tailmark.report.semi import has_few_labels
from tailmark.report.semi.kept import Kept
from tailmark.report.words import aside, is_reference, metric
from tailmark.statistics import Summary

if TYPE_CHECKING:
    from tailmark.params import Params

ON_POOL = ("pool/balanced_accuracy", "pool/kl")
ANSWERS = ("balanced_accuracy", "macro_f1")
COSTS = ("Epoch, s", "Training, s", "Peak memory, MB", "Parameters", "Runs")
MEGABYTE = 1e6


class _Body(TypedDict):
    """What a grid holds under its head."""

    columns: tuple[str, ...]
    bands: tuple[Band, ...]


def grids(params: Params, readings: Results, records: Records) -> list[Grid]:
    """Of every suite with few labels; a table that would be empty is left out."""
    suites = [name for name, suite in params.suites.items() if has_few_labels(suite)]
    found = [
        grid
        for suite in suites
        for grid in (
            on_pool(readings, suite),
            answers(readings, suite),
            chosen(records.kept_of(suite), suite),
            costs(records.kept_of(suite), suite),
        )
    ]
    return [grid for grid in found if any(band.lines for band in grid.bands)]


def on_pool(results: Results, suite: str) -> Grid:
    """How good the pseudo-labels were in the end."""
    return Grid(
        name=f"{suite}-pool",
        title=f"{suite}: the pseudo-labels of the pool",
        suite=suite,
        first="Method",
        **_measured(results, suite, _methods, ON_POOL),
        unit=(
            "Mean and SD over seeds, at the end of the training, in percent and in nats. "
            + " ".join(f"{metric(name).short}: {metric(name).meaning}." for name in ON_POOL)
        ),
    )


def answers(readings: Results, suite: str) -> Grid:
    """Methods that can be read in more than one way, such as a generative model beside its classifier."""
    return Grid(
        name=f"{suite}-answers",
        title=f"{suite}: the same networks, read in another way",
        suite=suite,
        first="Answer",
        **_measured(readings, suite, _read_twice, ANSWERS),
        unit=f"Percent, mean and SD over seeds. After the {MARK}: which other part of the network answers.",
    )


def _methods(results: Results, place: Place) -> list[str]:
    return [method for method in results.methods(place) if MARK not in method]


def _read_twice(readings: Results, place: Place) -> list[str]:
    """Each method with its readings after it."""
    here = readings.methods(place)
    return [
        name
        for method in _methods(readings, place)
        if (more := [other for other in here if other.startswith(method + MARK)])
        for name in (method, *more)
    ]


def _measured(
    results: Results, suite: str, wanted: Callable[[Results, Place], list[str]], names: Sequence[str]
) -> _Body:
    """A band a metric, a column a split."""
    places = results.of(suite, results.main_protocol(suite))
    methods = list(dict.fromkeys(method for place in places for method in wanted(results, place)))
    bands = (Band(metric(name).short, tuple(_lines(results, places, methods, name))) for name in names)
    return {"columns": tuple(place.split for place in places), "bands": tuple(bands)}


def _lines(results: Results, places: Sequence[Place], methods: Sequence[str], name: str) -> Iterator[Line]:
    for method in methods:
        found = [results.summary(place, name, method) for place in places]
        if any(found):
            cells = tuple(Cell(_text(name, s), value=s.mean) if s else Cell() for s in found)
            yield Line(method, cells, aside(method), framing=is_reference(method))


def _text(name: str, summary: Summary) -> str:
    """'84.6 ± 0.2', '0.031 ± 0.004'."""
    of = metric(name)
    digits = 1 if of.unit == "points" else 3
    mean = f"{of.scale * summary.mean:.{digits}f}"
    return mean if summary.n < 2 else f"{mean} ± {of.scale * summary.sd:.{digits}f}"


def chosen(kept: Sequence[Kept], suite: str) -> Grid:
    """A line a method: the setting that was tuned, and how often each of its values won."""
    tuned: dict[str, list[Kept]] = {}
    for one in kept:
        if one.number("tuning/chosen") is not None:
            tuned.setdefault(one.method, []).append(one)
    return Grid(
        name=f"{suite}-chosen",
        title=f"{suite}: what was chosen",
        suite=suite,
        first="Method",
        columns=("Setting", "Values tried, and in how many runs each was chosen", "Runs"),
        bands=(Band("", tuple(_chosen(method, runs) for method, runs in tuned.items())),),
        unit=(
            "Chosen run by run on labelled samples that were held out of the training; the test set has no part in "
            "it. A tie goes to the first value, which is the default."
        ),
    )


def _chosen(method: str, runs: Sequence[Kept]) -> Line:
    counts = Counter(float(one.parts["tuning/chosen"]) for one in runs)
    tried = dict.fromkeys(float(value) for one in runs for value in one.parts["tuning/values"])
    often = ", ".join(f"{value:g} in {counts[value]}" for value in tried)
    return Line(method, (Cell(runs[0].tuned), Cell(often), Cell(str(len(runs)), value=len(runs))))


def costs(kept: Sequence[Kept], suite: str) -> Grid:
    """A line a method, a band a device: means over the seeds and splits."""
    devices: dict[str, dict[str, list[Kept]]] = {}
    for one in kept:
        if one.number("cost/seconds") is not None:
            devices.setdefault(one.device, {}).setdefault(one.method, []).append(one)
    return Grid(
        name=f"{suite}-cost",
        title=f"{suite}: what a training costs",
        suite=suite,
        first="Method",
        columns=COSTS,
        bands=tuple(
            Band(device, tuple(_cost(method, runs) for method, runs in methods.items()))
            for device, methods in devices.items()
        ),
        unit=(
            "Means over seeds and splits, of the one training that counts, without the choice of a setting. An epoch "
            "has gone when every sample was seen about once, the unlabelled ones included. Peak memory is above that "
            "at the start of the training; a stroke: not measured. Runs share their machine, so times are no benchmark."
        ),
    )


def _cost(method: str, runs: Sequence[Kept]) -> Line:
    seconds, epochs, peak, parameters = (
        _mean(runs, part) for part in ("cost/seconds", "cost/epochs", "cost/peak_bytes", "cost/parameters")
    )
    epoch = seconds / epochs if seconds is not None and epochs else None
    megabytes = None if peak is None else peak / MEGABYTE
    cells = (_number(epoch, 3), _number(seconds, 1), _number(megabytes, 0), _number(parameters, 0))
    return Line(method, (*cells, Cell(str(len(runs)), value=len(runs))), aside(method))


def _mean(runs: Sequence[Kept], part: str) -> float | None:
    known = [value for one in runs if (value := one.number(part)) is not None]
    return fmean(known) if known else None


def _number(value: float | None, digits: int) -> Cell:
    return Cell("-") if value is None else Cell(f"{value:,.{digits}f}", value=value)
