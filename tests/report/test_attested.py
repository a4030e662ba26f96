"""Ours beside numbers that are not print at first hand, rows that no method of ours answers, and readings as rows."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pandas as pd
import pytest

from tailmark import published
from tailmark.params import MethodSpec, Params
from tailmark.published import table, tables
from tailmark.report import latex, markdown
from tailmark.report.beside import attested, heading, side_by_side
from tailmark.report.comparison import ComparedRow, Comparison
from tailmark.report.content import Content, work_out
from tailmark.report.matching import answers
from tailmark.report.page import page
from tailmark.report.records import Records

PAIR = "mnist+svhn"  # a dataset of several views that we have, in the place of one that we may not have
SCORES = {"concatenation": 0.586, "concatenation@audio": 0.70, "late-fusion": 0.6}


@pytest.fixture
def speech(records: Records, monkeypatch: pytest.MonkeyPatch) -> Content:
    """A report with two lists of others' numbers in it."""
    moved = {id: replace(one, dataset=PAIR) for id, one in tables().items() if one.dataset == "cremad"}
    monkeypatch.setattr(published, "tables", lambda: moved)
    suite = {
        "title": "Acted speech",
        "dataset": PAIR,
        "splits": [{"kind": "holdout", "name": "official"}],
        "protocols": ["corrected"],
        "methods": ["concatenation", "late-fusion"],
        "seeds": [0, 1, 2],
        "views": PAIR.split("+"),
        "tables": ["balance/1-cremad", "arl/2-cremad", "arl/3-cremad"],
    }
    params = Params.model_validate(
        {"tier": "paper", "data": {"datasets": [PAIR]}, "suites": {"speech": suite}}
    )
    rows = []
    for (method, score), seed in product(SCORES.items(), (0, 1, 2)):
        of_run = {"suite": "speech", "dataset": PAIR, "split": "official", "protocol": "corrected"}
        of_run |= {"method": method, "seed": seed, "mix": "test", "key": f"{method.partition('@')[0]}-{seed}"}
        names = ("accuracy", "macro_f1", "balanced_accuracy", "gmean", "worst_recall", "recall/0")
        rows += [{**of_run, "metric": name, "value": score + 0.001 * seed} for name in names]
    return work_out(params, pd.DataFrame(rows), records)


def beside(content: Content, id: str) -> Comparison:
    return next(one for one in content.comparisons if one.table.id == id)


def row(comparison: Comparison, label: str) -> ComparedRow:
    return next(one for one in comparison.rows if one.label == label)


def test_a_reading_is_answered_by_the_reading_of_our_runs(speech: Content) -> None:
    log = beside(speech, "arl/2-cremad")
    (whole,), (part,) = row(log, "Concatenation").judged, row(log, "Concatenation, audio part").judged
    assert (whole.label, whole.verdict.name) == ("concatenation", "reproduced")
    assert (part.label, part.verdict.name) == ("concatenation@audio", "not reproduced")
    assert part.verdict.why.endswith(
        "Attested log: from the log that the authors released with their code, not from the paper."
    )
    (unread,) = row(log, "Concatenation, video part").judged
    assert unread.verdict.why == "We have no run of it."


def test_a_reading_is_asked_of_the_method_that_it_is_of() -> None:
    log = table("arl/2-cremad")
    cell = next(cell for cell in log.cells if cell.method == "concatenation@audio")
    plain = MethodSpec(name="concatenation")
    assert answers(cell, log, [plain, MethodSpec(name="late-fusion")], "corrected") == ["concatenation@audio"]
    weighted = MethodSpec(name="concatenation", settings={"loss": "balanced-softmax"})
    assert answers(cell, log, [plain, weighted], "corrected") == ["concatenation@audio"]
    assert answers(cell, log, [MethodSpec(name="late-fusion")], "corrected") == []


def test_a_row_without_a_method_of_ours_is_not_run(speech: Content) -> None:
    (judged,) = row(beside(speech, "balance/1-cremad"), "MMCosine").judged  # print has no F1 of it
    assert (judged.verdict.name, judged.verdict.why) == ("not run", "We have no such method.")
    assert beside(speech, "balance/1-cremad").counts("corrected")["not run"] == 23


def test_what_is_not_print_stands_under_the_heading_in_every_form(speech: Content) -> None:
    by_eye = "Attested by-eye: read by eye from an image of low resolution"
    assert heading(beside(speech, "balance/1-cremad")).startswith("Table 1 of balance: ")
    assert heading(beside(speech, "arl/2-cremad")).startswith("List 2 of arl: ")
    assert f"<b>{by_eye}" in page(speech)
    assert "Attested by\\-eye" not in markdown.markdown(speech)
    assert f"**{by_eye}" in markdown.markdown(speech)
    assert by_eye in latex.latex(speech)["balance-1-cremad.tex"].splitlines()[0]
    assert '<span class="same"></span>' not in page(speech)  # a row without a method of ours


def test_it_is_a_reason_to_distrust(speech: Content) -> None:
    told = {doubt.what: doubt.why for doubt in speech.doubts}
    assert "arl/2-cremad: Attested log: " in told["38 numbers beside ours not read in print"]


def test_rows_are_named_where_a_table_is_mixed() -> None:
    found = table("arl/3-cremad")
    mixed = replace(found, cells=(replace(found.cells[0], attested="printed"), *found.cells[1:3]))
    assert attested(mixed).endswith("These rows: ARL, head of two layers and Concatenation.")
    assert attested(table("mgvae/2")) == ""


def test_how_many_runs_a_number_is_of_is_said(speech: Content) -> None:
    def last(id: str) -> str:
        return str(side_by_side(beside(speech, id))["notes"][-1])

    assert last("arl/2-cremad") == "Every number counts as one run, so nothing is known of its spread."
    assert last("arl/3-cremad") == "Printed means are over 1 or 5 runs."


def test_print_needs_no_word_of_it(html: str) -> None:
    assert "Attested" not in html
    assert "not read in print" not in html
