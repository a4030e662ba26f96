"""The tables that a suite with few labels has more, in every form."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from tailmark.params import Params
from tailmark.report import latex, markdown
from tailmark.report.content import Content
from tailmark.report.grid import Grid, Line
from tailmark.report.page import page
from tailmark.report.records import Records
from tailmark.report.results import Place, Results
from tailmark.report.semi.tables import costs, grids

PLACE = Place("digits", "tail-50-labels-10", "corrected", "uniform")


def grid(semi: Content, name: str) -> Grid:
    return next(grid for grid in semi.few_labels if grid.name == name)


def lines(of: Grid, band: int = 0) -> dict[str, Line]:
    return {line.head: line for line in of.bands[band].lines}


def test_the_pool_by_metric_and_split(semi: Content, semi_readings: Results) -> None:
    found = grid(semi, "digits-pool")
    assert found.columns == (
        *("tail-10-labels-10", "tail-50-labels-10", "tail-50-labels-20"),
        "tail-50-labels-10-reversed",
    )
    assert [band.name for band in found.bands] == ["Pool bal. acc.", "Hist. off truth"]
    kl = semi_readings.summary(PLACE, "pool/kl", "fixmatch")
    assert kl is not None
    assert lines(found, 1)["fixmatch"].cells[1].text == f"{kl.mean:.3f} ± {kl.sd:.3f}"
    assert "supervised(labels=all)" not in lines(found)
    assert "mdgm@generative" not in lines(found)
    assert "KL divergence in nats; lower is better" in found.unit


def test_readings_stand_under_their_method(semi: Content, semi_readings: Results) -> None:
    found = grid(semi, "digits-answers")
    heads = list(lines(found))
    assert heads[:4] == ["m2", "m2@generative", "mdgm", "mdgm@generative"]
    assert "fixmatch" not in heads
    summary = semi_readings.summary(PLACE, "balanced_accuracy", "mdgm@generative")
    assert summary is not None
    assert lines(found)["mdgm@generative"].cells[1].value == summary.mean


def test_experts_are_not_looked_for(semi: Content) -> None:
    assert semi.experts == ()


def test_what_was_chosen_and_how_often(semi: Content) -> None:
    """Seeds 0 and 2 chose the first value, seed 1 the second, on each of four splits."""
    found = lines(grid(semi, "digits-chosen"))
    assert list(found) == ["fixmatch", "mdgm"]
    assert [cell.text for cell in found["fixmatch"].cells] == [
        "threshold",
        "0.95 in 8, 0.9 in 4, 0.8 in 0, 0.7 in 0",
        "12",
    ]
    assert found["mdgm"].cells[1].text == "1 in 8, 0.1 in 4, 10 in 0, 100 in 0"


def test_costs_are_means(semi: Content) -> None:
    """12 s in 60 epochs; 50, 51 and 52 MB over the seeds."""
    found = grid(semi, "digits-cost")
    assert [band.name for band in found.bands] == ["a core"]
    assert [cell.text for cell in lines(found)["mdgm"].cells] == ["0.200", "12.0", "51", "123,456", "12"]
    assert lines(found)["supervised(labels=all)"].aside == "all labels"


def test_memory_that_was_not_measured_is_a_stroke_and_devices_stand_apart(semi_records: Records) -> None:
    one, other = semi_records.kept_of("digits")[:2]
    bare = {name: part for name, part in other.parts.items() if name != "cost/peak_bytes"}
    found = costs([one, replace(other, device="a GPU", parts=bare)], "digits")
    assert [band.name for band in found.bands] == ["a core", "a GPU"]
    assert [band.lines[0].cells[2].text for band in found.bands] == ["50", "-"]


def test_empty_tables_are_left_out(semi_params: Params, semi: Content, semi_records: Records) -> None:
    """No run file is left, and nothing is read twice."""
    found = grids(semi_params, semi.results, replace(semi_records, kept=()))
    assert [grid.name for grid in found] == ["digits-pool", "pairs-pool"]


@pytest.mark.parametrize("kind", ["pool", "answers", "chosen", "cost"])
def test_every_writer_has_them(semi: Content, kind: str) -> None:
    name = f"digits-{kind}"
    title = grid(semi, name).title
    assert title in page(semi)
    assert f"#### {title}" in markdown.markdown(semi)
    assert rf"\begin{{tabular}}{{l{'r' * len(grid(semi, name).columns)}}}" in latex.latex(semi)[f"{name}.tex"]


def test_long_tables_are_folded(semi: Content) -> None:
    text = page(semi)
    assert "<summary>digits: the pseudo-labels of the pool</summary>" in text
    assert "<h3>digits: what was chosen</h3>" in text
    assert text.count("<details>") == text.count("</details>")


def test_tables_are_whole(semi: Content) -> None:
    for table in re.findall(r"(?:^\|.*\n)+", markdown.markdown(semi), flags=re.M):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
    for text in latex.latex(semi).values():
        columns = len((re.search(r"\\begin\{tabular\}\{(\w+)\}", text) or ["", ""])[1])
        for line in re.findall(r"^(.*) \\\\$", text, flags=re.M):
            spanned = sum(int(n) - 1 for n in re.findall(r"\\multicolumn\{(\d+)\}", line))
            assert len(re.findall(r"(?<!\\)&", line)) + 1 + spanned == columns


def test_no_number_is_missing(semi: Content) -> None:
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", page(semi), flags=re.S).lower().split()
    assert all(
        np.isfinite(cell.value)
        for one in semi.grids
        for b in one.bands
        for x in b.lines
        for cell in x.cells
        if cell.value
    )
