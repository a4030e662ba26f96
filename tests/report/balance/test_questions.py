"""What is asked of balanced views, who is set against whom, and what the plain answers are."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

import numpy as np
import pandas as pd
import pytest

from tailmark.params import Params
from tailmark.report import latex, markdown
from tailmark.report.balance.asked import ASYMMETRY, asked
from tailmark.report.balance.groups import groups, ratio
from tailmark.report.balance.helps import helps
from tailmark.report.balance.match import short
from tailmark.report.balance.paired import ended, over, steps, tally
from tailmark.report.balance.parts import parts
from tailmark.report.content import Content
from tailmark.report.finding import UNTESTED, Finding
from tailmark.report.grid import Line
from tailmark.report.page import page
from tailmark.report.question import question
from tailmark.report.records import Records
from tailmark.report.results import Place, Results, with_readings

FAR = Place("made-far", "tail-50", "corrected", "uniform")
DIGITS = Place("digits", "tail-50", "corrected", "uniform")


def of(balance: Content, name: str) -> Finding:
    found = balance.finding(name)
    assert found is not None
    return found


def lines(found: Finding, name: str, band: str = "") -> dict[str, Line]:
    grid = next(grid for grid in found.grids if grid.name == name)
    return {line.head: line for one in grid.bands if one.name == band for line in one.lines}


def test_losses_and_joins_are_told_apart(balance_params: Params, balance_readings: Results) -> None:
    usual, soft = groups(balance_params.suites["digits"], balance_readings, DIGITS)
    assert (usual.plain, usual.late, usual.said) == ("concatenation", "late-fusion", "")
    assert usual.singles == ("one-view(view=pix)", "one-view(view=fou)")
    assert "arl" in usual.labels and "arl(loss=balanced-softmax)" not in usual.labels
    assert soft.plain == "concatenation(loss=balanced-softmax)"
    assert (soft.said, soft.late, soft.singles) == ("balanced softmax on both sides", "", ())
    heads = DIGITS._replace(suite="digits-heads")
    (joined,) = groups(balance_params.suites["digits-heads"], balance_readings, heads)
    assert (joined.plain, joined.said) == ("sum", "views joined by sum")
    assert short(joined, "arl(join=sum)") == "arl"
    assert short(soft, "arl(gamma=2, loss=balanced-softmax)") == "arl(gamma=2)"


def test_the_imbalance_is_the_split_s_or_that_of_its_training_sets(
    balance_params: Params, balance_records: Records
) -> None:
    assert ratio(balance_params, balance_records, FAR) == 50
    assert ratio(balance_params, balance_records, FAR._replace(split="of another tier")) is None
    counts = {("made-far", "official"): (1166, 973)}
    known = replace(balance_records, train_counts=counts)
    assert ratio(balance_params, known, FAR._replace(split="official")) == pytest.approx(1166 / 973)


def test_differences_are_told_from_the_method_s_side() -> None:
    values = pd.DataFrame({"plain": [0.5, 0.6, 0.7], "up": [0.6, 0.7, 0.8], "down": [0.4, 0.51, 0.6]})
    met = over(values, "plain", ["up", "down", "absent"])
    assert {name: ended(duel) for name, duel in met.items()} == {"up": "better", "down": "worse"}
    assert met["up"].difference.mean == pytest.approx(0.1)
    assert met["down"].difference.low < met["down"].difference.mean < met["down"].difference.high < 0
    assert tally(list(met.values())) == "1 better, 1 worse, 0 open"
    assert over(values, "absent", ["up"]) == over(values, "plain", []) == {}
    one = over(values.head(1), "plain", ["up"])["up"]
    assert ended(one) == "" and tally([one]) == ""
    by_step = steps(values, {"first": ("up", "plain"), "second": ("down", "up"), "gone": ("up", "absent")})
    assert list(by_step) == ["first", "second"]
    assert by_step["second"].difference.mean == pytest.approx(np.mean([-0.2, -0.19, -0.2]))


def test_arl_meets_the_constant_factor(balance: Content) -> None:
    answered = balance.answer(ASYMMETRY.name)
    assert answered is not None
    first = answered.question.overall[0]
    assert first.startswith("Cannot be told, by balanced accuracy: against a constant factor arl wins 0")
    met = {(a.contest.place, a.main): a for a in answered.question.answers if a.metric == "balanced_accuracy"}
    assert met[DIGITS, True].rivals == {
        "a constant factor": "arl-released",
        "the views' own losses alone": "arl-bias-only",
        "plain concatenation": "concatenation",
    }
    assert met[DIGITS, False].contest.method == "arl(loss=balanced-softmax)"
    assert met[DIGITS, False].rivals["a constant factor"] == "arl-released(loss=balanced-softmax)"


def test_the_parts_of_arl(balance: Content) -> None:
    """The own losses are worth a point everywhere, the factor one where classes are balanced."""
    found = of(balance, "arl-parts")
    assert found.said[0] == (
        "The term of the views' own losses, by balanced accuracy: under a long tail it helps (3 better, 0 worse, "
        "0 open; on average +1.0 points, n = 3); with balanced classes it helps (3 better, 0 worse, 0 open; on average "
        "+1.0 points, n = 3)."
    )
    assert found.said[1].startswith(
        "The constant factor, by balanced accuracy: under a long tail whether it helps cannot be told"
    )
    assert "with balanced classes it helps" in found.said[1]
    assert any(said.startswith("The asymmetry, balanced softmax on both sides: ") for said in found.said)
    line = lines(found, "arl-parts-balanced-accuracy")["made-far, tail-50"]
    assert [cell.text for cell in line.cells[:3]] == ["3", "+1.0", "0.0"]
    assert line.cells[1].strong and not line.cells[2].strong
    heads = lines(found, "arl-parts-balanced-accuracy")["digits-heads, tail-50"]
    assert heads.aside == "views joined by sum"
    assert heads.cells[1].text == "" != heads.cells[3].text


def test_who_helps_under_a_long_tail_is_said_first(balance: Content) -> None:
    found = of(balance, "balancing")
    assert found.said[0] == (
        "Under a long tail, by balanced accuracy, some are shown to help over plain concatenation (3 splits, n = 3): "
        "arl-released in 3 of 3, arl-bias-only in 3 of 3 and mmpareto in 3 of 3. Shown to harm: ogm-ge in 3 of 3 and "
        "mla in 3 of 3. Never told apart: arl, ogm, pmr, agm, g-blending and dgl."
    )
    assert found.said[1].startswith("With balanced classes, by balanced accuracy, some are shown to help")
    assert "arl in 3 of 3" in found.said[1]
    assert any(
        said.startswith("Under a long tail (balanced softmax on both sides) some") for said in found.said
    )
    assert any("over plain sum (1 split, n = 3)" in said for said in found.said)
    assert found.said[-1].startswith(
        "Against the best single view, over 6 splits (n = 3): plain concatenation 6 better, 0 worse, 0 open"
    )


def test_no_help_is_said_plainly(
    balance_params: Params, balance_metrics: pd.DataFrame, balance_records: Records
) -> None:
    doubtful = ("concatenation", "ogm", "pmr", "agm", "dgl")
    few = balance_metrics[balance_metrics["method"].isin(doubtful)]
    found = helps(balance_params, with_readings(balance_params, few), balance_records)
    assert found is not None
    assert found.said[0] == (
        "Under a long tail, by balanced accuracy, no method is shown to help over plain concatenation (3 splits, "
        "n = 3). None is shown to harm. Never told apart: ogm, pmr, agm and dgl."
    )
    assert not any("single view" in said for said in found.said)


def test_lines_of_the_overview(balance: Content) -> None:
    found = of(balance, "balancing")
    mmpareto = lines(found, "balancing-overview", "Bal. acc.")["mmpareto"]
    assert [cell.text for cell in mmpareto.cells] == ["+3.0", "+4.0"]
    assert [cell.more for cell in mmpareto.cells] == [("3 better, 0 worse, 0 open",)] * 2
    soft = lines(found, "balancing-overview", "Macro F1, balanced softmax on both sides")
    assert list(soft) == ["arl", "arl-released", "arl-bias-only"]


def test_fusion_against_the_best_view(balance: Content) -> None:
    line = lines(of(balance, "balancing"), "balancing-views")["digits, tail-50"]
    assert line.cells[0].more[0] in ("pix", "fou")
    assert [line.cells[number].text for number in (1, 2)] == ["+6.0", "+4.0"]
    assert line.cells[3].text.endswith("open")


def test_every_split_has_all_comparisons(balance: Content, balance_readings: Results) -> None:
    found = of(balance, "balancing")
    line = lines(found, "balancing-made-far-tail-50")["mmpareto"]
    assert line.cells[0].value == balance_readings.mean(FAR, "balanced_accuracy", "mmpareto")
    assert [cell.text for cell in line.cells[2:4]] == ["+4.0", "+4.0"]
    assert lines(found, "balancing-made-far-tail-50")["concatenation"].aside == "the plain fusion"
    assert lines(found, "balancing-made-far-tail-50")["one-view(view=one)"].cells[2].text == "-"
    assert next(iter(lines(found, "balancing-digits-tail-50-balanced-softmax-concatenation"))) == (
        "concatenation(loss=balanced-softmax)"
    )


def test_one_seed_is_no_answer(
    balance_params: Params, balance_metrics: pd.DataFrame, balance_records: Records
) -> None:
    one = with_readings(balance_params, balance_metrics[balance_metrics["seed"] == 0])
    for find in (helps, parts):
        found = find(balance_params, one, balance_records)
        assert found is not None
        assert found.said == (UNTESTED,)
    met = question(ASYMMETRY, balance_params, one)
    assert met is not None and met.overall[0].startswith("Not answerable")


def test_other_suites_are_asked_nothing(content: Content) -> None:
    assert content.findings == content.balanced == ()
    assert "Does balancing views help?" not in page(content)


def test_a_tier_with_arl_alone_asks_whether_it_helps(
    balance_params: Params, balance_metrics: pd.DataFrame, balance_records: Records
) -> None:
    few = ("majority", "concatenation", "arl", "ogm-ge", "mmpareto")
    suite = balance_params.suites["digits"]
    ours = suite.model_copy(update={"methods": tuple(m for m in suite.methods if m.label in few)})
    params = balance_params.model_copy(update={"suites": {"digits": ours}})
    known = balance_metrics["method"].str.partition("@")[0].isin(few) & (balance_metrics["suite"] == "digits")
    results = with_readings(params, balance_metrics[known])
    assert asked(params) == () and asked(balance_params) == (ASYMMETRY,)
    assert parts(params, results, balance_records) is None
    assert helps(params, results, balance_records) is not None


def test_every_writer_has_every_answer(balance: Content) -> None:
    text, pipes, tex = unescape(page(balance)), markdown.markdown(balance), latex.latex(balance)
    for found in balance.findings:
        assert f'<section id="found-{found.name}">' in text
        assert text.count(found.said[0]) == 2  # at a glance, and in the section
        assert markdown.escape(found.said[0]) in pipes
        assert {f"{grid.name}.tex" for grid in found.grids} <= set(tex)
    assert "(figures/balancing.svg)" in pipes
    assert len(set(tex)) == len(list(balance.tables)) + len(list(balance.grids))
