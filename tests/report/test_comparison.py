"""Ours beside print."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from tailmark.params import MethodSpec, Params
from tailmark.report.beside import judged_numbers, side_by_side
from tailmark.report.comparison import ComparedRow, Comparison, compare, reading
from tailmark.report.content import Content
from tailmark.report.results import index


@pytest.fixture
def comparison(content: Content) -> Comparison:
    """Table 2 beside its suite."""
    (only,) = content.comparisons
    return only


def row(comparison: Comparison, label: str, split: str) -> ComparedRow:
    return next(r for r in comparison.rows if (r.label, r.split) == (label, split))


def test_every_printed_number_is_judged_once_a_protocol(comparison: Comparison) -> None:
    for protocol in ("corrected", "released"):
        assert sum(comparison.counts(protocol).values()) == len(comparison.table.cells) == 54


def test_a_method_that_we_lack_is_not_run(comparison: Comparison) -> None:
    mgvae = row(comparison, "MGVAE", "groups-100")
    assert {judged.verdict.name for judged in mgvae.judged} == {"not run"}
    assert {judged.gap for judged in mgvae.judged} == {None}


def test_an_impossible_row_stays_impossible_whatever_ours_is(comparison: Comparison) -> None:
    smote = row(comparison, "SMOTE", "groups-600").by("corrected")
    broken = [j.cell.metric for j in smote if j.verdict.name == "impossible as printed"]
    assert broken == ["accuracy", "balanced_accuracy"]


def test_released_is_measured_as_the_authors_measured(comparison: Comparison) -> None:
    erm = row(comparison, "ERM", "groups-100")
    assert [j.metric for j in erm.by("released")] == [
        "batch_accuracy",
        "batch_balanced_accuracy",
        "batch_gmean",
    ]
    assert [j.metric for j in erm.by("corrected")] == ["accuracy", "balanced_accuracy", "gmean"]


def test_the_collapsed_row_is_explained(comparison: Comparison) -> None:
    text = reading(row(comparison, "ERM", "groups-100"))
    assert text.startswith("Printed is a constant prediction")
    assert "above print" in text
    assert text.endswith("what the released code does differently explains the gap.")


def test_the_other_protocols_are_told(comparison: Comparison) -> None:
    erm = row(comparison, "ERM", "groups-100")
    corrected, released = erm.by("corrected"), erm.by("released")
    paper = tuple(replace(judged, protocol="paper") for judged in corrected)
    assert "To the letter of the paper it does not reproduce either." in reading(
        replace(erm, judged=corrected + paper)
    )
    mixed = (*(replace(judged, protocol="released") for judged in corrected[:1]), *released[1:])
    assert reading(replace(erm, judged=corrected + mixed)).endswith(
        "Run as released, 2 of 3 numbers reproduce."
    )
    unrun = tuple(replace(judged, ours=None) for judged in released)
    assert reading(replace(erm, judged=corrected + unrun, known="")).endswith("above print.")


def test_what_is_known_is_told_where_no_protocol_explains(comparison: Comparison) -> None:
    erm = row(comparison, "ERM", "groups-100")
    assert erm.known == ""  # what holds of every row is in our released runs
    corrected, released = erm.by("corrected"), erm.by("released")
    known = replace(erm, known="It is known.")
    assert reading(replace(known, judged=corrected)).endswith("above print. It is known.")
    assert reading(replace(known, judged=corrected + released)).endswith("explains the gap.")
    unrun = tuple(
        replace(judged, ours=None, verdict=replace(judged.verdict, name="not run")) for judged in released
    )
    assert reading(replace(known, judged=corrected + unrun)).endswith("above print. It is known.")


def test_a_row_that_agrees_reproduces(comparison: Comparison) -> None:
    agree = [r for r in comparison.rows if {j.verdict.name for j in r.by("corrected")} == {"reproduced"}]
    assert {reading(r) for r in agree} <= {"Reproduces."}


def test_the_impossible_row_says_why(comparison: Comparison) -> None:
    assert "B-ACC" in reading(row(comparison, "SMOTE", "groups-600"))
    assert reading(row(comparison, "MGVAE", "groups-100")) == "We have no run of it."


def test_a_stand_in_is_not_judged(params: Params, metrics: pd.DataFrame) -> None:
    groups = params.suites["groups"].model_copy(update={"tables": ("mgvae/2",)})
    stand_in = params.model_copy(update={"suites": {"groups": groups}})
    (comparison,) = compare(stand_in, index(stand_in, metrics))
    assert comparison.counts("corrected")["reproduced"] == 0
    judged = row(comparison, "ERM", "groups-100").judged
    assert {j.verdict.why for j in judged} == {"groups ran on mnist5k, which only stands in for mnist."}


def test_the_printed_upper_bound_is_found_on_any_split(params: Params, metrics: pd.DataFrame) -> None:
    suite = params.suites["table-2"].model_copy(update={"tables": ("mgvae/10-mnist",)})
    with_bound = params.model_copy(update={"suites": {"table-2": suite}})
    (comparison,) = compare(with_bound, index(with_bound, metrics))
    assert comparison.counts("corrected")["not run"] == 0


def test_the_layout_has_a_place_for_every_number(comparison: Comparison) -> None:
    layout = side_by_side(comparison)
    assert [line["who"] for line in layout["rows"][0]["lines"]] == [
        "printed",
        "corrected, n = 3",
        "released, n = 3",
    ]
    widths = {len(line["numbers"]) for r in layout["rows"] for line in r["lines"]}
    assert widths == {len(layout["splits"]) * len(layout["columns"])} == {6}
    assert any("B-ACC is plain accuracy" in note for note in layout["notes"])
    assert any("batches of 100" in note for note in layout["notes"])


def test_the_record_of_verdicts_is_complete(comparison: Comparison) -> None:
    lines = judged_numbers(comparison)
    assert len(lines) == 2 * 54
    erm = next(line for line in lines if line["row"] == "ERM" and line["protocol"] == "released")
    assert (erm["printed"], erm["ours"], erm["n"], erm["verdict"]) == (
        "51.4 ± 0.0",
        "51.4 ± 0.0",
        "3",
        "reproduced",
    )


def test_an_impossible_row_that_we_did_not_run_does_not_reproduce(comparison: Comparison) -> None:
    smote = row(comparison, "SMOTE", "groups-600")
    unrun = tuple(
        replace(j, ours=None, verdict=replace(j.verdict, name="not run", why="We have no run of it."))
        if j.cell.metric == "gmean"
        else replace(j, ours=None)
        for j in smote.by("corrected")
    )
    text = reading(replace(smote, judged=unrun))
    assert "points apart" in text and text.endswith("We have no run of it.")


MGVAE = {"mgvae(exemplars=1000)": "rw", "mgvae(ewc=0.0, exemplars=1000)": "smote", "mgvae(ewc=500.0)": "cbrw"}


@pytest.fixture
def ablations(params: Params, metrics: pd.DataFrame) -> Comparison:
    """Table 8 beside a suite with some of it, at a reduced scale; other methods lend their numbers."""
    specs = (
        MethodSpec(name="mgvae", settings={"exemplars": 1000}),
        MethodSpec(name="mgvae", settings={"exemplars": 1000, "ewc": 0.0}),
        MethodSpec(name="mgvae", settings={"ewc": 500.0}),
    )
    suite = params.suites["table-2"].model_copy(update={"methods": specs, "tables": ("mgvae/8",)})
    of_suite = metrics[(metrics["suite"] == "table-2") & (metrics["protocol"] == "corrected")]
    lent = [of_suite[of_suite["method"] == owner].assign(method=label) for label, owner in MGVAE.items()]
    asked = params.model_copy(update={"suites": {"table-2": suite}})
    (only,) = compare(asked, index(asked, pd.concat(lent)))
    return only


def test_a_row_is_answered_by_its_settings(ablations: Comparison) -> None:
    labels = {r.label: {j.label for j in r.by("corrected")} for r in ablations.rows}
    assert labels == {
        "VAE w/ PT+EWC": {""},
        "MGVAE w/o PT": {""},
        "MGVAE w/o EWC": {"mgvae(ewc=0.0, exemplars=1000)"},
        "MGVAE": {"mgvae(exemplars=1000)"},
    }
    assert [r.method for r in ablations.rows[:3]] == [
        "mgvae(prior=gaussian)",
        "mgvae(pretraining=False)",
        "mgvae(ewc=0.0)",
    ]


def test_another_scale_is_said_beside_the_numbers(ablations: Comparison) -> None:
    who = {r["label"]: r["lines"][1]["who"] for r in side_by_side(ablations)["rows"]}
    assert who == {
        "VAE w/ PT+EWC": "corrected",
        "MGVAE w/o PT": "corrected",
        "MGVAE w/o EWC": "corrected, n = 3; ours: mgvae(ewc=0.0, exemplars=1000)",
        "MGVAE": "corrected, n = 3; ours: mgvae(exemplars=1000)",
    }


def test_every_row_that_differs_has_its_sentence(ablations: Comparison) -> None:
    for one in ablations.rows:
        names = {judged.verdict.name for judged in one.by("corrected")}
        text = reading(one)
        assert text.endswith(".")
        assert "  " not in text
        assert ("10 latent dimensions" in text) == ("not reproduced" in names)


def test_a_table_that_contradicts_its_text_says_so_below(params: Params, metrics: pd.DataFrame) -> None:
    suite = params.suites["table-2"].model_copy(update={"tables": ("mgvae/4",)})
    asked = params.model_copy(update={"suites": {"table-2": suite}})
    (comparison,) = compare(asked, index(asked, metrics))
    assert any("the test set was not balanced" in note for note in side_by_side(comparison)["notes"])
    assert comparison.counts("corrected") == {
        "reproduced": 0,
        "not reproduced": 0,
        "impossible as printed": 0,
        "stand-in": 0,
        "not run": 18,
    }


def test_the_upper_bound_needs_no_split_of_the_same_name(params: Params, metrics: pd.DataFrame) -> None:
    suite = params.suites["table-2"].model_copy(
        update={"tables": ("mgvae/10-mnist",), "splits": params.suites["table-2"].splits[1:]}
    )
    asked = params.model_copy(update={"suites": {"table-2": suite}})
    (comparison,) = compare(asked, index(asked, metrics[metrics["split"] == "groups-600"]))
    assert comparison.counts("corrected")["not run"] == 0
