"""What the report tells its reader to distrust."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from tailmark.params import Params
from tailmark.report.content import Content, work_out
from tailmark.report.records import Records


def told(content: Content) -> dict[str, str]:
    return {doubt.what: doubt.why for doubt in content.doubts}


def test_the_gravest_comes_first(content: Content) -> None:
    assert content.doubts[0].what == "2 runs missing"


def test_every_reason_of_the_made_up_results_is_told(content: Content) -> None:
    doubts = told(content)
    assert doubts["In suite groups"].startswith("5,000 digits stand in")
    assert "SMOTE (mgvae/2, groups-600)" in doubts["1 printed row cannot be true"]
    assert doubts["Printed baselines that collapsed"].startswith("ERM and FOCAL in mgvae/2")
    assert doubts["Few seeds"].startswith("table-2 (3).")
    assert "Rows marked released" in doubts


def test_a_method_that_never_finds_a_class_is_named(
    params: Params, metrics: pd.DataFrame, records: Records
) -> None:
    blind = metrics.copy()
    here = (blind["suite"] == "groups") & (blind["split"] == "groups-100") & (blind["method"] == "erm")
    blind.loc[here & (blind["metric"] == "worst_recall"), "value"] = 0.0
    doubts = told(work_out(params, blind, records))
    assert doubts["Collapse on groups, groups-100"] == "In every seed erm never finds some class."


def test_machines_and_lost_files_are_told(params: Params, metrics: pd.DataFrame, records: Records) -> None:
    elsewhere = replace(records, environments={"cpu": 3, "H200": 1}, lost=2)
    doubts = told(work_out(params, metrics, elsewhere))
    assert doubts["More than one machine"].startswith("3 runs on cpu; 1 run on H200.")
    assert doubts["Run files gone"].startswith("2 runs")


def test_a_clean_report_raises_no_doubt(params: Params, metrics: pd.DataFrame, records: Records) -> None:
    suite = params.suites["groups"].model_copy(update={"note": "", "seeds": tuple(range(5))})
    clean = params.model_copy(update={"suites": {"groups": suite}})
    few = metrics[metrics["suite"] == "groups"]
    patched = few[few["method"] == "ros"].assign(method="smote")
    full = pd.concat([few[few["method"] != "smote"], patched])
    assert set(told(work_out(clean, full, records))) <= {"Rankings that are not settled"}
