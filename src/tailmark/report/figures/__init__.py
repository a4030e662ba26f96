"""The figures: few, looked at rather than read, and of the main protocol only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from tailmark.report.balance import has_balance
from tailmark.report.figures.balance import SOME, imbalances, of_balance
from tailmark.report.figures.balance import of_cast as of_balanced
from tailmark.report.figures.curves import curves
from tailmark.report.figures.lambdas import lambdas
from tailmark.report.figures.quality import quality
from tailmark.report.figures.ranks import ranks
from tailmark.report.figures.ratio import ratio
from tailmark.report.figures.samples import samples
from tailmark.report.figures.semi import of_cast, of_few_labels
from tailmark.report.figures.spread import spread
from tailmark.report.figures.style import Look, Picture, looks, looks_by_family
from tailmark.report.figures.tail import tail, trade
from tailmark.report.figures.views import Known, of_views
from tailmark.report.licences import may_be_shown
from tailmark.report.ranking import friedman
from tailmark.report.records import Records
from tailmark.report.results import Place, Results, rivals
from tailmark.report.semi import has_few_labels

if TYPE_CHECKING:
    from tailmark.params import Params

__all__ = ["Known", "Picture", "draw"]

NONE: Mapping[Place, float] = MappingProxyType({})  # ratios


def draw(params: Params, known: Known, records: Records) -> list[Picture]:
    """Every figure of the report, suite by suite; the same colour for a method throughout."""
    methods = dict.fromkeys(m.label for suite in params.suites.values() for m in suite.methods)
    labels = [*methods, *sorted(_labels(known.results).difference(methods))]
    settings = any(suite.views for suite in params.suites.values())  # there are few names with many settings
    look = looks_by_family(labels) if settings else looks(labels)
    pictures = [
        picture for suite in params.suites for picture in _all_of(params, suite, known, records, look)
    ]
    result = friedman(known.results)
    across = (imbalances(params, known.results, records), ranks(result, look) if result else None)
    return [*pictures, *(picture for picture in across if picture)]


def _labels(results: Results) -> set[str]:
    return {method for place in results.places for method in results.methods(place)}


def _all_of(
    params: Params, suite: str, known: Known, records: Records, look: dict[str, Look]
) -> Iterator[Picture]:
    if has_few_labels(params.suites[suite]):
        yield from _of_few_labels(params, suite, known.results, records, look)
    else:
        yield from _of_views(params, suite, known, records, look)
        yield from _of_suite(params, suite, known.results, records, look)


def _of_few_labels(
    params: Params, suite: str, results: Results, records: Records, look: dict[str, Look]
) -> Iterator[Picture]:
    """Ablations are told in tables: the usual figures show the cast alone."""
    places = _drawn(results, suite)
    if places:
        hardest, one = _hardest(places, records), params.suites[suite]
        yield from of_few_labels(one, results, records, places, hardest, look)
        yield from _usual(of_cast(one, results, places), suite, places, records, look)


def _of_views(
    params: Params, suite: str, known: Known, records: Records, look: dict[str, Look]
) -> Iterator[Picture]:
    places = _drawn(known.results, suite)
    if params.suites[suite].views and places:
        hardest = _hardest(places, records)
        counts = records.train_counts.get((suite, hardest.split))
        yield from of_views(params.suites[suite], known, places, hardest, counts, look)
        if has_balance(params.suites[suite]):
            yield from of_balance(params.suites[suite], known.readings, records, places, hardest, look)


def _drawn(results: Results, suite: str) -> list[Place]:
    """Where there is more than rows that only frame a table."""
    return [place for place in results.of(suite, results.main_protocol(suite)) if rivals(results, place)]


def _of_suite(
    params: Params, suite: str, results: Results, records: Records, look: dict[str, Look]
) -> Iterator[Picture]:
    places = _drawn(results, suite)
    if not places:
        return
    ratios = _ratios(params, suite, places)
    if has_balance(params.suites[suite]):  # too many for a figure with a line a method
        yield from _crowded(results, suite, places, records, look, ratios)
    else:
        yield from _usual(results, suite, places, records, look, ratios)
    yield from _generators(params, suite, results, records, look)


def _usual(
    results: Results,
    suite: str,
    places: list[Place],
    records: Records,
    look: dict[str, Look],
    ratios: Mapping[Place, float] = NONE,
) -> Iterator[Picture]:
    """Seeds, the tail, the ratios where they differ, and learning curves."""
    yield from _apart(results, suite, places, records, look)
    yield from _together(results, suite, places, records, look, ratios)


def _crowded(
    results: Results,
    suite: str,
    places: list[Place],
    records: Records,
    look: dict[str, Look],
    ratios: Mapping[Place, float],
) -> Iterator[Picture]:
    """The same; where methods share a panel, of a cast alone."""
    yield from _apart(results, suite, places, records, look)
    few = of_balanced(results, places)
    if all(few.methods(place) for place in places):
        drawn = _together(few, suite, places, records, look, ratios)
        yield from (replace(picture, caption=f"{picture.caption} {SOME}") for picture in drawn)


def _apart(
    results: Results, suite: str, places: list[Place], records: Records, look: dict[str, Look]
) -> Iterator[Picture]:
    """A row or a panel a method."""
    yield spread(results, suite, places, look)
    yield from _tail(results, suite, places, records, look)


def _together(
    results: Results,
    suite: str,
    places: list[Place],
    records: Records,
    look: dict[str, Look],
    ratios: Mapping[Place, float],
) -> Iterator[Picture]:
    """Panels that methods share."""
    if len(set(ratios.values())) > 1:
        yield ratio(results, suite, dict(ratios), look)
    hardest = _hardest(places, records)
    runs = records.curves_of(suite, hardest.split, hardest.protocol)
    if runs:
        yield curves(results, hardest, runs, look)


def _generators(
    params: Params, suite: str, results: Results, records: Records, look: dict[str, Look]
) -> Iterator[Picture]:
    """What was made, how good it is, and what lambda does to it."""
    places = results.of(suite, results.main_protocol(suite))
    grid = samples(results, _hardest(places, records), records)
    drawn = (
        grid and replace(grid, shareable=may_be_shown(params.suites[suite].dataset)),
        quality(results, suite, places, look),
        lambdas(params.suites[suite], results, places, records.shape_of(suite)),
    )
    yield from (picture for picture in drawn if picture)


def _tail(
    results: Results, suite: str, places: list[Place], records: Records, look: dict[str, Look]
) -> Iterator[Picture]:
    hardest = _hardest(places, records)
    counts = records.train_counts.get((suite, hardest.split))
    if counts is None:
        return
    if len(counts) == 2:
        yield trade(results, suite, places, look, rare=int(counts[0] > counts[1]))
    else:
        yield tail(results, suite, hardest, look, counts)


def _ratios(params: Params, suite: str, places: list[Place]) -> dict[Place, float]:
    """The splits that have a nominal imbalance ratio."""
    splits = params.suites[suite].splits
    known = {split.id: float(split.ratio) for split in splits if hasattr(split, "ratio")}
    return {place: known[place.split] for place in places if place.split in known}


def _hardest(places: list[Place], records: Records) -> Place:
    """The split with the most skewed training set."""
    return max(places, key=lambda place: _skew(records.train_counts.get((place.suite, place.split), (1, 1))))


def _skew(counts: tuple[int, ...]) -> float:
    return max(counts) / max(min(counts), 1)
