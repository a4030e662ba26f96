"""How a suite with few labels was run, in words, and what must stand beside a reconstruction."""

from __future__ import annotations

import pytest

from tailmark.params import Params
from tailmark.report import markdown
from tailmark.report.content import Content
from tailmark.report.page import page
from tailmark.report.semi import UNPRINTED, has_few_labels, unprinted
from tailmark.report.semi.setting import tuning
from tailmark.report.setting import provenance, setting
from tailmark.report.words import aside, is_reference, metric


def test_splits_pool_and_tuning_are_told(semi_params: Params) -> None:
    told = setting(semi_params.suites["digits"])
    assert (
        "10 % or 20 % of the training samples of each class are labelled, the others a pool without labels, skewed "
        "like the labelled ones or skewed the other way round; 64 unlabelled samples a step; the running mean of the "
        "weights answers, at 0.99 a step; 10 % of all samples, of training and test, lack one view; one setting a "
        "method, four values, 250 steps each, chosen on 25 % of the labelled samples; 3 seeds; 312 runs."
    ) in told


def test_what_is_not_done_is_not_told(semi_params: Params) -> None:
    told = setting(semi_params.suites["pairs"])
    assert "lack one view" not in told
    assert "skewed the other way round" not in told
    assert tuning(semi_params.suites["pairs"].model_copy(update={"tuning": None})) == (
        "nothing is tuned, methods have their default settings"
    )


def test_the_provenance_has_the_pool(semi: Content) -> None:
    line = next(one for one in provenance(semi) if one["split"] == "tail-50-labels-10-reversed")
    assert line["train"] == "140 90 58 38 24 16 10 6 4 3; pool without labels: 2 3 5 9 14 21 34 52 81 126"


def test_a_reconstruction_says_so_wherever_its_numbers_are(semi: Content, semi_params: Params) -> None:
    assert [doubt.why for doubt in semi.doubts].count(UNPRINTED) == 1
    suites, questions = 2, 4
    assert page(semi).count(UNPRINTED) == 1 + suites + questions
    assert markdown.markdown(semi).count(UNPRINTED) == 1 + suites + questions
    others = semi_params.suites["pairs"].model_copy(
        update={"methods": semi_params.suites["pairs"].methods[:2]}
    )
    assert unprinted(others) == ""


def test_other_reports_have_none_of_it(content: Content) -> None:
    assert not any(map(has_few_labels, content.params.suites.values()))
    assert content.few_labels == ()
    assert "our reconstruction" not in page(content)


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("supervised(labels=all)", "all labels"),
        ("supervised(labels=all, loss=logit-adjustment)", "all labels"),
        ("supervised", ""),
        ("supervised(loss=labels=allx)", ""),
        ("majority", "always the largest class"),
    ],
)
def test_all_labels_are_an_upper_bound(method: str, said: str) -> None:
    assert aside(method) == said
    assert is_reference(method) == bool(said)


def test_all_labels_are_never_ranked(semi: Content) -> None:
    """They have by far the highest balanced accuracy."""
    assert {outcome.best for outcome in semi.outcomes if outcome.place.suite == "digits"} == {"cdmad"}
    rows = {row.method: row for row in semi.tables[0].blocks[0].rows}
    assert rows["supervised(labels=all)"].reference
    assert rows["supervised(labels=all)"].entries[0].place == ""


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("macro_f1", 0.0034, "+0.3"),
        ("macro_f1", -0.0004, "0.0"),
        ("pool/kl", -0.0316, "-0.032"),
        ("pool/kl", 0.0002, "0.000"),
    ],
)
def test_differences_have_the_unit_of_their_metric(name: str, value: float, text: str) -> None:
    assert metric(name).difference(value) == text
