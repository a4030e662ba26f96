"""All that the writers write about, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from tailmark.report import records as run_records
from tailmark.report.answered import Answered, answered
from tailmark.report.asked import MGVAE, PARTS
from tailmark.report.balance import tables as balanced
from tailmark.report.balance.asked import asked as of_balance
from tailmark.report.balance.helps import helps
from tailmark.report.balance.parts import parts
from tailmark.report.comparison import Comparison, compare
from tailmark.report.doubts import Doubt, Evidence, doubts
from tailmark.report.experts import Experts, experts
from tailmark.report.figures import Known, Picture, draw
from tailmark.report.finding import Finding
from tailmark.report.generated import Made, generated
from tailmark.report.grid import Grid
from tailmark.report.missing import Missing, missing
from tailmark.report.outcomes import Outcome, outcomes
from tailmark.report.records import Records
from tailmark.report.results import Results, index, is_reading, with_readings
from tailmark.report.scale import reduced
from tailmark.report.semi import tables as few_labels
from tailmark.report.semi.asked import FEW_LABELS
from tailmark.report.tables import Table, suite_tables

if TYPE_CHECKING:
    from tailmark.params import Params

QUESTIONS = (MGVAE, PARTS, *FEW_LABELS)


@dataclass(frozen=True)
class Content:
    """The report before it has a form."""

    params: Params
    results: Results
    readings: Results  # the same, with every reading of a run beside its method
    records: Records
    tables: tuple[Table, ...]
    comparisons: tuple[Comparison, ...]
    missing: tuple[Missing, ...]
    outcomes: tuple[Outcome, ...]
    doubts: tuple[Doubt, ...]
    pictures: tuple[Picture, ...]
    local: tuple[Picture, ...]  # which must not leave this machine
    made: tuple[Made, ...]
    answered: tuple[Answered, ...]  # the questions that these runs answer
    findings: tuple[Finding, ...]  # the same, of questions that are not one challenger's
    experts: tuple[Experts, ...]
    few_labels: tuple[Grid, ...]  # what suites with few labels have more
    balanced: tuple[Grid, ...]  # what suites with balanced views have more
    reduced: Mapping[str, list[str]]  # suite -> where less was spent than published

    @property
    def drawn(self) -> tuple[Picture, ...]:
        """Every picture that may be passed on."""
        told = (one.picture for one in self.findings if one.picture)
        return (*self.pictures, *(one.forest for one in self.answered), *told)

    @property
    def grids(self) -> tuple[Grid, ...]:
        """Every table of ready words."""
        asked = (grid for one in self.answered for grid in one.grids)
        found = (grid for one in self.findings for grid in one.grids)
        return (*asked, *found, *(one.grid for one in self.experts), *self.of_suites)

    @property
    def of_suites(self) -> tuple[Grid, ...]:
        """The tables that a suite has beside those of its results."""
        return (*self.few_labels, *self.balanced)

    def finding(self, name: str) -> Finding | None:
        """One of them."""
        return next((one for one in self.findings if one.name == name), None)

    def answer(self, name: str) -> Answered | None:
        """Of one question."""
        return next((one for one in self.answered if one.asked.name == name), None)


def gather(params: Params, metrics: pd.DataFrame, runs_root: Path) -> Content:
    """Work out everything from the metrics and the run files."""
    return work_out(params, metrics, run_records.read(runs_root, metrics))


def work_out(params: Params, metrics: pd.DataFrame, records: Records) -> Content:
    """Work out everything from the metrics and what the run files said."""
    results = index(params, metrics)
    readings = with_readings(params, metrics) if is_reading(metrics["method"]).any() else results
    compared, absent, found = compare(params, readings), missing(params, results), outcomes(results)
    drawn = draw(params, Known(results, readings, compared), records)
    return Content(
        params=params,
        results=results,
        readings=readings,
        records=records,
        tables=tuple(
            table
            for name, suite in params.suites.items()
            for table in suite_tables(results, name, views=bool(suite.views))
        ),
        comparisons=tuple(compared),
        missing=tuple(absent),
        outcomes=tuple(found),
        doubts=tuple(doubts(Evidence(params, results, records, compared, absent, found))),
        pictures=tuple(picture for picture in drawn if picture.shareable),
        local=tuple(picture for picture in drawn if not picture.shareable),
        made=tuple(generated(params, results)),
        answered=tuple(answered((*QUESTIONS, *of_balance(params)), params, readings)),
        findings=tuple(one for find in (parts, helps) if (one := find(params, results, records))),
        experts=tuple(experts(params, readings, records.adapts)),
        few_labels=tuple(few_labels.grids(params, readings, records)),
        balanced=tuple(balanced.grids(params, results, records)),
        reduced={
            name: reduced(suite, results.run(name), records.shape_of(name))
            for name, suite in params.suites.items()
        },
    )
