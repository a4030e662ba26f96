"""The index of the metrics table."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd

from tailmark.evaluate import main_mix
from tailmark.params import Params
from tailmark.report.results import Place, Results, best_first, distinct, index, rivals, skew

GROUPS = Place("groups", "groups-20", "corrected", "test")


def test_places_and_methods_stand_in_the_order_of_the_parameters(results: Results, params: Params) -> None:
    assert [place.split for place in results.of("groups")] == ["groups-20", "groups-100"]
    assert results.methods(GROUPS) == [method.label for method in params.suites["groups"].methods]


def test_the_order_of_the_table_does_not_matter(
    params: Params, metrics: pd.DataFrame, results: Results
) -> None:
    shuffled = index(params, metrics.sample(frac=1, random_state=0))
    assert set(shuffled.places) == set(results.places)
    assert shuffled.summaries == results.summaries
    assert shuffled.methods(GROUPS) == results.methods(GROUPS)


def test_one_place_a_split_on_the_main_mix(results: Results) -> None:
    assert results.of("tail") == [Place("tail", "tail-20", "corrected", "uniform")]
    assert {place.mix for place in results.places if place.suite == "tail"} == {
        "uniform",
        "forward-10",
        "backward-10",
    }
    assert main_mix(["backward-10", "forward-10"]) == "backward-10"


def test_mixes_stand_from_forward_to_backward(results: Results) -> None:
    place = Place("tail", "tail-20", "corrected", "backward-10")
    assert [p.mix for p in results.mixes(place)] == ["forward-10", "uniform", "backward-10"]
    mixes = ["backward-50", "test", "forward-2.5", "forward-50"]
    assert sorted(mixes, key=skew) == ["forward-50", "forward-2.5", "test", "backward-50"]


def test_a_seed_that_failed_counts_for_nothing(results: Results) -> None:
    summary = results.summary(GROUPS, "balanced_accuracy", "smote")
    assert summary is not None
    assert summary.n == 4


def test_what_was_not_run_has_no_summary(results: Results) -> None:
    assert results.summary(GROUPS, "balanced_accuracy", "mgvae") is None
    assert math.isnan(results.mean(GROUPS, "balanced_accuracy", "mgvae"))
    assert results.values(GROUPS, "no such metric").empty


def test_methods_that_share_their_runs_are_found(results: Results) -> None:
    assert results.same_runs(GROUPS) == {"balanced-softmax": "logit-adjustment"}
    assert "balanced-softmax" not in distinct(results, GROUPS)


def test_rivals_are_neither_the_upper_bound_nor_the_floor(results: Results) -> None:
    assert not {"balanced", "majority"} & set(rivals(results, GROUPS))
    assert "erm" in rivals(results, GROUPS)


def test_best_first(small: Callable[..., Results]) -> None:
    results = small({"erm": [0.5, 0.6], "ldam": [0.9, 0.8], "rw": [0.7, 0.7]})
    assert best_first(results, results.places[0], ["erm", "ldam", "rw"]) == ["ldam", "rw", "erm"]


def test_released_is_never_quotable(params: Params, metrics: pd.DataFrame) -> None:
    released = metrics[(metrics["suite"] == "table-2") & (metrics["protocol"] == "released")]
    results = index(params, released)
    assert results.main_protocol("table-2") == "released"
    assert results.quotable() == []


def test_a_suite_without_metrics_is_empty(params: Params, metrics: pd.DataFrame) -> None:
    results = index(params, metrics[metrics["suite"] == "tail"])
    assert results.of("groups") == []
    assert results.main_protocol("groups") is None


def test_a_suite_that_the_parameters_do_not_name_is_left_out(params: Params, metrics: pd.DataFrame) -> None:
    assert index(params, metrics.assign(suite="of another tier")).places == ()
