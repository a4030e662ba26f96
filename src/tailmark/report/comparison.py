"""Published tables: ours beside the printed numbers, a verdict for each, and what to make of a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tailmark import published, statistics
from tailmark.published import Finding, PrintedCell, PublishedTable, Verdict
from tailmark.report.results import Place, Results
from tailmark.report.words import VERDICTS

if TYPE_CHECKING:
    from tailmark.params import Params


FULL = "balanced"  # the printed upper bound trains on everything, so any split of ours has it


@dataclass(frozen=True)
class Judged:
    """One printed number under one protocol."""

    cell: PrintedCell
    protocol: str
    metric: str  # what ours was measured by; the released protocol averages over batches
    ours: statistics.Summary | None
    verdict: Verdict

    @property
    def gap(self) -> float | None:
        """Ours less printed, in points."""
        return None if self.ours is None else 100 * self.ours.mean - self.cell.mean


@dataclass(frozen=True)
class ComparedRow:
    """One printed row on one split."""

    label: str
    method: str
    split: str
    judged: tuple[Judged, ...]  # column by column, protocol by protocol
    findings: tuple[Finding, ...]

    @property
    def collapsed(self) -> bool:
        """A printed G-mean of zero says that one class was never predicted."""
        return any(j.cell.metric == "gmean" and j.cell.mean == 0 for j in self.judged)

    def by(self, protocol: str) -> tuple[Judged, ...]:
        """The row under one protocol, in the order of the printed columns."""
        return tuple(judged for judged in self.judged if judged.protocol == protocol)


@dataclass(frozen=True)
class Comparison:
    """A published table beside a suite of ours."""

    table: PublishedTable
    suite: str
    protocols: tuple[str, ...]
    rows: tuple[ComparedRow, ...]
    findings: tuple[Finding, ...]
    stand_in: str  # why the suite cannot speak for this table; empty when it can

    @property
    def anchor(self) -> str:
        """Fit for a file name and a link."""
        return self.table.id.replace("/", "-")

    @property
    def splits(self) -> list[str]:
        """The table's splits in printed order."""
        return list(dict.fromkeys(row.split for row in self.rows))

    def counts(self, protocol: str) -> dict[str, int]:
        """How many printed numbers got each verdict."""
        names: list[str] = [judged.verdict.name for row in self.rows for judged in row.by(protocol)]
        return {name: names.count(name) for name in VERDICTS}


def compare(params: Params, results: Results) -> list[Comparison]:
    """One comparison for each published table that a suite is meant to reproduce."""
    tables = published.tables()
    return [
        _compare(results, name, suite.dataset, tables[table], list(suite.protocols))
        for name, suite in params.suites.items()
        for table in suite.tables
    ]


def _compare(
    results: Results, suite: str, dataset: str, table: PublishedTable, protocols: list[str]
) -> Comparison:
    stand_in = ""
    if dataset != table.dataset:
        stand_in = f"{suite} ran on {dataset}, which only stands in for {table.dataset}."
    findings = tuple(published.audit(table))
    rows = tuple(_row(results, suite, group, protocols, findings, stand_in) for group in _printed_rows(table))
    return Comparison(table, suite, tuple(protocols), rows, findings, stand_in)


def _printed_rows(table: PublishedTable) -> Iterator[list[PrintedCell]]:
    """The cells of one printed row on one split, in printed order."""
    for row, split in dict.fromkeys((cell.row, cell.split) for cell in table.cells):
        yield [cell for cell in table.cells if (cell.row, cell.split) == (row, split)]


def _row(
    results: Results,
    suite: str,
    cells: list[PrintedCell],
    protocols: list[str],
    findings: tuple[Finding, ...],
    stand_in: str,
) -> ComparedRow:
    first = cells[0]
    mine = tuple(f for f in findings if (f.row, f.split) == (first.row, first.split))
    judged = [
        _judge(results, suite, cell, protocol, mine, stand_in) for protocol in protocols for cell in cells
    ]
    return ComparedRow(first.row, first.method, first.split, tuple(judged), mine)


def _judge(
    results: Results,
    suite: str,
    cell: PrintedCell,
    protocol: str,
    findings: tuple[Finding, ...],
    stand_in: str,
) -> Judged:
    metric, ours = _ours(results, suite, cell, protocol)
    ours = None if stand_in else ours
    impossible = any(f.kind == "impossible" and cell.metric in f.metrics for f in findings)
    verdict = published.verdict(cell, ours, impossible)
    if stand_in and verdict.name == "not run":
        verdict = Verdict("not run", stand_in)
    return Judged(cell, protocol, metric, ours, verdict)


def _ours(
    results: Results, suite: str, cell: PrintedCell, protocol: str
) -> tuple[str, statistics.Summary | None]:
    """The authors' code averages over batches of 100, so `released` is measured like that."""
    places = [p for p in results.of(suite, protocol) if cell.split in (p.split, FULL)]
    candidates = [f"batch_{cell.metric}", cell.metric] if protocol == "released" else [cell.metric]
    for place in places:
        for metric in candidates:
            if (ours := _of_method(results, place, metric, cell.method)) is not None:
                return metric, ours
    return cell.metric, None


def _of_method(results: Results, place: Place, metric: str, method: str) -> statistics.Summary | None:
    """The method as named, or the one labelled with settings when there is only one such."""
    if (ours := results.summary(place, metric, method)) is not None:
        return ours
    labels = [label for label in results.methods(place) if label.partition("(")[0] == method]
    return results.summary(place, metric, labels[0]) if len(labels) == 1 else None


def reading(row: ComparedRow) -> str:
    """One sentence on a printed row: the first of these that holds."""
    main = row.by(row.judged[0].protocol)
    if all(judged.ours is None or judged.verdict.name == "not run" for judged in main):
        return _without_ours(row, main)
    return " ".join(part for part in (_collapsed(row), _impossible(row), _against(row, main)) if part)


def _without_ours(row: ComparedRow, main: tuple[Judged, ...]) -> str:
    why = next((judged.verdict.why for judged in main if judged.verdict.name == "not run"), "")
    return " ".join(part for part in (_collapsed(row), _impossible(row), why) if part)


def _collapsed(row: ComparedRow) -> str:
    return "Printed is a constant prediction: one class is never found." if row.collapsed else ""


def _impossible(row: ComparedRow) -> str:
    broken = [finding.why for finding in row.findings if finding.kind == "impossible"]
    return broken[0] if broken else ""


def _against(row: ComparedRow, main: tuple[Judged, ...]) -> str:
    """How ours stands to printed, and whether the released code explains it."""
    gaps = [judged.gap for judged in main if judged.gap is not None and judged.verdict.name != "reproduced"]
    if not gaps:
        return "What can be believed of it reproduces." if _impossible(row) else "Reproduces."
    return f"{_distance(gaps)}{_explained(row)}"


def _distance(gaps: list[float]) -> str:
    low, high = min(gaps, key=abs), max(gaps, key=abs)
    side = "above" if min(gaps) > 0 else "below" if max(gaps) < 0 else "away from"
    span = " to ".join(dict.fromkeys(f"{abs(gap):.1f}" for gap in (low, high)))
    return f"Ours is {span} points {side} print."


def _explained(row: ComparedRow) -> str:
    """Whether the other protocols come nearer to print."""
    others = dict.fromkeys(j.protocol for j in row.judged if j.protocol != row.judged[0].protocol)
    return "".join(f" {_told(protocol, row.by(protocol))}" for protocol in others).rstrip()


def _told(protocol: str, judged: tuple[Judged, ...]) -> str:
    run = [one for one in judged if one.ours is not None]
    agree = sum(one.verdict.name == "reproduced" for one in run)
    how = "Run as released" if protocol == "released" else "To the letter of the paper"
    if not run:
        return ""
    if 0 < agree < len(run):
        return f"{how}, {agree} of {len(run)} numbers reproduce."
    if agree and protocol == "released":
        return f"{how} it reproduces: what the released code does differently explains the gap."
    return f"{how} it {'reproduces' if agree else 'does not reproduce either'}."
