"""Markdown, LaTeX, numbers for programs, and the terminal."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tailmark import report
from tailmark.params import Params
from tailmark.report import latex, markdown, numbers
from tailmark.report.content import Content
from tailmark.report.records import Curve


def test_markdown_tables_are_whole(content: Content) -> None:
    for table in re.findall(r"(?:^\|.*\n)+", markdown.markdown(content), flags=re.M):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_markdown_marks_and_verdicts(content: Content) -> None:
    text = markdown.markdown(content)
    assert "**93." in text
    assert "<u>" in text
    assert "51.4 ± 0.0 ✓" in text
    assert "*majority*" in text
    assert "balanced-softmax has the same runs as logit-adjustment." in text
    assert "(figures/groups-seeds.svg)" in text
    assert "## When a number counts as reproduced" in text


def test_markdown_keeps_words_as_words(hostile: Content) -> None:
    text = markdown.markdown(hostile)
    assert r"\<b\>50 % & $x\_1$ \| \#\*\`\~^{}\\\</b\>" in text
    assert "<b>" not in text
    assert "reproduced" not in text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("50 % & more", r"50 \% \& more"),
        ("a_b#c$d{e}", r"a\_b\#c\$d\{e\}"),
        ("\\~^", r"\textbackslash{}\textasciitilde{}\textasciicircum{}"),
        ("focal(gamma=2)", "focal(gamma=2)"),
    ],
)
def test_latex_escapes(text: str, escaped: str) -> None:
    assert latex.escape(text) == escaped


def test_latex_rows_fit_their_columns(content: Content) -> None:
    files = latex.latex(content)
    assert {
        "groups-corrected.tex",
        "tail-corrected-tail-20-mixes.tex",
        "table-2-released.tex",
        "mgvae-2.tex",
    } <= set(files)
    for text in files.values():
        columns = len((re.search(r"\\begin\{tabular\}\{(\w+)\}", text) or ["", ""])[1])
        for line in re.findall(r"^(.*) \\\\$", text, flags=re.M):
            spanned = sum(int(n) - 1 for n in re.findall(r"\\multicolumn\{(\d+)\}", line))
            assert len(re.findall(r"(?<!\\)&", line)) + 1 + spanned == columns
        assert text.count("{") == text.count("}")


def test_latex_marks(content: Content) -> None:
    files = latex.latex(content)
    assert re.search(r"\\textbf\{93\.\d\} \{\\scriptsize \$\\pm\$ 0\.\d\}", files["groups-corrected.tex"])
    assert r"\textit{majority}" in files["groups-corrected.tex"]
    assert r"$^{\mathrm{i}}$" in files["mgvae-2.tex"]
    assert "MGVAE & printed" in files["mgvae-2.tex"]
    assert " & corrected & -- & --" in files["mgvae-2.tex"]


@given(st.text())
def test_latex_leaves_no_live_command(text: str) -> None:
    """Whatever the words, what TeX would obey is a command of ours."""
    ours = r"\\(textbackslash\{\}|textasciitilde\{\}|textasciicircum\{\}|[&%$#_{}])|\$\\(pm|approx)\$"
    assert not re.search(r"[\\~^&%$#_{}]", re.sub(ours, "", latex.escape(text)))


def test_the_metrics_tree_is_small_and_of_the_main_protocol(content: Content) -> None:
    tree = json.loads(json.dumps(numbers.metrics_tree(content)))
    erm = tree["table-2"]["groups-100"]["erm"]
    assert set(erm) == {"balanced_accuracy", "gmean", "worst_recall"}
    assert erm["balanced_accuracy"] > 0.6  # the released run has 0.5
    assert sum(tree["verdicts"]["mgvae/2"].values()) == 54


def test_the_summary_has_every_cell_and_metric(content: Content, metrics: pd.DataFrame) -> None:
    table = numbers.summary(content.results)
    keys = ["suite", "split", "protocol", "mix", "method", "metric"]
    assert len(table) == len(metrics[keys].drop_duplicates())
    one = table.set_index(keys).loc[("groups", "groups-20", "corrected", "test", "erm", "balanced_accuracy")]
    values = metrics.query(
        "suite == 'groups' and split == 'groups-20' and method == 'erm' and metric == 'balanced_accuracy'"
    )["value"]
    assert one["mean"] == pytest.approx(values.mean(), abs=1e-6)
    assert one["sd"] == pytest.approx(values.std(), abs=1e-6)
    assert one["low"] < one["mean"] < one["high"]


def test_plots_are_long_tables(content: Content) -> None:
    plots = numbers.plots(content)
    assert list(plots) == ["balanced_accuracy.csv", "seeds.csv", "tail.csv", "curves.csv", "verdicts.csv"]
    tail = plots["tail.csv"].query("place == 'tail, tail-20' and method == 'erm'")
    assert tail["class_rank"].tolist() == list(range(10))
    assert tail["train_samples"].is_monotonic_decreasing
    curve = plots["curves.csv"].query("place == 'tail, tail-20' and method == 'ldam'")
    assert curve["epoch"].tolist() == list(range(4, 41, 4))
    assert curve["train_loss"].is_monotonic_decreasing
    assert plots["verdicts.csv"]["cells"].sum() == 2 * 54


def test_long_curves_are_thinned() -> None:
    epoch = np.arange(1.0, 1001.0)
    long = Curve("s", "p", "corrected", "erm", 0, epoch, 1 / epoch, epoch, np.full(1000, 0.5))
    curve = numbers._mean_curve([long, replace(long, seed=1, train_loss=3 / epoch)])
    assert len(curve) == numbers.MOST_POINTS
    assert curve["train_loss"].iloc[0] == 2.0


def test_the_terminal_shows_the_headline_and_the_verdicts(params: Params, metrics: pd.DataFrame) -> None:
    console = Console(file=io.StringIO(), width=120, record=True)
    console.print(report.terminal(params, metrics))
    text = console.export_text()
    assert "groups: Five digits against five" in text
    assert re.search(r"ldam +│ 5 │ +93\.\d ± 0\.\d", text)
    assert "mgvae/2: ✓" in text
    assert "12 not run" in text
