"""What the parts of the proposed method are worth: who meets whom, how that is tested, and how it is told."""

from __future__ import annotations

import pandas as pd
import pytest

from tailmark import statistics
from tailmark.params import MethodSpec, Params
from tailmark.report import latex, markdown
from tailmark.report.answer import Answer
from tailmark.report.asked import PARTS
from tailmark.report.content import Content
from tailmark.report.differences import grids, overview
from tailmark.report.figures.forest import panels
from tailmark.report.page import page
from tailmark.report.question import Question, question
from tailmark.report.results import Place, Results, with_readings
from tailmark.report.speakers import speaker
from tailmark.report.words import metric

UNIFORM = Place("pairs", "tail-100", "corrected", "uniform")


@pytest.fixture(scope="module")
def parts(views: Content) -> Question:
    answered = views.answer("parts")
    assert answered is not None
    return answered.question


def answer(of: Question, place: Place, metric: str) -> Answer:
    return next(a for a in of.answers if (a.contest.place, a.metric) == (place, metric))


def test_rivals_are_methods_with_settings_and_readings_of_mame(parts: Question) -> None:
    assert answer(parts, UNIFORM, "macro_f1").rivals == {
        "concatenation, balanced softmax": "concatenation(loss=balanced-softmax)",
        "ensemble": "ensemble",
        "best expert alone": "mame@expert-2",
        "equal weights": "mame@equal",
        "no confidences": "mame(weighs=False)",
        "sade": "sade(view=fashion_mnist)",
        "mmd": "mmd",
    }


def test_the_best_expert_is_that_of_the_mix_and_metric(parts: Question) -> None:
    forward, backward = (UNIFORM._replace(mix=mix) for mix in ("forward-50", "backward-50"))
    assert answer(parts, forward, "macro_f1").rivals["best expert alone"] == "mame@expert-1"
    assert answer(parts, backward, "macro_f1").rivals["best expert alone"] == "mame@expert-2"


def test_who_is_asked_for_with_settings_is_not_answered_by_another() -> None:
    ours = [MethodSpec.model_validate(one) for one in ("concatenation", {"name": "mame", "weighs": False})]
    assert speaker("concatenation", ours, "corrected", {"loss": "balanced-softmax"}) is None
    assert speaker("mame", ours, "corrected", {"weighs": False}) == "mame(weighs=False)"
    assert speaker("mame", ours, "corrected", {"weights": "holdout"}) is None


def test_every_mix_and_both_metrics_are_tested(parts: Question) -> None:
    assert len(parts.answers) == 2 * (2 * 3 + 1)
    assert {a.contest.place.mix for a in parts.answers} == {"forward-50", "uniform", "backward-50", "test"}


def test_differences_are_paired_and_corrected_over_the_rivals(parts: Question, readings: Results) -> None:
    values = readings.values(UNIFORM, "macro_f1")
    met = answer(parts, UNIFORM, "macro_f1")
    alone = statistics.duels(values[["mame", "ensemble"]], "mame")["ensemble"]
    duel = met.duel("ensemble")
    assert duel is not None
    assert duel.difference == alone.difference
    assert duel.p > alone.p  # Holm, over seven rivals
    assert duel.difference.mean == pytest.approx((values["mame"] - values["ensemble"]).mean())


def test_one_sentence_a_metric(parts: Question) -> None:
    first, second = parts.overall[:2]
    won, lost, still_open = (
        sum(len(getattr(a.contest, kind)) for a in parts.answers if a.metric == "macro_f1")
        for kind in ("won", "lost", "open")
    )
    assert won + lost + still_open == 48
    assert first == (
        f"In 48 paired comparisons of macro F1 mame is shown to win {won} and to lose {lost}; {still_open} cannot be "
        "told apart (n = 3)."
    )
    assert second.startswith("In 48 paired comparisons of balanced accuracy mame is shown")
    assert parts.overall[2] == (
        "Against concatenation, balanced softmax alone: 0 won, 0 lost, 7 open by macro F1; 0 won, 0 lost, 7 open by "
        "balanced accuracy."
    )


def test_the_overview_has_a_line_a_part_and_a_column_a_suite(parts: Question) -> None:
    grid = overview(parts)
    assert grid.columns == ("pairs", "melanoma")
    f1, _ = grid.bands
    rows = {line.head: line for line in f1.lines}
    assert list(rows) == parts.rivals
    pairs = [
        a.duel("sade") for a in parts.answers if a.metric == "macro_f1" and a.contest.place.suite == "pairs"
    ]
    mean = sum(duel.difference.mean for duel in pairs if duel) / len(pairs)
    assert rows["sade"].cells[0].text == f"{100 * mean:+.1f}"
    assert rows["sade"].cells[0].more == ("6 won, 0 lost, 0 open",)
    assert rows["no confidences"].cells[1].text == ""  # was not run there


@pytest.mark.parametrize(
    ("fraction", "text"), [(0.0034, "+0.3"), (-0.0004, "0.0"), (0.0, "0.0"), (-0.011, "-1.1")]
)
def test_nothing_has_no_sign(fraction: float, text: str) -> None:
    assert metric("macro_f1").difference(fraction) == text


def test_a_table_a_split(parts: Question, readings: Results) -> None:
    hundred, ten, medical = grids(parts, readings)
    assert (hundred.title, ten.title) == ("pairs, tail-100", "pairs, tail-10")
    assert hundred.columns == ("forward-50", "uniform", "backward-50")
    assert [band.name for band in hundred.bands] == ["Macro F1", "Bal. acc."]
    assert medical.columns == ("Macro F1", "Bal. acc.")
    assert [band.name for band in medical.bands] == [""]
    cell = {line.head: line for line in hundred.bands[0].lines}["sade"].cells[1]
    duel = answer(parts, UNIFORM, "macro_f1").duel("sade")
    assert duel is not None
    assert cell.text == f"{100 * duel.difference.mean:+.1f}"
    assert cell.more[0] == f"[{100 * duel.difference.low:+.1f}, {100 * duel.difference.high:+.1f}]"
    assert cell.strong


def test_every_writer_has_it(views: Content) -> None:
    text, pipes, tex = page(views), markdown.markdown(views), latex.latex(views)
    assert text.index('id="glance"') < text.index('<section id="parts"') < text.index('id="published"')
    assert "6 won, 0 lost, 0 open" in text
    assert "## What the parts of mame are worth" in pipes
    assert "| ensemble: the worth of experts of three kinds" in pipes
    assert "(figures/parts.svg)" in pipes
    assert {"parts-overview.tex", "parts-pairs-tail-100.tex", "parts-melanoma-melanoma.tex"} <= set(tex)
    assert r"sade & \textbf{+" in tex["parts-pairs-tail-100.tex"]


def test_the_picture_shows_the_main_mix_and_the_last(parts: Question, views: Content) -> None:
    assert [(place.split, place.mix) for place in panels(parts)] == [
        *(("tail-100", "uniform"), ("tail-100", "backward-50"), ("tail-10", "uniform")),
        *(("tail-10", "backward-50"), ("melanoma", "test")),
    ]
    (answered,) = views.answered
    assert answered.forest in views.drawn
    assert "Of several test mixes the main one and the last." in answered.forest.caption
    assert "log scale beyond 1" in answered.forest.svg


def test_one_seed_is_no_answer(views_params: Params, views_metrics: pd.DataFrame) -> None:
    found = question(
        PARTS, views_params, with_readings(views_params, views_metrics[views_metrics["seed"] == 0])
    )
    assert found is not None
    assert found.overall == ("Not answerable: no split has mame and a rival on two seeds in common.",)
    assert overview(found).bands[0].lines[0].cells[0].more == ()


def test_a_suite_with_one_seed_is_named_once_a_split(
    views_params: Params, views_metrics: pd.DataFrame
) -> None:
    late = (views_metrics["suite"] == "pairs") & (views_metrics["seed"] > 0)
    found = question(PARTS, views_params, with_readings(views_params, views_metrics[~late]))
    assert found is not None
    assert "On 2 more splits there is one seed, which allows no test." in found.overall


def test_without_mame_nothing_is_asked(content: Content) -> None:
    assert content.answered == ()
    assert 'id="parts"' not in page(content)
