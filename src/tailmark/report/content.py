"""All that the writers write about, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from tailmark.report import records as run_records
from tailmark.report.comparison import Comparison, compare
from tailmark.report.doubts import Doubt, Evidence, doubts
from tailmark.report.figures import Picture, draw
from tailmark.report.missing import Missing, missing
from tailmark.report.outcomes import Outcome, outcomes
from tailmark.report.records import Records
from tailmark.report.results import Results, index
from tailmark.report.tables import Table, suite_tables

if TYPE_CHECKING:
    from tailmark.params import Params


@dataclass(frozen=True)
class Content:
    """The report before it has a form."""

    params: Params
    results: Results
    records: Records
    tables: tuple[Table, ...]
    comparisons: tuple[Comparison, ...]
    missing: tuple[Missing, ...]
    outcomes: tuple[Outcome, ...]
    doubts: tuple[Doubt, ...]
    pictures: tuple[Picture, ...]


def gather(params: Params, metrics: pd.DataFrame, runs_root: Path) -> Content:
    """Work out everything from the metrics and the run files."""
    return work_out(params, metrics, run_records.read(runs_root, metrics))


def work_out(params: Params, metrics: pd.DataFrame, records: Records) -> Content:
    """Work out everything from the metrics and what the run files said."""
    results = index(params, metrics)
    compared, absent, found = compare(params, results), missing(params, results), outcomes(results)
    return Content(
        params=params,
        results=results,
        records=records,
        tables=tuple(table for suite in params.suites for table in suite_tables(results, suite)),
        comparisons=tuple(compared),
        missing=tuple(absent),
        outcomes=tuple(found),
        doubts=tuple(doubts(Evidence(params, results, records, compared, absent, found))),
        pictures=tuple(draw(params, results, records)),
    )
