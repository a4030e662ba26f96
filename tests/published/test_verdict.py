"""The verdict on a printed number."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailmark.errors import TailmarkError
from tailmark.published import PrintedCell, Verdict, verdict
from tailmark.published.verdicts import tolerance
from tailmark.statistics import Summary


def ours(percent, sd=0.0, n=3):
    return Summary(percent / 100, sd / 100 if n > 1 else math.nan, n, math.nan, math.nan)


def test_the_four_names(cell):
    print_ = cell(77.4, sd=0.0)
    assert verdict(print_, ours(78.0), False).name == "reproduced"
    assert verdict(print_, ours(79.0), False).name == "not reproduced"
    assert verdict(print_, ours(77.4), True).name == "impossible as printed"
    assert verdict(print_, None, False).name == "not run"
    assert verdict(print_, None, True).name == "impossible as printed"


def test_the_reason_gives_the_numbers(cell):
    said = verdict(cell(77.4, sd=0.0), ours(76.0), False)
    assert said.why == "Ours is 76.00, 1.40 points from print, beyond the tolerance of 1.00."


def test_without_spread_one_point_is_allowed_on_both_sides(cell):
    names = {mean: verdict(cell(77.4, sd=0.0), ours(mean), False).name for mean in (76.4, 76.39, 78.4, 78.41)}
    assert names == {
        76.4: "reproduced",
        76.39: "not reproduced",
        78.4: "reproduced",
        78.41: "not reproduced",
    }


def test_the_tolerance_by_hand(cell):
    """t at 4 degrees of freedom is 2.776; half a printed unit is 0.05."""
    assert tolerance(cell(50.0, sd=0.8), ours(50.0, sd=0.6)) == pytest.approx(
        2.7764 * math.sqrt(0.8**2 / 3 + 0.6**2 / 3) + 0.05, abs=1e-4
    )


def test_a_wide_spread_excuses_no_more_than_three_points(cell):
    assert tolerance(cell(50.0, sd=9.0), ours(50.0, sd=9.0)) == 3.0


@pytest.mark.parametrize(("n", "name"), [(1, "not run"), (2, "not run"), (3, "reproduced")])
def test_a_verdict_needs_three_runs(cell, n, name):
    said = verdict(cell(50.0, sd=0.5), ours(50.0, n=n), False)
    assert said.name == name
    assert (f"too few runs of it: {n}" in said.why) == (n < 3)


def test_without_a_printed_spread_ours_stands_for_both(cell):
    """t at 2 degrees of freedom is 4.303; ten printed runs, three of ours."""
    unknown = cell(50.0, sd=None, runs=10)
    assert tolerance(unknown, ours(50.0, sd=0.5)) == pytest.approx(
        4.3027 * 0.5 * math.sqrt(1 / 10 + 1 / 3) + 0.05, abs=1e-4
    )


def test_data_that_stand_in_are_shown_and_not_judged(cell):
    print_ = cell(77.4)
    assert verdict(print_, ours(20.0), False, "Other data.") == Verdict("stand-in", "Other data.")
    assert verdict(print_, ours(20.0, n=1), False, "Other data.").name == "stand-in"
    assert verdict(print_, ours(77.4), True, "Other data.").name == "impossible as printed"
    assert verdict(print_, None, False, "Other data.").name == "not run"


@pytest.mark.parametrize(("mean", "sd"), [(99.0, 2.0), (0.5, 2.0), (103.0, 0.0), (-2.0, 0.0)])
def test_ours_is_held_to_what_print_is_held_to(cell, mean, sd):
    """Three runs with mean 99 have an SD of at most the root of 3."""
    with pytest.raises(TailmarkError, match="which no such runs have"):
        verdict(cell(50.0), ours(mean, sd), False)


@pytest.mark.parametrize("mean", [0.0, 100.0])
def test_ours_may_be_nothing_or_everything(cell, mean):
    assert verdict(cell(mean), ours(mean), False).name == "reproduced"


@given(st.floats(0, 20), st.floats(0, 20), st.integers(3, 20))
def test_the_tolerance_stays_between_one_and_three(printed_sd, sd, n):
    print_ = PrintedCell("ROW", "erm", "natural", "GM", "gmean", 50.0, printed_sd, 0.1, 3, None)
    assert 1.0 <= tolerance(print_, ours(50.0, sd, n)) <= 3.0
