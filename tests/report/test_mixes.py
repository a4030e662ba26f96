"""Ours beside a table with several test mixes, on its own data and on data that stand in."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pandas as pd
import pytest

from tailmark.params import Params
from tailmark.report import latex, markdown
from tailmark.report.beside import judged_numbers, side_by_side
from tailmark.report.comparison import ComparedRow, Comparison, compare, reading
from tailmark.report.content import work_out
from tailmark.report.records import Records
from tailmark.report.results import index

MIXES = ("forward-50", "forward-10", "uniform", "backward-10", "backward-50")
VIEWS = {"mnist+svhn": "svhn", "mnist+fashion_mnist": "fashion_mnist"}
REASON = "Clothes stand in for house numbers."

Beside = Callable[..., list[Comparison]]


def asked(dataset: str, stand_in: str = "") -> Params:
    """One suite that answers Tables 1 and 2 at one training ratio."""
    suite = {
        "title": "Pairs of pictures",
        "dataset": dataset,
        "splits": [{"kind": "tail", "ratio": 100, "mixes": list(MIXES)}],
        "protocols": ["corrected"],
        "methods": ["mmd", "sade-lmf", {"name": "sade", "view": VIEWS[dataset]}, "mame"],
        "seeds": [0, 1, 2],
        "views": dataset.split("+"),
        "tables": ["fusion/1", "fusion/2"],
        "stand_in": stand_in,
    }
    return Params.model_validate(
        {"tier": "paper", "data": {"datasets": [dataset]}, "suites": {"pairs": suite}}
    )


def measured(params: Params) -> pd.DataFrame:
    """Every method is as good as printed for MMD's accuracy on its mix, and as good in F1; weights favour expert 1."""
    suite = params.suites["pairs"]
    accuracy = dict(zip(MIXES, (0.9916, 0.99, 0.9767, 0.9557, 0.9502), strict=True))
    rows = []
    for method, seed, mix in product(suite.methods, suite.seeds, MIXES):
        of_run = {"suite": "pairs", "dataset": suite.dataset, "split": "tail-100", "protocol": "corrected"}
        of_run |= {"method": method.label, "seed": seed, "mix": mix, "key": f"{method.label}-{seed}"}
        shift = 0.0005 * (seed - 1)
        values = {"accuracy": accuracy[mix] + shift, "macro_f1": accuracy[mix] - 0.001 + shift}
        values |= {"balanced_accuracy": accuracy[mix] + shift, "recall/0": 0.9, "recall/1": 0.8}
        values |= {"worst_recall": 0.8, "gmean": 0.85}
        values |= dict(
            zip(("weight/1", "weight/2", "weight/3"), (0.6, 0.3 + shift, 0.1 - shift), strict=True)
        )
        rows += [{**of_run, "metric": metric, "value": value} for metric, value in values.items()]
    return pd.DataFrame(rows)


@pytest.fixture
def beside() -> Beside:
    def make(dataset: str, stand_in: str = "") -> list[Comparison]:
        params = asked(dataset, stand_in)
        return compare(params, index(params, measured(params)))

    return make


def row(comparison: Comparison, label: str, mix: str, split: str = "tail-100") -> ComparedRow:
    return next(r for r in comparison.rows if (r.label, r.split, r.mix) == (label, split, mix))


def verdicts(of: ComparedRow) -> list[str]:
    return [judged.verdict.name for judged in of.judged]


def test_a_number_is_looked_up_on_its_own_mix(beside: Beside) -> None:
    table, _ = beside("mnist+svhn")
    for mix, mean in zip(MIXES, (99.16, 99.0, 97.67, 95.57, 95.02), strict=True):
        judged = row(table, "MMD", mix).judged[0]
        assert judged.ours is not None
        assert 100 * judged.ours.mean == pytest.approx(mean)
        assert judged.gap == pytest.approx(0)
    assert verdicts(row(table, "MMD", "forward-50")) == ["reproduced", "not reproduced"]


def test_an_impossible_pair_stays_impossible_however_near_ours_is(beside: Beside) -> None:
    table, weights = beside("mnist+svhn")
    assert verdicts(row(table, "MMD", "uniform")) == ["impossible as printed"] * 2
    assert verdicts(row(weights, "SADE", "backward-10", "tail-50")) == ["impossible as printed"] * 3


def test_weights_are_judged_in_points(beside: Beside) -> None:
    _, weights = beside("mnist+svhn")
    of_mame = row(weights, "PROPOSED METHOD", "forward-50")  # printed 0.59, 0.35, 0.06
    assert verdicts(of_mame) == ["reproduced", "not reproduced", "not reproduced"]
    assert of_mame.judged[1].verdict.why.startswith("Ours is 30.00, 5.00 points from print")


def test_splits_that_were_not_run_have_no_verdict(beside: Beside) -> None:
    table, _ = beside("mnist+svhn")
    assert verdicts(row(table, "SADE", "uniform", "tail-50")) == ["not run"] * 2
    assert sum(table.counts("corrected").values()) == 240


def test_lines_are_trainings_and_groups_of_columns_are_mixes(beside: Beside) -> None:
    table, weights = beside("mnist+svhn")
    layout = side_by_side(table)
    assert layout["splits"] == list(MIXES)
    assert [r["label"] for r in layout["rows"]][:2] == ["MMD, tail-100", "SADE, tail-100"]
    assert len(layout["rows"]) == 24
    assert {len(line["numbers"]) for r in layout["rows"] for line in r["lines"]} == {10}
    assert len(side_by_side(weights)["rows"]) == 9


def test_numbers_stand_as_printed_and_ours_in_the_same_unit(beside: Beside) -> None:
    printed, ours = side_by_side(beside("mnist+svhn")[0])["rows"][0]["lines"]
    assert [n["text"] for n in printed["numbers"][4:6]] == ["97.67 (0.22)", "0.6507 (0.0246)"]
    assert [(n["text"], n["sd"]) for n in ours["numbers"][4:6]] == [("97.67", "0.05"), ("0.9757", "0.0005")]


def test_what_print_cannot_mean_is_marked_and_explained(beside: Beside) -> None:
    table, weights = beside("mnist+svhn")
    proposed = next(r for r in side_by_side(table)["rows"] if r["label"] == "PROPOSED METHOD, tail-100")
    assert proposed["lines"][0]["numbers"][0]["text"] == "99.23 (1.83!)"
    assert proposed["lines"][1]["numbers"][0]["why"].endswith("Its printed standard error cannot be.")
    said = {reading["split"]: reading["text"] for reading in proposed["readings"]}
    assert "10 runs with this mean have a standard error up to 0.77" in said["forward-50"]
    assert "strained, not impossible" in said["uniform"]
    notes = " ".join(side_by_side(table)["notes"])
    assert "An exclamation mark: no runs with this mean have that standard error." in notes
    assert "as if they were in hundredths of a point" in notes
    assert "neither the widths of the networks" in notes
    assert "SADE's public code stops" in " ".join(side_by_side(weights)["notes"])


def test_the_record_names_the_mix(beside: Beside) -> None:
    lines = judged_numbers(beside("mnist+svhn")[0])
    assert len(lines) == 240
    line = next(x for x in lines if (x["row"], x["split"]) == ("MMD", "tail-100, uniform"))
    assert (line["printed"], line["ours"], line["n"]) == ("97.67 (0.22)", "97.67 ± 0.05", "3")


def test_data_that_stand_in_are_shown_and_not_judged(beside: Beside) -> None:
    table, weights = beside("mnist+fashion_mnist", REASON)
    assert verdicts(row(table, "MMD", "forward-50")) == ["stand-in"] * 2
    assert verdicts(row(table, "MMD", "uniform")) == ["impossible as printed"] * 2
    assert verdicts(row(table, "M²LC-NET", "uniform")) == ["impossible as printed"] * 2
    assert verdicts(row(weights, "PROPOSED METHOD", "uniform")) == ["stand-in"] * 3
    assert verdicts(row(table, "SADE", "uniform", "tail-1")) == ["not run"] * 2
    assert table.counts("corrected")["reproduced"] == table.counts("corrected")["not reproduced"] == 0
    assert side_by_side(table)["setting"].endswith(
        f"pairs ran on mnist+fashion_mnist, which only stands in for mnist+svhn. {REASON}"
    )
    assert (
        reading(row(table, "MMD", "forward-50"))
        == "On other data. Ours is 0.0 to 11.8 points away from print."
    )


def test_a_method_of_one_view_answers_with_the_view_that_stands_in(beside: Beside) -> None:
    table, _ = beside("mnist+fashion_mnist", REASON)
    sade = row(table, "SADE", "uniform")
    assert {judged.label for judged in sade.judged} == {"sade(view=fashion_mnist)"}
    assert verdicts(sade) == ["stand-in"] * 2


def test_without_that_word_other_data_stay_silent(beside: Beside) -> None:
    table, _ = beside("mnist+fashion_mnist")
    silent = row(table, "MMD", "forward-50")
    assert verdicts(silent) == ["not run"] * 2
    assert {judged.ours for judged in silent.judged} == {None}


def test_every_writer_has_the_new_verdict_and_doubt(records: Records) -> None:
    params = asked("mnist+fashion_mnist", REASON)
    content = work_out(params, measured(params), records)
    doubts = {doubt.what: doubt.why for doubt in content.doubts}
    assert doubts["In suite pairs"] == REASON
    assert doubts["23 printed standard errors cannot be true"].startswith("Of 240.")
    assert "MMD (fusion/1, 19 rows), MMD-LA (fusion/1, 20 rows)" in doubts["64 printed rows cannot be true"]
    assert "SADE (fusion/2, tail-50, backward-10)" in doubts["64 printed rows cannot be true"]
    text = markdown.markdown(content)
    assert "◇ stand-in" in text
    assert "97.67 (0.22)" in text
    tex = latex.latex(content)["fusion-1.tex"]
    assert r"$^{\mathrm{s}}$" in tex
    assert "In the unit of print, mean and SD." in tex
