"""Experts taken apart: rows, weights, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pandas as pd
import pytest

from tailmark.params import Params
from tailmark.report import latex, markdown
from tailmark.report.content import Content, work_out
from tailmark.report.experts import BOUND, FROM_LABELS, TRANSDUCTIVE, Experts, experts, roles
from tailmark.report.grid import Line
from tailmark.report.page import page
from tailmark.report.records import Records
from tailmark.report.results import Results, with_readings

Changed = Callable[[str, str, float], Experts]


def lines(one: Experts, method: str) -> dict[str, Line]:
    return {line.head: line for band in one.grid.bands if band.name == method for line in band.lines}


def test_one_table_a_split(views: Content) -> None:
    assert [one.grid.name for one in views.experts] == [
        *("pairs-tail-100-experts", "pairs-tail-10-experts", "melanoma-melanoma-experts")
    ]
    first, _, medical = views.experts
    assert first.grid.columns == ("forward-50", "uniform", "backward-50")
    assert medical.grid.columns == ("Macro F1", "Bal. acc.", "Accuracy", "Weights")
    assert [band.name for band in first.grid.bands] == [
        *("late-fusion", "ensemble", "sade(view=fashion_mnist)", "mame", "mame(weighs=False)")
    ]


def test_every_reading_has_a_line_and_weights_have_lines_of_their_own(views: Content) -> None:
    mame = lines(views.experts[0], "mame")
    assert list(mame) == [
        *("as it answers", "equal weights", "oracle weights"),
        *("expert 1 alone", "expert 2 alone", "expert 3 alone", "fitted weights", "oracle's weights"),
    ]
    assert [cell.text for cell in mame["fitted weights"].cells] == [
        *("0.60 / 0.30 / 0.10", "0.30 / 0.50 / 0.20", "0.10 / 0.20 / 0.70")
    ]
    assert mame["oracle weights"].aside == "upper bound: looks at the test labels"
    assert mame["oracle weights"].framing
    assert not mame["equal weights"].framing


def test_the_numbers_are_those_of_the_reading(views: Content, readings: Results) -> None:
    (place,) = [p for p in readings.mixes(views.experts[0].place) if p.mix == "backward-50"]
    cell = lines(views.experts[0], "mame")["expert 3 alone"].cells[2]
    assert cell.value == readings.mean(place, "accuracy", "mame@expert-3")
    assert cell.text.startswith(f"{100 * cell.value:.1f} ± ")


def test_on_one_mix_the_weights_stand_beside(views: Content) -> None:
    mame = lines(views.experts[2], "mame")
    assert mame["as it answers"].cells[-1].text == "0.70 / 0.20 / 0.10"
    assert mame["equal weights"].cells[-1].text == "-"
    assert "fitted weights" not in mame
    assert lines(views.experts[2], "ensemble")["as it answers"].aside == "the experts' mean"


def test_what_each_expert_is_for(views: Content, views_params: Params) -> None:
    pairs = views_params.suites["pairs"]
    assert roles(pairs, "mame", "corrected") == (
        *("for the tail as it is", "for equal classes", "for the tail reversed"),
    )
    assert roles(pairs, "late-fusion", "corrected") == ("sees mnist", "sees fashion_mnist")
    assert roles(pairs, "ensemble", "corrected") == ()
    assert roles(pairs, "of another tier", "corrected") == ()
    assert lines(views.experts[0], "late-fusion")["expert 2 alone"].aside == "sees fashion_mnist"


def test_what_fitting_uses_is_said(views: Content) -> None:
    assert [one.told for one in views.experts] == [
        *((TRANSDUCTIVE, BOUND), (TRANSDUCTIVE, BOUND), (FROM_LABELS, BOUND))
    ]
    assert "unlabelled images" in TRANSDUCTIVE
    text = unescape(page(views))
    assert TRANSDUCTIVE in text
    assert FROM_LABELS in text


def test_nothing_is_claimed_of_runs_whose_files_are_gone(
    views_params: Params, views_metrics: pd.DataFrame, views_records: Records
) -> None:
    gone = work_out(views_params, views_metrics, replace(views_records, adapts={}))
    assert {one.told for one in gone.experts} == {(BOUND,)}
    assert not any(one.drift for one in gone.experts)


@pytest.fixture
def changed(views_params: Params, views_metrics: pd.DataFrame) -> Changed:
    """The experts of tail-100 after one weight on the last mix was changed, seed by seed."""

    def make(method: str, weight: str, by: float) -> Experts:
        metrics = views_metrics.copy()
        rows = (
            (metrics["method"] == method) & (metrics["metric"] == weight) & (metrics["mix"] == "backward-50")
        )
        metrics.loc[rows, "value"] += by * (1 + metrics.loc[rows, "seed"])
        return experts(views_params, with_readings(views_params, metrics), {"pairs": True})[0]

    return make


def drift(of: Experts) -> str:
    return next(text for text in of.drift if text.startswith("mame, "))


def test_weights_that_follow_the_mix(changed: Changed) -> None:
    assert drift(changed("mame", "weight/1", 0.0)) == (
        "mame, tail-100: from forward-50 to backward-50 w1 goes from 0.60 to 0.10 (95 % of the change -0.50 to -0.50) "
        "and w3 goes from 0.10 to 0.70 (95 % of the change +0.60 to +0.60). The weights follow the mix."
    )


def test_weights_that_do_not(changed: Changed) -> None:
    assert drift(changed("mame", "weight/1", 0.2)).endswith("That they follow the mix is not shown.")
    both = changed("mame", "weight/1", 0.0)
    assert len(both.drift) == 3  # sade, and mame with and without confidences


def test_one_seed_is_no_test(views_params: Params, views_metrics: pd.DataFrame) -> None:
    one = with_readings(views_params, views_metrics[views_metrics["seed"] == 0])
    found = experts(views_params, one, {"pairs": True})[0]
    assert drift(found).endswith("w3 goes from 0.10 to 0.70. One seed allows no test.")
    assert lines(found, "mame")["equal weights"].cells[0].text.count("±") == 0


def test_every_writer_has_the_table(views: Content) -> None:
    text, pipes, tex = page(views), markdown.markdown(views), latex.latex(views)
    assert "0.60 / 0.30 / 0.10" in text
    assert "#### pairs, tail-100, accuracy and weights: mame" in pipes
    assert "expert 3 alone: for the tail reversed" in pipes
    assert "0.60 / 0.30 / 0.10 & 0.30 / 0.50 / 0.20" in tex["pairs-tail-100-experts.tex"]
    assert r"\emph{mame(weighs=False)}" in tex["pairs-tail-100-experts.tex"]


def test_methods_of_one_classifier_have_no_such_section(content: Content) -> None:
    assert content.experts == ()
    assert "Experts and their weights" not in page(content)
