"""The tables, setting words and doubts of suites whose methods balance views."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tailmark.params import Params
from tailmark.report.balance.tables import grids
from tailmark.report.content import Content
from tailmark.report.doubts import Evidence, doubts
from tailmark.report.grid import Grid, Line
from tailmark.report.markdown import markdown
from tailmark.report.page import page
from tailmark.report.records import Records
from tailmark.report.setting import encoders, setting
from tailmark.training.views.of_views import MORE_RATES, RATES


def grid(balance: Content, name: str) -> Grid:
    return next(grid for grid in balance.balanced if grid.name == name)


def lines(of: Grid, band: int = 0) -> dict[str, Line]:
    return {line.head: line for line in of.bands[band].lines}


def test_shares_beside_those_that_are_wanted(balance: Content) -> None:
    """The dependence of arl ends at 90 %, that of others at 70 %; the certainty at 80 %."""
    found = grid(balance, "made-far-shares")
    assert found.columns == (
        *(
            "Dependence on one",
            "Dependence on two",
            "Certainty of one",
            "Certainty of two",
            "Apart, points",
            "n",
        ),
    )
    assert [band.name for band in found.bands] == ["tail-1", "tail-10", "tail-50"]
    arl = lines(found)["arl"]
    assert arl.cells[0].value == pytest.approx(np.mean([0.9, 0.901, 0.902]))
    assert [cell.text for cell in arl.cells[2:]] == ["80.0 ± 0.0", "20.0 ± 0.0", "10.1 ± 0.1", "3"]
    assert lines(found)["mla"].cells[4].text == "9.9 ± 0.1"
    assert not {"late-fusion", "one-view(view=one)", "majority"} & set(lines(found))
    assert "the best weight of one is 98.8 %" in found.unit
    assert "best weight" not in grid(balance, "digits-shares").unit
    assert "the best weight of one is 112.5 %" in grid(balance, "made-correlated-shares").unit


def test_what_was_chosen(balance: Content) -> None:
    found = lines(grid(balance, "made-far-chosen"))
    assert [cell.text for cell in found["arl"].cells] == [
        "1 in 6, 0.3 in 3",
        "3",
        "3",
        "gamma",
        "4 in 9",
        "9",
    ]
    assert [cell.text for cell in found["mla"].cells] == ["0.1 in 6, 0.3 in 3", "4", "6", "-", "-", "9"]
    assert "majority" not in found


def test_many_values_are_told_in_short(
    balance: Content, balance_params: Params, balance_records: Records
) -> None:
    rates = (0.1, 0.2, 0.3, 0.6, 1.0, 1.7)
    trials = np.array([(rate, 0.0) for rate in rates])
    runs = tuple(
        replace(one, parts={"search/trials": trials, "search/chosen": trials[number % 6]})
        for number, one in enumerate(
            one for one in balance_records.watched_of("made-far") if one.method == "dgl"
        )
    )
    (found,) = grids(balance_params, balance.results, replace(balance_records, watched=runs))
    assert lines(found)["dgl"].cells[0].text.endswith("others in 2")


def test_without_run_files_there_are_no_tables(
    balance: Content, balance_params: Params, balance_records: Records
) -> None:
    assert grids(balance_params, balance.results, replace(balance_records, watched=())) == []


def test_the_setting_says_how_it_was_trained_and_tuned(balance_params: Params) -> None:
    said = setting(balance_params.suites["made-far"])
    trials, rates = len(MORE_RATES), len(RATES)
    assert "encoders of 64 features a table; " in said
    assert (
        "100 steps, batch 64, SGD with momentum 0.9, learning rate 0.03, a tenth of it after 70 % of the steps, "
        "gradients no longer than 40; "
    ) in said
    assert (
        f"{trials} trials a method of 40 steps: {rates} learning rates with {trials // rates} values of its own"
        in said
    )
    assert "chosen run by run on 25 % of the training samples of each class, never on the test set" in said
    assert "what each view says by itself is watched, and nothing is chosen by it" in said


def test_as_long_as_the_training(balance_params: Params) -> None:
    suite = balance_params.suites["digits"]
    long = suite.model_copy(
        update={"tuning": suite.tuning and suite.tuning.model_copy(update={"steps": None})}
    )
    assert " trials a method, each as long as the training: " in setting(long)
    assert "trials" not in setting(suite.model_copy(update={"tuning": None}))


def test_encoders_of_images_and_tables(balance_params: Params) -> None:
    suite = balance_params.suites["digits"]
    sizes = type(suite.encoders)(channels=(16, 32), kernel=3, hidden=64, columns=32)
    of_both = suite.model_copy(update={"encoders": sizes})
    assert (
        encoders(of_both) == "encoders of 16-32 channels with 3x3 kernels, 64 features an image, 32 a table"
    )


def told(params: Params, balance: Content, records: Records) -> dict[str, str]:
    found = doubts(Evidence(params, balance.results, records, [], [], []))
    return {doubt.what: doubt.why for doubt in found}


def test_adam_is_blind_to_a_constant_factor(balance: Content, balance_params: Params) -> None:
    assert "Scaled gradients under Adam" not in told(balance_params, balance, balance.records)
    far = balance_params.suites["made-far"]
    adam = far.model_copy(update={"schedule": far.schedule.model_copy(update={"optimiser": "adam"})})
    changed = balance_params.model_copy(update={"suites": {**balance_params.suites, "made-far": adam}})
    why = told(changed, balance, balance.records)["Scaled gradients under Adam"]
    assert why.startswith("Suite made-far: Adam divides by the size of the gradients")
    assert "What arl, arl-released, ogm, ogm-ge and agm do to gradients" in why


def test_rates_at_an_end_are_a_doubt(balance: Content, balance_params: Params) -> None:
    """Two of three seeds of all but arl and its parts chose the lowest."""
    name = "Learning rates at an end of what was tried"
    why = told(balance_params, balance, balance.records)[name]
    assert "in made-far 12 of 15 methods" in why and "in digits-heads 1 of 3 methods" in why
    assert name not in told(balance_params, balance, replace(balance.records, watched=()))


def test_unequal_ranges_of_rates_are_a_doubt(balance: Content, balance_params: Params) -> None:
    name = "Learning rates of unequal range"
    why = told(balance_params, balance, balance.records)[name]
    assert "in made-far, 12 methods between 0.1 and 3 times and 3 methods between 0.3 and 3 times; in" in why
    alike = tuple(one for one in balance.records.watched if one.method.startswith("arl"))
    assert name not in told(balance_params, balance, replace(balance.records, watched=alike))


def test_views_by_themselves_are_no_experts(balance: Content) -> None:
    """Only the vote has experts."""
    assert {band.name for one in balance.experts for band in one.grid.bands} == {"late-fusion"}
    assert [one.place.suite for one in balance.experts] == ["made-far"] * 3 + ["made-correlated"] + [
        "digits"
    ] * 2


def test_every_writer_has_the_tables(balance: Content) -> None:
    text, pipes = page(balance), markdown(balance)
    for one in balance.balanced:
        assert one.title in text and one.title in pipes


def test_readings_are_no_methods(balance: Content, balance_metrics: pd.DataFrame) -> None:
    assert balance_metrics["method"].str.contains("@").any()
    heads = [
        line.head for one in balance.findings for g in one.grids for band in g.bands for line in band.lines
    ]
    assert not any("@" in head for head in heads)
