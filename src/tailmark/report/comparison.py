"""Published tables: ours beside the printed numbers, a verdict for each, and what to make of a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from tailmark import published, statistics
from tailmark.published import Finding, PrintedCell, PublishedTable, Verdict
from tailmark.report.matching import answers
from tailmark.report.results import Results
from tailmark.report.words import VERDICTS

if TYPE_CHECKING:
    from tailmark.params import Params, Suite

FULL = "balanced"  # the printed upper bound trains on everything, so any split of ours has it


@dataclass(frozen=True)
class Judged:
    """One printed number under one protocol."""

    cell: PrintedCell
    protocol: str
    metric: str  # what ours was measured by; the released protocol averages over batches
    label: str  # of our method that answers for it; empty when none was run
    ours: statistics.Summary | None
    verdict: Verdict

    @property
    def gap(self) -> float | None:
        """Ours less printed, in points."""
        return None if self.ours is None else 100 * self.ours.mean - self.cell.mean

    @property
    def another(self) -> str:
        """The label of ours, where it is neither the row's own nor the plain method."""
        return "" if self.label in (self.cell.label, self.cell.method) else self.label


@dataclass(frozen=True)
class ComparedRow:
    """One printed row on one split."""

    label: str
    method: str  # as a suite would label it
    split: str
    mix: str
    judged: tuple[Judged, ...]  # column by column, protocol by protocol
    findings: tuple[Finding, ...]
    known: str  # why the authors' numbers may differ from ours; empty when nothing is known

    @property
    def where(self) -> str:
        """The split, and the test mix where it is not the split's own test set."""
        return self.judged[0].cell.where

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
    def groups(self) -> list[str]:
        """What columns are grouped by, in printed order: the test mixes where there are several, else the splits."""
        return list(dict.fromkeys(map(self.group, self.rows)))

    def group(self, row: ComparedRow) -> str:
        """The group of columns that a row's numbers stand in."""
        return row.mix if self.table.by_mix else row.split

    def head(self, row: ComparedRow) -> str:
        """What a row is called: where mixes share a line, with its split."""
        return f"{row.label}, {row.split}" if self.table.by_mix else row.label

    def counts(self, protocol: str) -> dict[str, int]:
        """How many printed numbers got each verdict."""
        names: list[str] = [judged.verdict.name for row in self.rows for judged in row.by(protocol)]
        return {name: names.count(name) for name in VERDICTS}


@dataclass(frozen=True)
class Pairing:
    """A published table and the suite that is set beside it."""

    table: PublishedTable
    name: str
    suite: Suite
    results: Results
    findings: tuple[Finding, ...]

    @property
    def stand_in(self) -> str:
        """Why the suite cannot speak for the table; empty when it can."""
        if self.suite.dataset == self.table.dataset:
            return ""
        told = f"{self.name} ran on {self.suite.dataset}, which only stands in for {self.table.dataset}."
        return f"{told} {self.suite.stand_in}".strip()


def compare(params: Params, results: Results) -> list[Comparison]:
    """One comparison for each published table that a suite is meant to reproduce."""
    tables = published.tables()
    return [
        _compare(Pairing(tables[id], name, suite, results, tuple(published.audit(tables[id]))))
        for name, suite in params.suites.items()
        for id in suite.tables
    ]


def _compare(pair: Pairing) -> Comparison:
    rows = tuple(_row(pair, cells) for cells in _printed_rows(pair.table))
    return Comparison(pair.table, pair.name, tuple(pair.suite.protocols), rows, pair.findings, pair.stand_in)


def _printed_rows(table: PublishedTable) -> Iterator[list[PrintedCell]]:
    """The cells of one printed row on one split and mix, in printed order."""
    for row in table.rows().values():
        yield list(row.values())


def _row(pair: Pairing, cells: list[PrintedCell]) -> ComparedRow:
    first = cells[0]
    mine = tuple(f for f in pair.findings if (f.row, f.split) == (first.row, first.where))
    judged = tuple(_judge(pair, cell, protocol, mine) for protocol in pair.suite.protocols for cell in cells)
    released = any(one.protocol == "released" and one.ours for one in judged)
    known = pair.table.known_of(first.row, released)
    return ComparedRow(first.row, first.label, first.split, first.mix, judged, mine, known)


def _judge(pair: Pairing, cell: PrintedCell, protocol: str, findings: tuple[Finding, ...]) -> Judged:
    metric, label, ours = _ours(pair, cell, protocol)
    impossible = any(f.kind == "impossible" and cell in f.cells for f in findings)
    if not pair.stand_in or pair.suite.stand_in:
        return Judged(
            cell, protocol, metric, label, ours, published.verdict(cell, ours, impossible, pair.stand_in)
        )
    verdict = published.verdict(cell, None, impossible)
    silent = Verdict("not run", pair.stand_in) if verdict.name == "not run" else verdict
    return Judged(cell, protocol, metric, "", None, silent)


def _ours(pair: Pairing, cell: PrintedCell, protocol: str) -> tuple[str, str, statistics.Summary | None]:
    """Metric, label and numbers. The authors' code averages over batches, so `released` is measured like that."""
    of_method = answers(
        cell, pair.table, pair.suite.methods, protocol, on_other_data=bool(pair.suite.stand_in)
    )
    here = [p for p in pair.results.places if (p.suite, p.protocol, p.mix) == (pair.name, protocol, cell.mix)]
    places = [place for place in here if cell.method == FULL or place.split == cell.split]
    candidates = [f"batch_{cell.metric}", cell.metric] if protocol == "released" else [cell.metric]
    for place, metric, label in product(places, candidates, of_method):
        if (ours := pair.results.summary(place, metric, label)) is not None:
            return metric, label, ours
    return cell.metric, "", None


def reading(row: ComparedRow) -> str:
    """One sentence on a printed row: the first of these that holds."""
    main = row.by(row.judged[0].protocol)
    of_print = [_collapsed(row), _contradicted(row)]
    if all(judged.ours is None or judged.verdict.name == "not run" for judged in main):
        why = next((judged.verdict.why for judged in main if judged.verdict.name == "not run"), "")
        return " ".join(part for part in (*of_print, why) if part)
    return " ".join(part for part in (*of_print, _against(row, main)) if part)


def _collapsed(row: ComparedRow) -> str:
    return "Printed is a constant prediction: one class is never found." if row.collapsed else ""


def _contradicted(row: ComparedRow) -> str:
    """What the audit says of the row: the first reason why its numbers cannot be, and what is hardly possible."""
    broken = [finding.why for finding in row.findings if finding.kind == "impossible"]
    doubted = [finding.why for finding in row.findings if finding.kind in ("uneven", "spread")]
    return " ".join([*broken[:1], *doubted])


def _against(row: ComparedRow, main: tuple[Judged, ...]) -> str:
    """How ours stands to printed, and whether the released code explains it."""
    gaps = [judged.gap for judged in main if judged.gap is not None and judged.verdict.name != "reproduced"]
    if not gaps:
        broken = any(finding.kind == "impossible" for finding in row.findings)
        return "What can be believed of it reproduces." if broken else "Reproduces."
    if any(judged.verdict.name == "stand-in" for judged in row.judged):
        return f"On other data. {_distance(gaps)}"
    return f"{_distance(gaps)} {_explained(row)}".strip()


def _distance(gaps: list[float]) -> str:
    low, high = min(gaps, key=abs), max(gaps, key=abs)
    side = "above" if min(gaps) > 0 else "below" if max(gaps) < 0 else "away from"
    span = " to ".join(dict.fromkeys(f"{abs(gap):.1f}" for gap in (low, high)))
    return f"Ours is {span} points {side} print."


def _explained(row: ComparedRow) -> str:
    """Whether the other protocols come nearer to print; else what is known of the authors' numbers."""
    main = row.judged[0].protocol
    others = list(dict.fromkeys(j.protocol for j in row.judged if j.protocol != main))
    told = [said for protocol in others if (said := _told(protocol, row.by(protocol)))]
    return " ".join(told if any(_all_agree(row.by(p)) for p in others) else [*told, row.known])


def _all_agree(judged: tuple[Judged, ...]) -> bool:
    return all(one.verdict.name == "reproduced" for one in judged)


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
