"""What a run of several views kept, read back from its file."""

from __future__ import annotations

import numpy as np
import pytest

from tailmark import methods
from tailmark.params import Params
from tailmark.report.balance import BALANCING, SCALING, has_balance, of_gradients, truth
from tailmark.report.balance import kept as of_views
from tailmark.report.records import Records


def test_methods_that_balance_are_those_that_make_gradients() -> None:
    views = ("one", "two")
    found = set()
    for name in methods.names():
        needs = {"view": "one"} if "view" in methods.describe(name).settings else {}
        made = methods.make(name, needs, "corrected")
        design = made.design(np.array([2.0, 1.0]), views) if hasattr(made, "design") else None
        if getattr(design, "balance", None) is not None:
            found.add(name)
    assert found == set(BALANCING)
    assert set(SCALING) < set(BALANCING)


def test_a_suite_without_any_has_nothing_more(balance_params: Params) -> None:
    suite = balance_params.suites["digits"]
    plain = suite.model_copy(update={"methods": suite.methods[:5]})
    assert has_balance(suite) and not has_balance(plain)
    assert of_gradients(suite) == ["arl", "arl-released", "ogm", "ogm-ge", "agm"]
    assert of_gradients(plain) == []


def test_only_the_parts_on_views_are_kept() -> None:
    parts = {"experts": np.zeros(3), "watch/steps": np.arange(2), "search/chosen": np.array([3.0, 4.0])}
    record = {"settings": {"design": {"experts": [{"views": ["one", "two"]}]}, "tuned": "gamma"}}
    kept = of_views.about(parts)
    one = of_views.of_run(("made", "tail-1", "corrected", "arl", 0), record, kept)
    assert set(kept) == {"watch/steps", "search/chosen"}
    assert (one.views, one.tuned, one.chosen) == (("one", "two"), "gamma", (3.0, 4.0))
    assert one.was_watched and one.was_searched
    nothing = of_views.of_run(("made", "tail-1", "corrected", "majority", 0), {}, {})
    assert not nothing.was_watched and not nothing.was_searched and nothing.views == ()


def test_rates_at_an_end(balance_records: Records) -> None:
    runs = balance_records.watched_of("made-far", "tail-1")
    arl = {one.seed: one.at_an_end for one in runs if one.method == "arl"}
    assert arl == {0: False, 1: True, 2: False}  # 1 of 0.3, 1 and 3; then 0.3
    assert all(one.at_an_end == (one.chosen[0] == 0.1) for one in runs if one.method == "mla")


def test_what_is_known_of_made_data() -> None:
    assert truth.noise("mfeat") is None and truth.best_accuracy("mfeat") is None
    assert truth.variance_ratio("made_far") == pytest.approx(81)
    assert truth.best_weight("made_far") == pytest.approx(81 / 82)
    assert truth.best_weight("made_correlated") == pytest.approx(1.125)
    limits = [truth.best_accuracy(f"made_{name}") for name in ("even", "far", "correlated")]
    assert all(limit is not None and 0.7 < limit < 0.9 for limit in limits)


def test_records_by_place(balance_records: Records) -> None:
    assert {one.split for one in balance_records.watched_of("digits")} == {"tail-1", "tail-50"}
    assert balance_records.watched_of("nowhere") == []
