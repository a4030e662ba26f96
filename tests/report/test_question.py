"""Does MGVAE beat its rivals? Who speaks for it, what is tested, and what may be said."""

from __future__ import annotations

import pandas as pd
import pytest

from tailmark.params import MethodSpec, Params
from tailmark.report.asked import MGVAE
from tailmark.report.content import Content
from tailmark.report.contest import contest
from tailmark.report.question import Question, question
from tailmark.report.results import index
from tailmark.report.speakers import speaker
from tailmark.report.words import probability


def specs(*given: str | dict[str, object]) -> list[MethodSpec]:
    return [MethodSpec.model_validate(one) for one in given]


@pytest.mark.parametrize(
    ("given", "label"),
    [
        (["mgvae", {"name": "mgvae", "exemplars": 1000}], "mgvae"),
        ([{"name": "mgvae", "exemplars": 1000}, {"name": "mgvae", "ewc": 0.0}], "mgvae(exemplars=1000)"),
        ([{"name": "mgvae", "ewc": 5e4}, {"name": "mgvae", "ewc": 0.0}], "mgvae(ewc=50000.0)"),  # the default
        ([{"name": "mgvae", "epochs": 40}, {"name": "mgvae", "epochs": 40, "ewc": 0.0}], "mgvae(epochs=40)"),
        ([{"name": "mgvae", "epochs": 40}], "mgvae(epochs=40)"),
        ([{"name": "mgvae", "epochs": 40}, {"name": "mgvae", "ewc": 0.0}], None),
        (["erm"], None),
    ],
)
def test_who_speaks_for_a_method(given: list[str | dict[str, object]], label: str | None) -> None:
    assert speaker("mgvae", specs(*given), "corrected") == label


@pytest.fixture(scope="module")
def found(guided: Content) -> Question:
    answered = guided.answer("question")
    assert answered is not None
    return answered.question


def test_what_is_won_lost_and_open(found: Question) -> None:
    main, variant = found.answers
    assert main.contest.method == "mgvae(exemplars=1000)"
    assert (main.contest.won, main.contest.lost, main.contest.open) == (["erm"], ["ocvae"], ["smote"])
    assert main.text == (
        "mgvae(exemplars=1000) beats erm; it loses to ocvae; it cannot be told apart from smote (n = 3)."
    )
    assert not variant.main
    assert variant.contest.method == "mgvae-learned-variance"


def test_the_difference_is_ours_less_the_rival(found: Question) -> None:
    duel = found.answers[0].duel("smote")
    assert duel is not None
    assert duel.difference.mean == pytest.approx(0.01)
    assert duel.difference.low < 0 < duel.difference.high
    assert found.answers[0].duel("rw") is None  # was not run


def test_all_splits_together(found: Question) -> None:
    assert found.overall[:3] == (
        "In 3 paired comparisons MGVAE is shown to win 1 and to lose 1; 1 cannot be told apart.",
        "MGVAE beats 1 of 3 rivals on 1 split.",
        "Against erm 1 won, 0 lost, 0 open; against smote 0 won, 0 lost, 1 open; against ocvae 0 won, 1 lost, 0 open.",
    )
    assert found.overall[-1].startswith("With a learned variance: In 3 paired comparisons it is")
    assert found.rivals == ["erm", "smote", "ocvae"]


def asked(params: Params, metrics: pd.DataFrame) -> Question | None:
    return question(MGVAE, params, index(params, metrics))


def test_one_seed_is_no_answer(guided_params: Params, guided_metrics: pd.DataFrame) -> None:
    found = asked(guided_params, guided_metrics[guided_metrics["seed"] == 0])
    assert found is not None
    assert found.overall == ("Not answerable: no split has MGVAE and a rival on two seeds in common.",)
    assert found.answers[0].text == "Not answerable for mgvae(exemplars=1000): it needs two seeds."


def test_a_rival_with_one_seed_is_named_and_not_counted(
    guided_params: Params, guided_metrics: pd.DataFrame
) -> None:
    late = (guided_metrics["method"] == "erm") & (guided_metrics["seed"] > 0)
    found = asked(guided_params, guided_metrics[~late])
    assert found is not None
    assert found.answers[0].contest.untested == ["erm"]
    assert "cannot be tested against erm: one seed in common" in found.answers[0].text
    assert found.overall[1] == "MGVAE beats none of 2 rivals on 1 split."


def test_released_runs_answer_nothing(guided_params: Params, guided_metrics: pd.DataFrame) -> None:
    suite = guided_params.suites["clothes"].model_copy(update={"protocols": ("released",)})
    params = guided_params.model_copy(update={"suites": {"clothes": suite}})
    assert asked(params, guided_metrics.assign(protocol="released")) is None


def test_a_suite_with_a_note_is_named(guided_params: Params, guided_metrics: pd.DataFrame) -> None:
    suite = guided_params.suites["clothes"].model_copy(update={"note": "It leaks."})
    found = asked(guided_params.model_copy(update={"suites": {"clothes": suite}}), guided_metrics)
    assert found is not None
    assert "Counted too, each with a note of its own to read first: clothes." in found.overall


def test_without_mgvae_nothing_is_asked(content: Content) -> None:
    assert content.answered == ()


def test_nobody_to_meet_is_no_contest(guided: Content) -> None:
    place = guided.results.places[0]
    assert contest(guided.results, place, "gmean", "erm", ["rw"]) is None
    assert contest(guided.results, place, "gmean", "rw", ["erm"]) is None


@pytest.mark.parametrize(("p", "text"), [(0.0316, "p 0.032"), (0.001, "p 0.001"), (0.0004, "p < 0.001")])
def test_a_probability_is_never_zero(p: float, text: str) -> None:
    assert probability(p) == text
