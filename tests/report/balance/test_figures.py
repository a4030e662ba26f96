"""The figures of balanced views: whom they show, what they show of it, and when they are left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tailmark.params import Params
from tailmark.report.balance.match import matches
from tailmark.report.content import Content
from tailmark.report.figures.balance import of_cast
from tailmark.report.figures.balance.heads import heads
from tailmark.report.figures.balance.helping import helping
from tailmark.report.figures.balance.imbalances import fields, imbalances
from tailmark.report.figures.balance.shares import ratios, shares
from tailmark.report.figures.style import Picture, looks
from tailmark.report.records import Records
from tailmark.report.results import Place, Results, with_readings

FAR = Place("made-far", "tail-50", "corrected", "uniform")
LOOK = looks(["concatenation", "arl", "arl-released", "arl-bias-only", "ogm-ge", "mmpareto"])


def picture(balance: Content, name: str) -> Picture:
    return next(picture for picture in balance.drawn if picture.name == name)


def test_what_is_drawn(balance: Content) -> None:
    names = [one.name for one in balance.drawn]
    far = [name for name in names if name.startswith("made-far-")]
    assert far == [f"made-far-{kind}" for kind in ("shares", "heads", "seeds", "tail", "ratio", "curves")]
    assert {"imbalances", "balancing", "asymmetry", "digits-heads-heads"} <= set(names)


def test_every_figure_is_told(balance: Content) -> None:
    for one in balance.drawn:
        assert one.alt and one.caption and "nan" not in f"{one.alt} {one.caption}".lower().split()


def test_dependence_beside_certainty(balance: Content, balance_records: Records) -> None:
    drawn = picture(balance, "made-far-shares")
    assert drawn.alt.startswith("Dependence and certainty of one over two, at the end of the training: ")
    last = ratios([one for one in balance_records.watched_of(*FAR[:2]) if one.method == "arl"], "dependence")
    assert f"arl {np.exp(last['mean'].iloc[-1]):.2f} and 4.00" in drawn.alt
    assert "true ratio of the inverse variances, 81" in drawn.svg
    assert "between 0.3 and 3.3 at the most" in drawn.caption
    assert "means over 3 seeds" in drawn.caption


def test_where_the_best_weights_are_no_shares(balance: Content) -> None:
    caption = picture(balance, "made-correlated-shares").caption
    assert caption.endswith("but the best weights are 1.125 and -0.125, which no ratio of shares is.")
    assert "inverse variances is" not in picture(balance, "digits-shares").caption


def test_runs_that_were_watched_at_other_steps(balance_records: Records) -> None:
    runs = [one for one in balance_records.watched_of(*FAR[:2]) if one.method == "arl"]
    every_other = {name: values[::2] for name, values in runs[0].parts.items() if name.startswith("watch/")}
    found = ratios([replace(runs[0], parts=every_other), *runs[1:]], "certainty")
    assert list(found.index) == [20, 40, 60, 80, 100]
    assert found.notna().all(axis=None)


def test_without_run_files_there_is_no_such_figure(balance_params: Params, balance_records: Records) -> None:
    suite = balance_params.suites["made-far"]
    assert shares(suite, replace(balance_records, watched=()), FAR, LOOK) is None
    three = suite.model_copy(update={"views": ("one", "two", "three")})
    assert shares(three, balance_records, FAR, LOOK) is None


def test_views_by_themselves(balance: Content, balance_params: Params, balance_readings: Results) -> None:
    drawn = picture(balance, "made-far-heads")
    best = 100 * balance_readings.mean(FAR, "balanced_accuracy", "mmpareto")
    assert (
        f"On tail-50 the highest is mmpareto, {best:.1f} %; its one by itself {best - 10:.1f} %" in drawn.alt
    )
    assert "a model of two alone" in drawn.svg
    assert "late-fusion" not in drawn.svg
    assert heads(balance_params.suites["made-far"], balance.results, [FAR], LOOK) is None


def test_the_map_of_both_imbalances(
    balance: Content, balance_params: Params, balance_records: Records
) -> None:
    found = fields(balance_params, balance.results, balance_records)
    assert list(found) == [
        *(("made-far", ratio) for ratio in (1.0, 10.0, 50.0)),
        *(("made-correlated", 1.0), ("digits", 1.0), ("digits", 50.0)),
    ]
    cell = found["made-far", 50.0]
    assert (cell.best, cell.plain, cell.n, cell.others, cell.shown) == (
        "mmpareto",
        "concatenation",
        3,
        14,
        True,
    )
    assert cell.advantage == pytest.approx(0.04, abs=0.002)
    drawn = picture(balance, "imbalances")
    assert drawn.suite == ""
    assert "made-far at ratio 50: mmpareto, 64.0 %" in drawn.alt
    assert "in 6 it is shown to be better than plain concatenation" in drawn.alt
    assert "noise 1 : 9" in drawn.svg and "noise 1 : 3, r = 0.6" in drawn.svg
    assert "Of the made data nobody can be above" in drawn.caption


def test_the_plain_fusion_may_be_the_best(
    balance_params: Params, balance_metrics: pd.DataFrame, balance_records: Records
) -> None:
    few = balance_metrics[balance_metrics["method"].isin(["concatenation", "late-fusion", "mla"])]
    one = few[few["seed"] == 0]
    found = fields(balance_params, with_readings(balance_params, few), balance_records)
    assert found["made-far", 1.0].advantage is None and not found["made-far", 1.0].shown
    alone = with_readings(balance_params, one)
    assert fields(balance_params, alone, balance_records)["made-far", 1.0].tied == 0
    drawn = imbalances(balance_params, alone, balance_records)
    assert drawn is not None and "one seed: no test" in drawn.svg and "which changes nothing" in drawn.svg


def test_one_cell_is_no_map(
    balance_params: Params, balance_metrics: pd.DataFrame, balance_records: Records
) -> None:
    one = balance_metrics[balance_metrics["suite"] == "made-correlated"]
    assert imbalances(balance_params, with_readings(balance_params, one), balance_records) is None


def test_each_method_less_the_plain_fusion(balance: Content, balance_params: Params) -> None:
    drawn = picture(balance, "balancing")
    assert drawn.alt == (
        "Differences of balance methods to plain concatenation on 6 splits: of 66 differences 24 are shown above 0 "
        "and 9 below."
    )
    assert "ratio 10" in drawn.svg
    assert helping([]) is None
    found = matches(balance_params, balance.results, balance.records)
    assert helping([replace(match, ratio=None) for match in found]) is None


def test_lines_that_share_a_panel_are_few(balance: Content) -> None:
    few = of_cast(balance.results, [FAR])
    assert few.methods(FAR) == [
        *(
            "late-fusion",
            "concatenation",
            "arl",
            "arl-released",
            "arl-bias-only",
            "ogm-ge",
            "mmpareto",
            "pmr",
        ),
    ]
    ratio, seeds = picture(balance, "made-far-ratio"), picture(balance, "made-far-seeds")
    assert "g-blending" not in ratio.svg and "g-blending" in seeds.svg
    assert ratio.caption.endswith("Shown are some of the methods; the tables have all.")
