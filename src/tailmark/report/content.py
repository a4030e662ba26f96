"""All that the writers write about, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from tailmark.report import records as run_records
from tailmark.report.comparison import Comparison, compare
from tailmark.report.doubts import Doubt, Evidence, doubts
from tailmark.report.figures import Picture, draw
from tailmark.report.figures.forest import forest
from tailmark.report.generated import Made, generated
from tailmark.report.missing import Missing, missing
from tailmark.report.outcomes import Outcome, outcomes
from tailmark.report.question import Question, question
from tailmark.report.records import Records
from tailmark.report.results import Results, index
from tailmark.report.scale import reduced
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
    local: tuple[Picture, ...]  # which must not leave this machine
    made: tuple[Made, ...]
    question: Question | None
    forest: Picture | None  # the question, drawn
    reduced: Mapping[str, list[str]]  # suite -> where less was spent than published

    @property
    def drawn(self) -> tuple[Picture, ...]:
        """Every picture that may be passed on."""
        return (*self.pictures, self.forest) if self.forest else self.pictures


def gather(params: Params, metrics: pd.DataFrame, runs_root: Path) -> Content:
    """Work out everything from the metrics and the run files."""
    return work_out(params, metrics, run_records.read(runs_root, metrics))


def work_out(params: Params, metrics: pd.DataFrame, records: Records) -> Content:
    """Work out everything from the metrics and what the run files said."""
    results = index(params, metrics)
    compared, absent, found = compare(params, results), missing(params, results), outcomes(results)
    asked, drawn = question(params, results), draw(params, results, records)
    return Content(
        params=params,
        results=results,
        records=records,
        tables=tuple(table for suite in params.suites for table in suite_tables(results, suite)),
        comparisons=tuple(compared),
        missing=tuple(absent),
        outcomes=tuple(found),
        doubts=tuple(doubts(Evidence(params, results, records, compared, absent, found))),
        pictures=tuple(picture for picture in drawn if picture.shareable),
        local=tuple(picture for picture in drawn if not picture.shareable),
        made=tuple(generated(params, results)),
        question=asked,
        forest=forest(asked) if asked else None,
        reduced={
            name: reduced(suite, results.run(name), records.shape_of(name))
            for name, suite in params.suites.items()
        },
    )
