"""Tables before they are HTML, Markdown or LaTeX: numbers, ranks, and what cannot be told apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from tailmark import statistics
from tailmark.report.results import Place, Results
from tailmark.report.words import DETECTION, METRICS, ON_MIXES, aside, is_reference, metric


@dataclass(frozen=True)
class Entry:
    """One number of a table."""

    summary: statistics.Summary | None
    place: str = ""  # "best", "second" or ""
    tied: bool = False  # not shown to differ from the best

    @property
    def text(self) -> str:
        """Percent with one decimal, as the papers print it."""
        return percent(self.summary)


@dataclass(frozen=True)
class Row:
    """One method."""

    method: str
    n: int
    reference: bool
    same_runs_as: str
    entries: tuple[Entry, ...]

    @property
    def aside(self) -> str:
        """What the row is, where it only frames the table."""
        return aside(self.method)


@dataclass(frozen=True)
class Block:
    """The methods on one split: the unit within which they are ranked."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Table:
    """A table for any writer."""

    name: str  # fit for a file name and an anchor
    title: str
    suite: str
    protocol: str
    columns: tuple[str, ...]
    notes: tuple[str, ...]  # what each column means
    blocks: tuple[Block, ...]


def percent(summary: statistics.Summary | None) -> str:
    """'84.6 ± 0.2'; a single seed has no SD to show."""
    if summary is None:
        return ""
    mean = f"{100 * summary.mean:.1f}"
    return mean if summary.n < 2 else f"{mean} ± {100 * summary.sd:.1f}"


def suite_tables(results: Results, suite: str, *, views: bool = False) -> list[Table]:
    """For each protocol: methods by metrics, and methods by test mixes where there are several."""
    tables = []
    for protocol in results.protocols(suite):
        places = results.of(suite, protocol)
        tables.append(_by_metric(results, places, views))
        tables += [_by_mix(results, mixes) for place in places if len(mixes := results.mixes(place)) > 1]
    return tables


def _by_metric(results: Results, places: list[Place], views: bool) -> Table:
    first = places[0]
    names = _shown({name for place in places for name in results.metrics(place)}, views)
    return Table(
        f"{first.suite}-{first.protocol}",
        f"{first.suite}, {first.protocol} protocol",
        first.suite,
        first.protocol,
        tuple(metric(name).short for name in names),
        tuple(metric(name).meaning for name in names),
        tuple(block(results, place.split, [(place, name) for name in names]) for place in places),
    )


def _shown(measured: set[str], views: bool) -> list[str]:
    """Several views of two classes: a rare finding is looked for, and the table is a screening test's."""
    wanted = DETECTION if views and "auroc" in measured else [name for name in METRICS if "/" not in name]
    return [name for name in wanted if name in measured]


def _by_mix(results: Results, mixes: list[Place]) -> Table:
    """One split: the mixes side by side, a block for each metric."""
    first = mixes[0]
    measured = {name for place in mixes for name in results.metrics(place)}
    return Table(
        f"{first.suite}-{first.protocol}-{first.split}-mixes",
        f"{first.suite}, {first.split}, {first.protocol} protocol, mix by mix",
        first.suite,
        first.protocol,
        tuple(place.mix for place in mixes),
        tuple(f"on the test mix {place.mix}" for place in mixes),
        tuple(
            block(results, metric(name).short, [(place, name) for place in mixes])
            for name in ON_MIXES
            if name in measured
        ),
    )


def block(results: Results, name: str, columns: list[tuple[Place, str]]) -> Block:
    """Each method's row; the columns may come from several mixes of one split."""
    main = columns[0][0]
    ranked = [_column(results, place, name) for place, name in columns]
    same = results.same_runs(main)
    rows = [
        Row(
            method,
            max((entry.summary.n for entry in entries if entry.summary), default=0),
            is_reference(method),
            same.get(method, ""),
            tuple(entries),
        )
        for method in results.methods(main)
        for entries in [[column.get(method, Entry(None)) for column in ranked]]
    ]
    return Block(name, (*(r for r in rows if not r.reference), *(r for r in rows if r.reference)))


def _column(results: Results, place: Place, name: str) -> dict[str, Entry]:
    """One metric's entries: ranked among the rivals, at the precision that is shown."""
    summaries = {m: results.summary(place, name, m) for m in results.methods(place)}
    marks = _marks(name, {m: s for m, s in summaries.items() if s is not None and not is_reference(m)})
    tied = _tied(results, place, name) if marks else set()
    return {m: Entry(s, marks.get(m, ""), m in tied and marks.get(m) != "best") for m, s in summaries.items()}


def _marks(name: str, rivals: dict[str, statistics.Summary]) -> dict[str, str]:
    """The best and the second; equals at one decimal share a mark, and where all are equal nobody has one."""
    sign = 1 if metric(name).lower_is_better else -1
    shown = {method: sign * round(100 * summary.mean, 1) for method, summary in rivals.items()}
    order = sorted(set(shown.values()))
    names = dict(zip(order, ("best", "second"), strict=False)) if len(order) > 1 else {}
    return {method: names[value] for method, value in shown.items() if value in names}


def _tied(results: Results, place: Place, name: str) -> set[str]:
    """The rivals whose difference to the best is not significant (paired by seed, Holm).

    Methods that share their runs are one method to the test, and then share its outcome.
    """
    values = results.values(place, name)
    measured = [m for m in values.columns if values[m].notna().any() and not is_reference(str(m))]
    shared = results.same_runs(place)
    apart = values[[method for method in measured if shared.get(method) not in measured]]
    tied = not_different(apart, metric(name).lower_is_better)
    return {method for method in measured if shared.get(method, method) in tied}


def not_different(frame: pd.DataFrame, lower_is_better: bool) -> set[str]:
    """The methods that a test was made for and did not part from the best; with few seeds there is no test."""
    against = statistics.compare_to_best(-frame if lower_is_better else frame)
    return {method for method, one in against.items() if math.isfinite(one.p) and not one.different}
