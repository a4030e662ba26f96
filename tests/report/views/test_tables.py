"""Tables of several test mixes, and of a screening test."""

from __future__ import annotations

import re

from tailmark.report import latex, markdown
from tailmark.report.content import Content
from tailmark.report.page import page
from tailmark.report.tables import Table


def named(content: Content, name: str) -> Table:
    return next(table for table in content.tables if table.name == name)


def test_every_split_has_a_table_of_its_mixes(views: Content) -> None:
    names = [table.name for table in views.tables if table.suite == "pairs"]
    assert names == ["pairs-corrected", "pairs-corrected-tail-100-mixes", "pairs-corrected-tail-10-mixes"]
    table = named(views, "pairs-corrected-tail-100-mixes")
    assert table.columns == ("forward-50", "uniform", "backward-50")
    assert [block.name for block in table.blocks] == ["Accuracy", "Macro F1", "Worst recall"]


def test_the_best_is_marked_on_each_mix(views: Content) -> None:
    accuracy, f1, _ = named(views, "pairs-corrected-tail-100-mixes").blocks
    rows = {row.method: row.entries for row in accuracy.rows}
    assert [entry.place for entry in rows["ensemble"]] == ["best"] * 3
    assert rows["ensemble"][0].text != rows["ensemble"][2].text
    assert rows["mame"] != {row.method: row.entries for row in f1.rows}["mame"]


def test_a_screening_test_shows_how_it_ranks(views: Content) -> None:
    table = named(views, "melanoma-corrected")
    assert table.columns == (
        *("AUROC", "Avg. prec.", "Sens. at 90", "Macro F1", "F1 of class 1", "Bal. acc.", "Accuracy"),
    )
    assert (
        "Few" in named(views, "pairs-corrected").columns
        or "G-mean" in named(views, "pairs-corrected").columns
    )


def test_two_classes_of_one_view_keep_their_columns(content: Content) -> None:
    columns = named(content, "groups-corrected").columns
    assert columns[:2] == ("Bal. acc.", "G-mean")
    assert "F1 of class 1" not in columns


def test_the_trivial_classifier_is_called_so(views: Content) -> None:
    rows = named(views, "melanoma-corrected").blocks[0].rows
    assert [row.method for row in rows if row.aside] == ["majority"]
    assert rows[-1].aside == "always the largest class"
    assert '<span class="same">always the largest class</span>' in page(views)
    assert "| *majority*, always the largest class | 3 |" in markdown.markdown(views)
    assert r"\textit{majority}, always the largest class & 3" in latex.latex(views)["melanoma-corrected.tex"]


def test_the_glossary_has_what_the_tables_have(views: Content, content: Content) -> None:
    assert "<dt>F1 of class 1</dt>" in page(views)
    assert "<dt>F1 of class 1</dt>" not in page(content)


def test_pipe_tables_and_tabulars_are_whole(views: Content) -> None:
    for table in re.findall(r"(?:^\|.*\n)+", markdown.markdown(views), flags=re.M):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
    for text in latex.latex(views).values():
        columns = len((re.search(r"\\begin\{tabular\}\{(\w+)\}", text) or ["", ""])[1])
        for line in re.findall(r"^(.*) \\\\$", text, flags=re.M):
            spanned = sum(int(n) - 1 for n in re.findall(r"\\multicolumn\{(\d+)\}", line))
            assert len(re.findall(r"(?<!\\)&", line)) + 1 + spanned == columns
