"""Methods of several experts, taken apart: with other weights, each expert alone, and what weights were fitted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tailmark import methods
from tailmark.readings import MARK
from tailmark.report.grid import Band, Cell, Column, Grid, Line, heads, spread
from tailmark.report.results import Place, Results
from tailmark.report.semi import has_few_labels
from tailmark.report.tables import percent
from tailmark.report.words import listed
from tailmark.statistics import Summary, duels

if TYPE_CHECKING:
    from tailmark.params import Params, Suite

ORACLE, EQUAL, EXPERT = "oracle", "equal", "expert-"
SHOWN_ON_MIXES = ("accuracy",)
SHOWN_ON_ONE = ("macro_f1", "balanced_accuracy", "accuracy")

SKILLS = ("for the tail as it is", "for equal classes", "for the tail reversed")
"""What SADE's three experts are trained for."""

TRANSDUCTIVE = (
    "Test-time adaptation fits the weights to each test mix from its unlabelled images: it is transductive, for the "
    "answer to one image depends on the others that are asked. Equal weights, single experts and all methods without "
    "fitted weights see no test image before they answer."
)
FROM_LABELS = (
    "Weights are fitted once, on the labels of the training set or of what was held out of it, and stay the same for "
    "every test sample: no row but the oracle's uses the test set."
)
BOUND = (
    "Oracle weights are those of lowest cross-entropy on the test labels, which nobody has: an upper bound, though "
    "other weights can still be better by another metric."
)


@dataclass(frozen=True)
class Experts:
    """The methods with experts of one split."""

    place: Place  # on its main mix
    grid: Grid
    drift: tuple[str, ...]  # how the fitted weights follow the test mix, a sentence a method
    told: tuple[str, ...]  # what fitting uses


def experts(params: Params, readings: Results, adapts: Mapping[str, bool]) -> list[Experts]:
    """One a suite and split where a run was read in several ways, under the main protocol."""
    suites = [name for name, suite in params.suites.items() if not has_few_labels(suite)]
    mains = [place for suite in suites for place in readings.of(suite, readings.main_protocol(suite))]
    return [
        _of_split(params.suites[place.suite], readings, place, adapts.get(place.suite))
        for place in mains
        if read_apart(readings, place)
    ]


def read_apart(readings: Results, place: Place) -> list[str]:
    """The methods here whose experts were read one by one; a view by itself is no expert."""
    here = readings.methods(place)
    return [method for method in here if any(other.startswith(method + MARK + EXPERT) for other in here)]


def fitted(readings: Results, place: Place) -> list[str]:
    """The methods here whose experts have fitted weights."""
    return [m for m in read_apart(readings, place) if readings.summary(place, "weight/1", m)]


def alone(readings: Results, place: Place, method: str) -> list[str]:
    """The readings of a method that are one expert each, the first first."""
    return [m for m in readings.methods(place) if m.startswith(f"{method}{MARK}{EXPERT}")]


def weights(readings: Results, place: Place, method: str) -> list[Summary]:
    """The fitted weights of a method's experts; empty where none were fitted."""
    found = [readings.summary(place, name, method) for name in _weights(readings, place)]
    return [summary for summary in found if summary]


def _weights(readings: Results, place: Place) -> list[str]:
    return sorted(name for name in readings.metrics(place) if name.startswith("weight/"))


def _of_split(suite: Suite, readings: Results, place: Place, adapts: bool | None) -> Experts:
    found, mixes = read_apart(readings, place), readings.mixes(place)
    several, with_weights = len(mixes) > 1, fitted(readings, place)
    (columns,) = spread(readings, place, SHOWN_ON_MIXES if several else SHOWN_ON_ONE).values()
    more = ("Weights",) if with_weights and not several else ()
    grid = Grid(
        name=f"{place.suite}-{place.split}-experts",
        title=f"{place.suite}, {place.split}" + (", accuracy and weights" if several else ""),
        suite=place.suite,
        first="Experts",
        columns=(*heads(columns), *more),
        bands=tuple(
            Band(m, tuple(_lines(readings, m, columns, roles(suite, m, place.protocol), bool(more))))
            for m in found
        ),
        unit="Percent, mean and SD over seeds; weights are means over seeds, first expert first.",
    )
    how = {True: (TRANSDUCTIVE, BOUND), False: (FROM_LABELS, BOUND), None: (BOUND,)}[adapts]
    drifts = [_drift(readings, m, mixes) for m in with_weights] if several and adapts else []
    return Experts(place, grid, tuple(drifts), how if with_weights else ())


def roles(suite: Suite, method: str, protocol: str) -> tuple[str, ...]:
    """What each expert sees, or is trained for; empty where they differ by their initial weights alone."""
    spec = next((spec for spec in suite.methods if spec.label == method), None)
    if spec is None:
        return ()
    made = methods.make(spec.name, spec.settings, protocol).design(np.array([2.0, 1.0]), suite.views)
    if len({expert.views for expert in made.experts}) > 1:
        return tuple(f"sees {listed(list(expert.views))}" for expert in made.experts)
    losses = [expert.objective.numbers() for expert in made.experts]
    return SKILLS if len(losses) == len(SKILLS) and losses[0] != losses[1] else ()


def _lines(
    readings: Results, method: str, columns: list[Column], of: Sequence[str], beside: bool
) -> Iterator[Line]:
    """The method and its other readings; their weights stand beside them or, mix by mix, in lines of their own."""
    place = columns[0][0]
    has_weights = bool(weights(readings, place, method))
    here = readings.methods(place)
    for reading, head, aside in _named(readings, place, method, of):
        if reading in here:
            cells = [_score(readings.summary(*column, reading)) for column in columns]
            own = [_of(readings, place, reading)] if beside else []
            yield Line(head, (*cells, *own), aside, framing=reading.endswith(MARK + ORACLE))
    for reading, head in ((method, "fitted weights"), (f"{method}{MARK}{ORACLE}", "oracle's weights")):
        if has_weights and not beside:
            yield Line(head, tuple(_of(readings, mix, reading) for mix, _ in columns), framing=True)


def _named(readings: Results, place: Place, method: str, of: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Every reading with its head and what is said beside it."""
    fits = bool(weights(readings, place, method))
    yield method, "as it answers", "fitted weights" if fits else "the experts' mean"
    yield f"{method}{MARK}{EQUAL}", "equal weights", ""
    yield f"{method}{MARK}{ORACLE}", "oracle weights", "upper bound: looks at the test labels"
    for number, reading in enumerate(alone(readings, place, method)):
        yield reading, f"expert {number + 1} alone", of[number] if of else ""


def _score(summary: Summary | None) -> Cell:
    return Cell() if summary is None else Cell(percent(summary), value=summary.mean)


def _of(readings: Results, place: Place, reading: str) -> Cell:
    """'0.59 / 0.35 / 0.06'; a dash for a reading without weights."""
    return Cell(" / ".join(f"{summary.mean:.2f}" for summary in weights(readings, place, reading)) or "-")


def _drift(readings: Results, method: str, mixes: Sequence[Place]) -> str:
    """From the first test mix to the last: does the first expert lose weight, and the last one gain?"""
    names = _weights(readings, mixes[0])
    ends = (names[0], names[-1])
    first, last = (
        [readings.summary(place, name, method) for name in ends] for place in (mixes[0], mixes[-1])
    )
    moved = [_moved(readings, method, mixes, name) for name in ends]
    told = [
        f"w{name.rpartition('/')[2]} goes from {a.mean:.2f} to {b.mean:.2f}{_interval(change)}"
        for name, a, b, change in zip(ends, first, last, moved, strict=True)
        if a and b
    ]
    return f"{method}, {mixes[0].split}: from {mixes[0].mix} to {mixes[-1].mix} {listed(told)}. {_verdict(*moved)}"


def _moved(readings: Results, method: str, mixes: Sequence[Place], name: str) -> Summary | None:
    """A weight on the last mix less the same on the first, paired by seed."""
    frame = readings.values(mixes[-1], name)[[method]].rename(columns={method: "last"})
    frame["first"] = readings.values(mixes[0], name)[method]
    duel = duels(frame, "last").get("first")
    return duel.difference if duel else None


def _interval(change: Summary | None) -> str:
    return f" (95 % of the change {change.low:+.2f} to {change.high:+.2f})" if change and change.n > 1 else ""


def _verdict(first: Summary | None, last: Summary | None) -> str:
    if not first or not last or first.n < 2 or last.n < 2:
        return "One seed allows no test."
    if first.high < 0 < last.low:
        return "The weights follow the mix."
    if first.low > 0 > last.high:
        return "The weights go against the mix."
    return "That they follow the mix is not shown."
