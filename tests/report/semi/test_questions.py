"""The questions on few labels: who meets whom, which way is better, and what the plain answer is."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailmark import methods
from tailmark.params import MethodSpec, Params
from tailmark.report import latex, markdown
from tailmark.report.answer import Answer
from tailmark.report.asked import Asked
from tailmark.report.content import Content
from tailmark.report.differences import grids, overview
from tailmark.report.page import page
from tailmark.report.question import Question, question
from tailmark.report.results import Results, with_readings
from tailmark.report.semi.asked import BIAS, FAMILY, FEW_LABELS, PRODUCT, TAILS
from tailmark.report.sentences import verdict
from tailmark.report.speakers import speaker
from tailmark.statistics import Duel

HARD = "tail-50-labels-10"


def of(semi: Content, asked: Asked) -> Question:
    answered = semi.answer(asked.name)
    assert answered is not None
    return answered.question


def answer(found: Question, metric: str, split: str = HARD, *, main: bool = True) -> Answer:
    return next(
        a
        for a in found.answers
        if (a.contest.place.suite, a.contest.place.split, a.metric, a.main) == ("digits", split, metric, main)
    )


def duel(found: Answer, rival: str) -> Duel:
    met = found.duel(rival)
    assert met is not None
    return met


@pytest.mark.parametrize("asked", FEW_LABELS, ids=lambda asked: asked.name)
def test_every_rival_can_be_made(asked: Asked) -> None:
    for rival in asked.rivals:
        shared = asked.variant.settings if asked.variant else {}
        views = {"view": "pix"} if rival.each_view else {}
        methods.make(rival.method, {**shared, **rival.settings, **views}, "corrected")
    assert set(asked.decided_by) <= {rival.name for rival in asked.rivals}


def test_the_tails_meet_both_gaussians_at_either_sigma(semi: Content) -> None:
    found = of(semi, TAILS)
    assert answer(found, "balanced_accuracy").rivals == {
        "Gaussian, beta matched": "mdgm-gaussian(beta=matched)",
        "Gaussian, beta = 1": "mdgm-gaussian(beta=one)",
    }
    at_one = answer(found, "balanced_accuracy", main=False)
    assert at_one.contest.method == "mdgm(sigma=1)"
    assert at_one.rivals == {
        "Gaussian, beta matched": "mdgm-gaussian(beta=matched, sigma=1)",
        "Gaussian, beta = 1": "mdgm-gaussian(beta=one, sigma=1)",
    }


def test_ablations_change_one_thing_and_views_are_told_by_name(semi: Content) -> None:
    assert answer(of(semi, PRODUCT), "macro_f1").rivals == {
        "concatenation": "mdgm(product=concatenation)",
        "raw product": "mdgm(product=raw)",
        "pix alone": "mdgm(view=pix)",
        "fou alone": "mdgm(view=fou)",
        "without the pool": "mdgm(uses_pool=False)",
        "power for the labels too": "mdgm(unlabelled=power)",
    }


def test_ablations_are_of_the_challenger_as_it_was_run() -> None:
    small = {"name": "mdgm", "latent": 8}
    ours = [MethodSpec.model_validate(one) for one in (small, {**small, "product": "raw"})]
    assert speaker("mdgm", ours, "corrected") == "mdgm(latent=8)"
    assert (
        speaker("mdgm", ours, "corrected", {"latent": 8, "product": "raw"}) == "mdgm(latent=8, product=raw)"
    )


def test_settings_that_contradict_each_other_were_never_run() -> None:
    ours = [MethodSpec.model_validate({"name": "mdgm", "rho": 0.5})]
    assert speaker("mdgm", ours, "corrected", {"rho": 0.5, "unlabelled": "power"}) is None


def test_the_upper_bound_meets_nobody(semi: Content) -> None:
    met = {label for a in of(semi, FAMILY).answers for label in a.rivals.values()}
    assert {"fixmatch", "supervised(resampler=smote)", "supervised(loss=logit-adjustment)"} <= met
    assert "supervised(labels=all)" not in met


def test_a_histogram_nearer_to_the_truth_wins(semi: Content) -> None:
    """The pseudo-labels of fixmatch are the worst of all, those of cdmad the best."""
    met = answer(of(semi, BIAS), "pool/kl")
    assert duel(met, "fixmatch").difference.mean < 0
    assert {"fixmatch", "crest"} <= set(met.contest.won)
    assert duel(met, "cdmad").difference.mean > 0
    assert "cdmad" in met.contest.lost


def test_the_picture_says_on_which_side_is_better(semi: Content) -> None:
    bias, family = (semi.answer(asked.name) for asked in (BIAS, FAMILY))
    assert bias is not None and bias.forest.caption.startswith("Left of the line mdgm is better.")
    assert "nats of histogram off the truth" in bias.forest.svg
    assert family is not None and family.forest.caption.startswith("Right of the line mdgm is better.")
    tails = semi.answer("tails")
    assert tails is not None and "Diamonds: mdgm with sigma = 1 on both sides." in tails.forest.caption


def test_the_first_sentence_is_the_answer(semi: Content) -> None:
    """On all four splits of one suite and the one of the other, by differences as they were made."""
    found = of(semi, PRODUCT)
    met = [a for a in found.answers if a.metric == "balanced_accuracy"]
    mean = sum(duel(a, "concatenation").difference.mean for a in met) / len(met)
    assert found.overall[0] == (
        "Yes, by balanced accuracy: against concatenation mdgm wins 5 and loses 0 of 5 paired tests, 0 are open; on "
        f"average {100 * mean:+.1f} points (n = 3)."
    )
    assert found.overall[1].startswith("Yes, by macro F1: against concatenation mdgm wins")


def test_a_family_is_told_rival_by_rival(semi: Content) -> None:
    first, second = of(semi, FAMILY).overall[:2]
    assert first.startswith(
        "It depends, by balanced accuracy: against fixmatch, crest, abc and cdmad mdgm wins"
    )
    assert second.startswith("Against fixmatch 5 won, 0 lost, 0 open; against crest ")
    assert "against cdmad 0 won, 4 lost, 0 open." in second


def test_the_variant_has_an_answer_of_its_own(semi: Content) -> None:
    overall = of(semi, TAILS).overall
    assert overall[0].startswith(
        "Cannot be told, by balanced accuracy: against Gaussian, beta matched mdgm wins 0"
    )
    assert overall[2].startswith("With sigma = 1 on both sides: no, by balanced accuracy: against Gaussian")


@pytest.mark.parametrize(
    ("won", "lost", "tests", "said"),
    [
        (2, 0, 4, "Yes"),
        (1, 0, 4, "Cannot be told"),
        (0, 0, 4, "Cannot be told"),
        (0, 4, 4, "No"),
        (8, 2, 10, "Mostly yes"),
        (1, 4, 6, "Mostly no"),
        (2, 2, 4, "It depends"),
        (9, 8, 17, "It depends"),
        (1, 0, 1, "In the one test that was made yes"),
        (0, 1, 1, "In the one test that was made no"),
    ],
)
def test_verdicts(won: int, lost: int, tests: int, said: str) -> None:
    assert verdict(won, lost, tests) == said


ONE = "In the one test that was made"


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_a_verdict_turns_with_the_sides(won: int, lost: int, still_open: int) -> None:
    tests = won + lost + still_open
    turned = {"Yes": "No", "No": "Yes", "Mostly yes": "Mostly no", "Mostly no": "Mostly yes"}
    turned |= {f"{ONE} yes": f"{ONE} no", f"{ONE} no": f"{ONE} yes"}
    said = verdict(won, lost, tests)
    assert verdict(lost, won, tests) == turned.get(said, said)


def test_one_seed_is_no_answer(semi_params: Params, semi_metrics: pd.DataFrame) -> None:
    one = with_readings(semi_params, semi_metrics[semi_metrics["seed"] == 0])
    found = question(TAILS, semi_params, one)
    assert found is not None
    assert found.overall == ("Not answerable: no split has mdgm and a rival on two seeds in common.",)


def test_without_the_deciding_rival_there_is_no_verdict(
    semi_params: Params, semi_metrics: pd.DataFrame
) -> None:
    without = semi_metrics[~semi_metrics["method"].str.startswith("mdgm(product=concatenation")]
    found = question(PRODUCT, semi_params, with_readings(semi_params, without))
    assert found is not None
    assert found.overall[0] == (
        "Not answerable by balanced accuracy: mdgm and concatenation have no two seeds in common."
    )


def test_tables_tell_the_variant_apart(semi: Content) -> None:
    found = of(semi, TAILS)
    assert [band.name for band in overview(found).bands] == [
        *("Bal. acc.", "Macro F1"),
        *("Bal. acc., with sigma = 1 on both sides", "Macro F1, with sigma = 1 on both sides"),
    ]
    table = next(grid for grid in grids(found, semi.readings) if grid.title == f"digits, {HARD}")
    assert table.columns == ("Bal. acc.", "Macro F1")
    assert [band.name for band in table.bands] == ["", "With sigma = 1 on both sides"]
    main, at_one = (band.lines[0].cells[0].value for band in table.bands)
    assert main == duel(answer(found, "balanced_accuracy"), "Gaussian, beta matched").difference.mean
    assert at_one != main


def test_nats_are_no_points(semi: Content) -> None:
    found = of(semi, BIAS)
    table = grids(found, semi.readings)[0]
    line = {line.head: line for line in table.bands[0].lines}["fixmatch"]
    kl, accuracy = (duel(answer(found, name, "tail-10-labels-10"), "fixmatch") for name in BIAS.metrics)
    assert [cell.text for cell in line.cells] == [
        f"{kl.difference.mean:+.3f}",
        f"{100 * accuracy.difference.mean:+.1f}",
    ]
    assert line.aside == "n = 3"
    assert table.unit.startswith("Histogram off the truth in nats, balanced accuracy on the pool in points")


def test_every_writer_has_every_answer(semi: Content) -> None:
    text, pipes, tex = page(semi), markdown.markdown(semi), latex.latex(semi)
    for asked in FEW_LABELS:
        first = of(semi, asked).overall[0]
        assert text.count(first) == 3  # at a glance, in the section, and for who hears the picture
        assert f'<section id="{asked.name}">' in text
        assert markdown.escape(first) in pipes
        assert f"(figures/{asked.name}.svg)" in pipes
        assert {f"{asked.name}-overview.tex", f"{asked.name}-digits-{HARD}.tex"} <= set(tex)


def test_readings_are_no_rivals(semi: Content, semi_readings: Results) -> None:
    assert any(
        "@generative" in method for place in semi_readings.places for method in semi_readings.methods(place)
    )
    labels = {label for one in semi.answered for a in one.question.answers for label in a.rivals.values()}
    assert not any("@" in label for label in labels)


def test_runs_that_two_suites_share_are_counted_once(semi_params: Params, semi_metrics: pd.DataFrame) -> None:
    digits = semi_metrics[semi_metrics["suite"] == "digits"]
    again = semi_params.model_copy(
        update={"suites": {**semi_params.suites, "again": semi_params.suites["digits"]}}
    )
    twice = pd.concat([semi_metrics, digits.assign(suite="again")])
    anew = pd.concat([semi_metrics, digits.assign(suite="again", key=digits["key"] + "x")])
    once, shared, other = (
        question(PRODUCT, params, with_readings(params, metrics))
        for params, metrics in ((semi_params, semi_metrics), (again, twice), (again, anew))
    )
    assert once is not None and shared is not None and other is not None
    assert len(shared.answers) == len(once.answers) < len(other.answers)
    assert shared.overall[0] == once.overall[0] != other.overall[0]
