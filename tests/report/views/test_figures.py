"""The figures of suites with several views."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from tailmark.params import Params
from tailmark.report.content import Content, work_out
from tailmark.report.figures import missed
from tailmark.report.figures.confidence import confidence
from tailmark.report.figures.mixes import highlighted
from tailmark.report.figures.style import Picture, looks_by_family
from tailmark.report.figures.weights import in_print, panels
from tailmark.report.records import Records
from tailmark.report.results import Place, Results, with_readings

UNIFORM = Place("pairs", "tail-100", "corrected", "uniform")
COUNTS = tuple(range(10, 0, -1))


def picture(content: Content, name: str) -> Picture:
    return next(one for one in content.pictures if one.name == name)


def test_which_figures_there_are(views: Content) -> None:
    names = [one.name for one in views.pictures]
    assert names[:7] == [
        *("pairs-mixes", "pairs-weights", "pairs-experts", "pairs-confidence"),
        *("pairs-seeds", "pairs-tail", "pairs-ratio"),
    ]
    assert names[7:] == [
        *("melanoma-weights", "melanoma-experts", "melanoma-confidence", "melanoma-seeds", "melanoma-tail"),
        "ranks",
    ]


def test_every_figure_is_small_whole_and_said(views: Content) -> None:
    for one in views.drawn:
        ElementTree.fromstring(one.svg)
        assert len(one.svg) < 70_000
        assert one.alt.endswith(".")
        assert one.caption.endswith(".")
        assert "image/png" not in one.svg  # no picture of any sample
    for name in ("mixes", "weights", "experts", "confidence"):
        assert "3 seeds" in picture(views, f"pairs-{name}").caption


def test_the_same_input_gives_the_same_bytes(
    views: Content, views_params: Params, views_metrics: pd.DataFrame, views_records: Records
) -> None:
    again = work_out(views_params, views_metrics, views_records)
    assert [one.svg for one in views.drawn] == [one.svg for one in again.drawn]


def test_every_method_is_named_at_its_line(views: Content, views_params: Params) -> None:
    svg = picture(views, "pairs-mixes").svg
    for method in views_params.suites["pairs"].methods:
        assert svg.count(f">{method.label}<") == (0 if method.label == "majority" else 2)
    for title in ("Accuracy, tail-100", "Accuracy, tail-10", "Macro F1, tail-100", "Macro F1, tail-10"):
        assert f">{title}<" in svg


def test_the_highest_is_said(views: Content) -> None:
    assert (
        "On tail-100, backward-50 the highest macro F1 is that of ensemble"
        in picture(views, "pairs-mixes").alt
    )


def test_few_lines_among_many_have_a_colour() -> None:
    many = [*(f"m{i}" for i in range(10)), "mame", "mame(weighs=False)", "sade(view=image)", "ensemble"]
    assert highlighted(many) == ["mame", "sade(view=image)", "ensemble"]
    assert highlighted(many[:5]) == many[:5]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=8))
def test_a_scale_of_what_is_missed_holds_every_value(values: list[float]) -> None:
    axis = Figure().subplots()
    missed.scale(axis, values)
    low, high = axis.get_ylim()
    assert low <= min(values)
    assert max(values) <= high
    assert low <= min(axis.get_yticks(), default=low)
    assert np.all(np.diff(missed.to_log(axis.get_yticks())) > 0)


@given(st.floats(0, 100))
def test_the_scale_can_be_undone(percent: float) -> None:
    assert missed.from_log(missed.to_log(percent)) == pytest.approx(percent, abs=1e-9)


def test_ticks_keep_their_distance() -> None:
    assert (
        missed.spaced([90, 95, 98, 99, 99.5], 0.5) == [95, 98, 99.5]
        or missed.spaced([90, 95, 98, 99, 99.5], 0.5)[-1] == 99.5
    )
    assert missed.spaced([90, 99], 0.1) == [90, 99]
    assert missed.spaced([90, 99], 5.0) == [99]


def test_weights_are_a_bar_a_mix_with_print_beside(views: Content, readings: Results) -> None:
    printed = in_print(views.comparisons, "pairs")
    assert printed["mame", "tail-100", "forward-50"] == pytest.approx((0.59, 0.35, 0.06))
    assert ("mame(weighs=False)", "tail-100", "forward-50") not in printed
    found = panels(readings, [UNIFORM], printed)
    assert [panel.title for panel in found] == [
        *("sade(view=fashion_mnist), tail-100", "mame, tail-100", "mame(weighs=False), tail-100")
    ]
    first = found[1].bars[0]
    assert first.ours == pytest.approx((0.6, 0.3, 0.1))
    assert first.printed == pytest.approx((0.59, 0.35, 0.06))
    drawn = picture(views, "pairs-weights")
    assert "as printed. They are of other data: Clothes stand in for house numbers." in drawn.caption
    assert ">printed<" in drawn.svg


def test_on_one_mix_weights_are_a_bar_a_method(views: Content, readings: Results) -> None:
    place = Place("melanoma", "melanoma", "corrected", "test")
    (panel,) = panels(readings, [place], {})
    assert [bar.name for bar in panel.bars] == ["sade\n(view=image)", "mame", "mame\n(weights=holdout)"]
    assert "melanoma-mixes" not in {one.name for one in views.pictures}
    assert ">printed<" not in picture(views, "melanoma-weights").svg


def test_weights_that_do_not_depend_on_the_mix_are_drawn_once(
    views_params: Params, views_metrics: pd.DataFrame
) -> None:
    same = views_metrics.copy()
    for number, weight in enumerate((0.5, 0.3, 0.2), start=1):
        same.loc[same["metric"] == f"weight/{number}", "value"] = weight
    (panel,) = panels(with_readings(views_params, same), [UNIFORM], {})
    assert panel.title == "tail-100"
    assert [bar.ours for bar in panel.bars] == [pytest.approx((0.5, 0.3, 0.2))] * 3


def test_each_expert_has_a_line(views: Content) -> None:
    drawn = picture(views, "pairs-experts")
    for label in ("expert 1 alone", "expert 2 alone", "expert 3 alone", "as the method answers"):
        assert f">{label}<" in drawn.svg
    assert re.search(
        r"In the rarest class the experts of sade\(\S+ reach 90\.\d, 9\d\.\d and 9\d\.\d %", drawn.alt
    )


def test_confidence_is_shown_clean_and_under_noise(views: Content) -> None:
    drawn = picture(views, "pairs-confidence")
    for label in (
        "as it is",
        "this view is noise",
        "another view is noise",
        "mame: mnist",
        "mmd: fashion_mnist",
    ):
        assert f">{label}<" in drawn.svg
    assert "mame(weighs=False)" not in drawn.svg  # has no module
    assert "g in mame: mnist 0.050, better than the 0.100 of a constant, from -0.2 to 1.3;" in drawn.caption


def test_noise_elsewhere_that_changes_nothing_has_no_line(
    views: Content, views_params: Params, views_metrics: pd.DataFrame, views_records: Records
) -> None:
    clean = views_metrics.copy()
    elsewhere = clean["metric"].str.fullmatch(r"confidence/mnist/\d/noise in fashion_mnist") | clean[
        "metric"
    ].str.fullmatch(r"confidence/fashion_mnist/\d/noise in mnist")
    clean.loc[elsewhere, "value"] += 0.02
    drawn = picture(work_out(views_params, clean, views_records), "pairs-confidence")
    assert ">another view is noise<" not in drawn.svg


def test_confidences_far_off_do_not_flatten_the_rest(
    views: Content, views_params: Params, views_metrics: pd.DataFrame, views_records: Records
) -> None:
    far = views_metrics.copy()
    far.loc[far["metric"].str.fullmatch(r"confidence/mnist/\d/noise in mnist"), "value"] = 40.0
    content = work_out(views_params, far, views_records)
    assert "The axes end at -1 and 2; some lines do not." in picture(content, "pairs-confidence").caption
    assert "The axes end" not in picture(views, "pairs-confidence").caption


def test_the_tail_is_read_against_plain_concatenation(
    views: Content, views_params: Params, views_metrics: pd.DataFrame, views_records: Records
) -> None:
    plain = picture(views, "pairs-tail")
    assert "the grey line is concatenation" in plain.caption
    assert "one SD" in plain.caption
    near = views_metrics.copy()
    recalls = near["metric"].str.startswith("recall/")
    near.loc[recalls, "value"] = 0.99 + near.loc[recalls, "value"] / 100
    crowded = picture(work_out(views_params, near, views_records), "pairs-tail")
    assert f"Recall, %, {missed.LABEL}" in crowded.svg
    assert "one SD" not in crowded.caption


def test_without_run_files_what_follows_the_tail_is_left_out(
    views_params: Params, views_metrics: pd.DataFrame, views_records: Records
) -> None:
    bare = work_out(views_params, views_metrics, replace(views_records, train_counts={}))
    names = {one.name for one in bare.pictures}
    assert {"pairs-mixes", "pairs-weights"} <= names
    assert not {"pairs-experts", "pairs-confidence", "pairs-tail"} & names


def test_methods_without_a_module_have_no_confidence(content: Content) -> None:
    place = content.results.of("tail")[0]
    assert confidence(content.results, "tail", place, ("pix",), COUNTS) is None


def test_settings_of_one_method_share_its_colour() -> None:
    look = looks_by_family(
        ["majority", "concatenation", "concatenation(loss=erm)", "mame", "mame(weighs=False)"]
    )
    assert look["mame"].colour == look["mame(weighs=False)"].colour != look["concatenation"].colour
    assert (look["mame"].dashed, look["mame(weighs=False)"].dashed) == (False, True)
    assert len({(one.colour, one.marker, one.dashed) for one in look.values()}) == 5
