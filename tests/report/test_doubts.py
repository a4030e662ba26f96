"""What the report tells its reader to distrust."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from tailmark.params import Params
from tailmark.report.comparison import compare
from tailmark.report.content import Content
from tailmark.report.doubts import Evidence, doubts
from tailmark.report.missing import missing
from tailmark.report.outcomes import outcomes
from tailmark.report.records import Records
from tailmark.report.results import index


def told(params: Params, metrics: pd.DataFrame, records: Records) -> dict[str, str]:
    results = index(params, metrics)
    evidence = Evidence(
        params, results, records, compare(params, results), missing(params, results), outcomes(results)
    )
    return {doubt.what: doubt.why for doubt in doubts(evidence)}


@pytest.fixture
def groups(params: Params) -> Params:
    """One suite, for doubts that need no more."""
    return params.model_copy(update={"suites": {"groups": params.suites["groups"]}})


def test_the_gravest_comes_first(content: Content) -> None:
    assert content.doubts[0].what == "2 runs missing"


def test_every_reason_of_the_made_up_results_is_told(content: Content) -> None:
    found = {doubt.what: doubt.why for doubt in content.doubts}
    assert found["In suite groups"].startswith("5,000 digits stand in")
    assert "SMOTE (mgvae/2, groups-600)" in found["1 printed row cannot be true"]
    assert found["Printed baselines that collapsed"].startswith("ERM and FOCAL in mgvae/2")
    assert found["Few seeds"].startswith("table-2 (3).")
    assert "Rows marked released" in found


def test_a_method_that_never_finds_a_class_is_named(
    groups: Params, metrics: pd.DataFrame, records: Records
) -> None:
    blind = metrics.copy()
    here = (blind["suite"] == "groups") & (blind["split"] == "groups-100") & (blind["method"] == "erm")
    blind.loc[here & (blind["metric"] == "worst_recall"), "value"] = 0.0
    found = told(groups, blind, records)
    assert found["Collapse on groups, groups-100"] == "In every seed erm never finds some class."


def test_machines_and_lost_files_are_told(groups: Params, metrics: pd.DataFrame, records: Records) -> None:
    elsewhere = replace(records, environments={"cpu": 3, "H200": 1}, lost=2)
    found = told(groups, metrics, elsewhere)
    assert found["More than one machine"].startswith("3 runs on cpu; 1 run on H200.")
    assert found["Run files gone"].startswith("2 runs")


def test_a_clean_report_raises_no_doubt(params: Params, metrics: pd.DataFrame, records: Records) -> None:
    suite = params.suites["groups"].model_copy(update={"note": "", "seeds": tuple(range(5))})
    clean = params.model_copy(update={"suites": {"groups": suite}})
    few = metrics[metrics["suite"] == "groups"]
    patched = few[few["method"] == "ros"].assign(method="smote")
    full = pd.concat([few[few["method"] != "smote"], patched])
    assert set(told(clean, full, records)) <= {"Rankings that are not settled"}
