"""What a reader should distrust, said before anything else is believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tailmark.report.balance import has_balance, of_gradients
from tailmark.report.balance.kept import Watched
from tailmark.report.beside import attested
from tailmark.report.comparison import Comparison
from tailmark.report.generated import collapses, makers
from tailmark.report.missing import Missing
from tailmark.report.outcomes import Outcome
from tailmark.report.records import Records
from tailmark.report.results import Results
from tailmark.report.semi import UNPRINTED, unprinted
from tailmark.report.words import is_reference, listed, plural

if TYPE_CHECKING:
    from tailmark.params import Params

FEW_SEEDS = 5
MANY_TIED = 0.5
OFTEN = 0.5


@dataclass(frozen=True)
class Doubt:
    """A reason for caution: what, and in a sentence why."""

    what: str
    why: str


@dataclass(frozen=True)
class Evidence:
    """All that a doubt can rest on."""

    params: Params
    results: Results
    records: Records
    comparisons: list[Comparison]
    missing: list[Missing]
    outcomes: list[Outcome]


def doubts(evidence: Evidence) -> list[Doubt]:
    """The gravest first; every one follows from the numbers of this report."""
    checks = (
        *(
            _absent,
            _stand_ins,
            _reconstructed,
            _impossible,
            _impossible_errors,
            _not_print,
            _collapsed,
            _generators,
            _few_seeds,
            _blind,
            _unequal_rates,
            _at_an_end,
            _uneven,
            _undecided,
            _released,
            _mixed,
        ),
        _lost,
    )
    return [doubt for check in checks for doubt in check(evidence)]


def _absent(evidence: Evidence) -> Iterator[Doubt]:
    if evidence.missing:
        runs = sum(len(cell.seeds) for cell in evidence.missing)
        cells = plural(len(evidence.missing), "cell")
        yield Doubt(
            f"{plural(runs, 'run')} missing",
            f"{cells} rest on fewer seeds than asked for, or on none; they are listed under Not run.",
        )


def _stand_ins(evidence: Evidence) -> Iterator[Doubt]:
    for name, suite in evidence.params.suites.items():
        parts = (f"{suite.stand_in.removesuffix('.')}." if suite.stand_in else "", suite.note)
        if said := " ".join(part for part in parts if part):
            yield Doubt(f"In suite {name}", said)


def _reconstructed(evidence: Evidence) -> Iterator[Doubt]:
    if any(unprinted(suite) for suite in evidence.params.suites.values()):
        yield Doubt("No print to hold mdgm against", UNPRINTED)


def _impossible(evidence: Evidence) -> Iterator[Doubt]:
    broken = {
        (c.table.id, finding.row, finding.split)
        for c in evidence.comparisons
        for finding in c.findings
        if finding.kind == "impossible"
    }
    if broken:
        splits: dict[tuple[str, str], list[str]] = {}
        for table, row, split in sorted(broken):
            splits.setdefault((table, row), []).append(split)
        rows = [
            f"{row} ({table}, {where[0] if len(where) == 1 else plural(len(where), 'row')})"
            for (table, row), where in splits.items()
        ]
        yield Doubt(
            f"{plural(len(broken), 'printed row')} cannot be true",
            f"By arithmetic alone, the numbers within it contradict each other: {listed(rows)}.",
        )
    flat = {(c.table.id, row.label) for c in evidence.comparisons for row in c.rows if row.collapsed}
    if flat:
        tables = listed(sorted({table for table, _ in flat}))
        yield Doubt(
            "Printed baselines that collapsed",
            f"{listed(sorted({label for _, label in flat}))} in {tables} never predict one class. "
            "A gain over such a row is no gain over the method it is named after.",
        )


def _impossible_errors(evidence: Evidence) -> Iterator[Doubt]:
    """Printed standard errors that no runs have."""
    tables = {c.table.id: c.table for c in evidence.comparisons}
    errors = [cell for table in tables.values() for cell in table.cells if cell.error is not None]
    if broken := sum(cell.sd is None for cell in errors):
        yield Doubt(
            f"{plural(broken, 'printed standard error')} cannot be true",
            f"Of {len(errors)}. No runs with the printed mean have them, so they say nothing of how sure it is.",
        )


def _not_print(evidence: Evidence) -> Iterator[Doubt]:
    """What ours is set beside that is not print at first hand."""
    tables = {c.table.id: c.table for c in evidence.comparisons}
    told = {id: said for id, table in tables.items() if (said := attested(table))}
    if told:
        cells = [cell for id in told for cell in tables[id].cells if cell.attested != "printed"]
        yield Doubt(
            f"{plural(len(cells), 'number')} beside ours not read in print",
            " ".join(f"{id}: {said}" for id, said in told.items()),
        )


def _collapsed(evidence: Evidence) -> Iterator[Doubt]:
    """A method that in every seed never finds some class."""
    for place in evidence.results.quotable():
        worst = evidence.results.values(place, "worst_recall")
        blind = [str(m) for m in worst.columns if not is_reference(str(m)) and (worst[m].dropna() == 0).all()]
        if blind:
            yield Doubt(
                f"Collapse on {place.suite}, {place.split}",
                f"In every seed {listed(blind)} never {'finds' if len(blind) == 1 else 'find'} some class.",
            )


def _generators(evidence: Evidence) -> Iterator[Doubt]:
    """Generators that make one sample over and over."""
    results = evidence.results
    for place in results.quotable():
        counts = {method: collapses(results, place, method) for method in makers(results, place)}
        flat = [f"{method} in {k} of {plural(n, 'run')}" for method, (k, n) in counts.items() if k]
        if flat:
            yield Doubt(
                f"Generators that collapsed on {place.suite}, {place.split}",
                f"{listed(flat)}. Samples of some class spread less than a tenth as much as real ones: the row "
                "measures over-sampling of about one point.",
            )


def _few_seeds(evidence: Evidence) -> Iterator[Doubt]:
    few = {name: len(s.seeds) for name, s in evidence.params.suites.items() if len(s.seeds) < FEW_SEEDS}
    if few:
        named = listed([f"{name} ({n})" for name, n in few.items()])
        yield Doubt(
            "Few seeds",
            f"{named}. Intervals are wide and tests weak: 'not shown to differ' is not 'equal'.",
        )


def _blind(evidence: Evidence) -> Iterator[Doubt]:
    """Methods that scale gradients, under an optimiser that does not see it."""
    found = {
        name: of_gradients(suite)
        for name, suite in evidence.params.suites.items()
        if suite.schedule.optimiser == "adam" and of_gradients(suite)
    }
    if found:
        methods = listed(list(dict.fromkeys(method for of in found.values() for method in of)))
        yield Doubt(
            "Scaled gradients under Adam",
            f"Suite {listed(list(found))}: Adam divides by the size of the gradients, so a constant factor on them has "
            f"hardly any effect. What {methods} do to gradients is not put to the test there.",
        )


def _searched(evidence: Evidence) -> Iterator[tuple[str, list[Watched]]]:
    """The runs whose learning rate was chosen, suite by suite."""
    for name, suite in evidence.params.suites.items():
        if has_balance(suite):
            yield name, [one for one in evidence.records.watched_of(name) if one.was_searched]


def _at_an_end(evidence: Evidence) -> Iterator[Doubt]:
    """Learning rates at an end of what was tried."""
    told = []
    for name, runs in _searched(evidence):
        ends: dict[str, list[bool]] = {}
        for one in runs:
            ends.setdefault(one.method, []).append(one.at_an_end)
        if often := [method for method, at in ends.items() if sum(at) > OFTEN * len(at)]:
            told.append(f"in {name} {len(often)} of {plural(len(ends), 'method')}")
    if told:
        yield Doubt(
            "Learning rates at an end of what was tried",
            f"In more than half of their runs: {listed(told)}; the tables of what was chosen name them. A better rate "
            "may lie beyond, so such a method may look worse than it is.",
        )


def _unequal_rates(evidence: Evidence) -> Iterator[Doubt]:
    """Methods that are compared, and chose among learning rates of another range."""
    told = []
    for name, runs in _searched(evidence):
        ranges: dict[tuple[float, float], set[str]] = {}
        for one in runs:
            ranges.setdefault(one.rates, set()).add(one.method)
        if len(ranges) > 1:
            parts = (
                f"{plural(len(methods), 'method')} between {low:g} and {high:g} times"
                for (low, high), methods in sorted(ranges.items())
            )
            told.append(f"{name}, {listed(list(parts))}")
    if told:
        yield Doubt(
            "Learning rates of unequal range",
            "All methods have as many trials, but one with a setting of its own spends them on fewer rates. Tried "
            f"were, of the suite's rate: in {'; in '.join(told)}. A difference between methods of different ranges, "
            "such as to the plain fusion, can come of that.",
        )


def _uneven(evidence: Evidence) -> Iterator[Doubt]:
    """Rows of one table that rest on different seeds."""
    uneven = listed([f"{o.place.suite} {o.place.split}" for o in evidence.outcomes if o.fewer])
    if uneven:
        yield Doubt(
            "Means over different seeds",
            f"On {uneven} some methods were run on fewer seeds. Another seed is another split: compare such rows by "
            "their paired differences, not by their means.",
        )


def _undecided(evidence: Evidence) -> Iterator[Doubt]:
    """Splits where most methods cannot be told from the best."""
    wide = [o for o in evidence.outcomes if o.rivals > 2 and len(o.tied) >= MANY_TIED * (o.rivals - 1)]
    if wide:
        named = listed([f"{o.place.suite} {o.place.split} ({len(o.tied)} of {o.rivals - 1})" for o in wide])
        yield Doubt(
            "Rankings that are not settled",
            f"On {named} at least half of the methods are not shown to differ from the best.",
        )


def _released(evidence: Evidence) -> Iterator[Doubt]:
    suites = [name for name in evidence.results.datasets if "released" in evidence.results.protocols(name)]
    if suites:
        yield Doubt(
            "Rows marked released",
            "They repeat known defects of the authors' code on purpose. They explain printed numbers and must not be "
            "quoted as baselines.",
        )


def _mixed(evidence: Evidence) -> Iterator[Doubt]:
    machines = evidence.records.environments
    if len(machines) > 1:
        parts = "; ".join(f"{plural(runs, 'run')} on {machine}" for machine, runs in machines.items())
        yield Doubt("More than one machine", f"{parts}. Results agree to rounding, not to the bit.")


def _lost(evidence: Evidence) -> Iterator[Doubt]:
    if evidence.records.lost:
        yield Doubt(
            "Run files gone",
            f"{plural(evidence.records.lost, 'run')} in the metrics table have no run file any more, so curves and "
            "class counts lack them.",
        )
