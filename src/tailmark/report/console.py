"""The report in the terminal: the headline metric of every cell, and how print fared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from tailmark.report.comparison import Comparison, compare
from tailmark.report.results import Results, index
from tailmark.report.tables import Block, Entry, block
from tailmark.report.words import VERDICTS, metric

if TYPE_CHECKING:
    from tailmark.params import Params

COLUMNS = ("balanced_accuracy", "gmean", "worst_recall")
COLOURS = {
    "reproduced": "green",
    "not reproduced": "red",
    "impossible as printed": "magenta",
    "stand-in": "blue",
    "not run": "dim",
}


def terminal(params: Params, metrics: pd.DataFrame) -> RenderableType:
    """One table a suite, and one line of verdicts a published table."""
    results = index(params, metrics)
    return Group(
        *(_suite(params, results, name) for name in results.datasets),
        *(_verdicts(comparison) for comparison in compare(params, results)),
        Text(
            "%, mean ± SD over seeds. Bold: best; ≈: not shown to differ from it (paired, Holm, 5 %).", "dim"
        ),
    )


def _suite(params: Params, results: Results, name: str) -> RichTable:
    suite = params.suites[name]
    table = RichTable(
        title=f"{name}: {suite.title}", title_justify="left", title_style="bold", pad_edge=False
    )
    table.add_column("split")
    table.add_column("method")
    table.add_column("n", justify="right")
    for column in COLUMNS:
        table.add_column(metric(column).short, justify="right")
    for place in results.of(name, results.main_protocol(name)):
        _fill(table, block(results, place.split, [(place, column) for column in COLUMNS]))
    return table


def _fill(table: RichTable, of: Block) -> None:
    for number, row in enumerate(of.rows):
        cells: Iterator[Text] = (_entry(entry) for entry in row.entries)
        style = "dim" if row.reference else ""
        table.add_row(of.name if number == 0 else "", Text(row.method), str(row.n), *cells, style=style)
    table.add_section()


def _entry(entry: Entry) -> Text:
    text = Text(entry.text, style={"best": "bold", "second": "underline"}.get(entry.place, ""))
    return text.append(" ≈" if entry.tied else "  ", style="cyan not underline")


def _verdicts(comparison: Comparison) -> Text:
    text = Text(f"{comparison.table.id}: ")
    for name, count in comparison.counts(comparison.protocols[0]).items():
        text.append(f"{VERDICTS[name]} {count} {name}   ", style=COLOURS[name])
    return text
