"""What came out, in a sentence a split."""

from __future__ import annotations

from collections.abc import Callable

from tailmark.report.outcomes import Outcome, outcomes
from tailmark.report.results import Results

Small = Callable[..., Results]
CLEAR = [0.50, 0.51, 0.49, 0.50, 0.50]
GOOD = [0.80, 0.81, 0.79, 0.80, 0.81]
NEAR = [0.79, 0.84, 0.76, 0.82, 0.78]


def only(results: Results) -> Outcome:
    (outcome,) = outcomes(results)
    return outcome


def test_the_best_and_those_that_cannot_be_told_from_it(small: Small) -> None:
    outcome = only(small({"erm": CLEAR, "rw": NEAR, "ldam": GOOD, "balanced": [0.99] * 5}))
    assert (outcome.best, outcome.score, outcome.n) == ("ldam", "80.2 ± 0.8", 5)
    assert outcome.rest == "Not shown to differ from it: rw."


def test_a_clear_win_and_no_win_at_all(small: Small) -> None:
    assert only(small({"erm": CLEAR, "ldam": GOOD})).rest == "Every other method differs from it."
    assert only(small({"rw": NEAR, "ldam": GOOD})).rest == "No other method is shown to differ from it."


def test_too_little_to_say(small: Small) -> None:
    assert only(small({"ldam": GOOD})).rest == "Nothing else was run here."
    assert only(small({"erm": [0.5], "ldam": [0.8]})).rest == "One seed allows no test."
    assert outcomes(small({"majority": [0.5, 0.5]})) == []


def test_a_method_on_fewer_seeds_is_no_winner(small: Small) -> None:
    nan = float("nan")
    outcome = only(small({"erm": CLEAR, "rw": NEAR, "ldam": [0.99, 0.98, nan, nan, nan]}))
    assert (outcome.best, outcome.n, outcome.fewer) == ("rw", 5, ("ldam",))
    assert outcome.rest == "Every other method differs from it. Left out, on fewer seeds: ldam."
