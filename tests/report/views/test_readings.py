"""Readings of a run stand apart: no table, ranking, comparison or program takes one for a method."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tailmark.params import Params
from tailmark.report import folder, numbers
from tailmark.report.content import Content
from tailmark.report.page import page
from tailmark.report.ranking import blocks
from tailmark.report.results import Place, Results, index, is_reading, rivals, with_readings

UNIFORM = Place("pairs", "tail-100", "corrected", "uniform")


def test_the_index_has_methods_alone(views: Content, views_params: Params) -> None:
    labels = [method.label for method in views_params.suites["pairs"].methods]
    assert views.results.methods(UNIFORM) == labels
    assert not any("@" in method for frame in views.results.frames.values() for method in frame.columns)
    assert rivals(views.results, UNIFORM) == [label for label in labels if label != "majority"]


def test_the_second_index_has_both(readings: Results) -> None:
    here = readings.methods(UNIFORM)
    assert {"mame", "mame@equal", "mame@oracle", "mame@expert-3", "ensemble@expert-1"} <= set(here)
    assert "ensemble@equal" not in here
    assert readings.same_runs(UNIFORM)["mame@equal"] == "mame"


def test_a_table_without_readings_is_the_same_twice(
    views_params: Params, views_metrics: pd.DataFrame
) -> None:
    plain = views_metrics[~is_reading(views_metrics["method"])]
    assert 0 < len(plain) < len(views_metrics)
    assert index(views_params, plain).methods(UNIFORM) == with_readings(views_params, plain).methods(UNIFORM)


def test_nothing_else_speaks_of_them(views: Content) -> None:
    told = [
        json.dumps(numbers.metrics_tree(views)),
        numbers.summary(views.results).to_csv(),
        *(table.to_csv() for table in numbers.plots(views).values()),
        numbers.verdicts(views).to_csv(),
        blocks(views.results).to_csv(),
        repr((views.tables, views.outcomes, views.doubts, views.missing)),
    ]
    assert not any("@" in text for text in told)
    assert "@expert" not in page(views)
    assert "@oracle" not in page(views)


def test_they_have_a_summary_of_their_own(
    views: Content,
    views_params: Params,
    views_metrics: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folder, "gather", lambda *_: views)
    folder.render(views_params, views_metrics, tmp_path, tmp_path)
    table = pd.read_csv(tmp_path / "readings.csv")
    assert set(table.loc[table["method"].str.startswith("mame@"), "method"]) == {
        *("mame@equal", "mame@oracle", "mame@expert-1", "mame@expert-2", "mame@expert-3")
    }
    assert table["method"].str.contains("@").all()
    monkeypatch.setattr(folder, "gather", lambda *_: replace(views, readings=views.results))
    folder.render(views_params, views_metrics, tmp_path, tmp_path)
    assert not (tmp_path / "readings.csv").exists()  # of an earlier report
