"""Figures: few, repeatable, and readable by a machine that reads aloud."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailmark.params import Params
from tailmark.report.content import Content
from tailmark.report.figures import Known, draw
from tailmark.report.figures.ranks import cliques
from tailmark.report.figures.ratio import apart
from tailmark.report.figures.style import BASELINE, HUES, looks, on_white
from tailmark.report.ranking import blocks, friedman
from tailmark.report.records import Records
from tailmark.report.results import Results, index


def known(results: Results) -> Known:
    return Known(results, results)


def test_the_figures_of_a_report(content: Content) -> None:
    assert [picture.name for picture in content.pictures] == [
        *(f"groups-{kind}" for kind in ("seeds", "tail", "ratio", "curves")),
        *(f"tail-{kind}" for kind in ("seeds", "tail", "curves")),
        *(f"table-2-{kind}" for kind in ("seeds", "tail", "ratio", "curves")),
        "ranks",
    ]


def test_the_same_input_gives_the_same_bytes(params: Params, records: Records, content: Content) -> None:
    groups = params.model_copy(update={"suites": {"groups": params.suites["groups"]}})
    first, again = (draw(groups, known(content.results), records) for _ in range(2))
    assert [picture.svg for picture in first] == [picture.svg for picture in again]


def test_every_figure_is_small_whole_and_undated(content: Content) -> None:
    for picture in content.pictures:
        ElementTree.fromstring(picture.svg)
        ElementTree.fromstring(on_white(picture.svg).encode())
        assert len(picture.svg) < 70_000
        assert "date" not in picture.svg.lower()
        assert not re.search(r"\d\.\d{4,}", picture.svg)


def test_identifiers_do_not_clash_on_one_page(content: Content) -> None:
    named = [name for p in content.pictures for name in set(re.findall(r'\bid="([^"]*)"', p.svg))]
    assert len(named) == len(set(named))
    for picture in content.pictures:
        used = re.findall(r'(?:href="|url\()#([^")]*)', picture.svg)
        assert set(used) <= set(re.findall(r'\bid="([^"]*)"', picture.svg))


def test_every_figure_says_what_it_shows(content: Content) -> None:
    for picture in content.pictures:
        assert len(picture.alt) > 40
        assert picture.alt.endswith(".")
        assert picture.caption.endswith(".")


def test_text_stays_text(content: Content) -> None:
    seeds = content.pictures[0].svg
    assert ">logit-adjustment<" in seeds
    assert "balanced-softmax" not in seeds  # the same runs are drawn once


def test_no_curves_and_no_tail_without_run_files(params: Params, results: Results) -> None:
    empty = Records({}, 0.0, {}, {}, {}, (), {}, 0)
    groups = params.model_copy(update={"suites": {"groups": params.suites["groups"]}})
    assert {picture.name.rpartition("-")[2] for picture in draw(groups, known(results), empty)} == {
        "seeds",
        "ratio",
        "ranks",
    }


def test_a_method_keeps_its_colour() -> None:
    first, second = looks(["erm", "rw", "ldam"]), looks(["erm", "rw", "ldam", "smote"])
    assert first["ldam"] == second["ldam"]
    assert first["erm"].colour == BASELINE
    assert first["rw"].colour == HUES[0]


def test_more_methods_than_colours_still_differ() -> None:
    many = [f"m{i}" for i in range(2 * len(HUES))]
    assert len({(look.colour, look.marker, look.dashed) for look in looks(many).values()}) == len(many)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=12).map(sorted), st.floats(0.1, 10))
def test_names_keep_their_order_and_their_distance(values: list[float], gap: float) -> None:
    placed = apart(values, gap)
    assert np.all(np.diff(placed) >= gap - 1e-6)
    assert np.mean(placed) == pytest.approx(np.mean(values), abs=1e-6)


def test_names_that_have_room_do_not_move() -> None:
    assert apart([1.0, 5.0, 9.0], 2.0) == [1.0, 5.0, 9.0]
    assert apart([1.0, 1.0], 2.0) == [0.0, 2.0]


def test_bars_join_what_is_not_parted() -> None:
    assert cliques([1.0, 1.5, 3.0, 3.2], critical=1.0) == [(0, 1), (2, 3)]
    assert cliques([1.0, 1.8, 2.6], critical=1.0) == [(0, 1), (1, 2)]
    assert cliques([1.0, 2.0, 3.0], critical=5.0) == [(0, 2)]
    assert cliques([1.0, 2.0], critical=0.5) == []


def test_a_dataset_is_one_block_and_only_common_methods_are_ranked(results: Results) -> None:
    table = blocks(results)
    assert list(table.index) == ["mnist5k", "mfeat", "mnist"]
    assert set(table.columns) == {"erm", "focal", "rw", "cbrw", "ldam", "logit-adjustment", "ros", "smote"}
    groups = [results.mean(place, "balanced_accuracy", "erm") for place in results.of("groups")]
    assert table.loc["mnist5k", "erm"] == pytest.approx(np.mean(groups))


def test_a_variant_of_a_suite_does_not_speak_for_the_dataset(params: Params, metrics: pd.DataFrame) -> None:
    variant = params.suites["groups"].model_copy(update={"splits": params.suites["groups"].splits[:1]})
    more = params.model_copy(update={"suites": {**params.suites, "variant": variant}})
    rows = metrics[(metrics["suite"] == "groups") & metrics["method"].isin(["erm", "rw"])].assign(
        suite="variant"
    )
    pd.testing.assert_frame_equal(
        blocks(index(more, pd.concat([metrics, rows]))), blocks(index(params, metrics))
    )


def test_one_dataset_is_not_ranked(params: Params, metrics: pd.DataFrame) -> None:
    assert friedman(index(params, metrics[metrics["suite"] == "tail"])) is None
    assert friedman(index(params, metrics.head(0))) is None


def test_a_method_that_one_split_lacks_leaves_a_gap(
    params: Params, metrics: pd.DataFrame, records: Records
) -> None:
    groups = params.model_copy(update={"suites": {"groups": params.suites["groups"]}})
    lacking = metrics[(metrics["split"] != "groups-20") | (metrics["method"] != "ldam")]
    pictures = draw(groups, known(index(groups, lacking)), records)
    assert [picture.name for picture in pictures][:2] == ["groups-seeds", "groups-tail"]
    assert all(">ldam<" in picture.svg for picture in pictures[:3])


def test_a_split_where_only_framing_rows_are_done_is_no_picture(
    params: Params, metrics: pd.DataFrame, records: Records
) -> None:
    groups = params.model_copy(update={"suites": {"groups": params.suites["groups"]}})
    framing = metrics["method"].isin(["balanced", "majority"])
    here = metrics["suite"] == "groups"
    partial = metrics[here & (framing | (metrics["split"] == "groups-20"))]
    assert draw(groups, known(index(groups, partial)), records)[0].name == "groups-seeds"
    assert draw(groups, known(index(groups, metrics[here & framing])), records) == []
