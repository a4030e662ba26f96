"""How numbers are attested, and what a file may say row by row."""

import math

import pytest

from tailmark.errors import TailmarkError
from tailmark.published import PrintedCell, caution, printed, verdict
from tailmark.published.attestation import MEANINGS
from tailmark.statistics import Summary

GOOD = """\
paper: balance
number: 99
title: A table
dataset: cremad
test_counts: null
runs: {every row: 1, B: 5}
attested: {every row: by-eye, B: reproduction}
columns: {ACC: accuracy, F1: macro_f1}
methods: {A: erm, B: null, "A, audio part": erm@audio}
cells:
  official:
    A: [58.6, -]
    B: [61.59 ± 0.80, 60.00 ± 0.70]
    "A, audio part": [-, 12.3]
"""


def cell(attested, method="erm"):
    return PrintedCell(
        "ROW", method, "official", "ACC", "accuracy", 60.0, None, 0.1, 1, None, attested=attested
    )


def ours(percent, sd=0.5, n=5):
    return Summary(percent / 100, sd / 100, n, math.nan, math.nan)


def test_a_file_may_speak_row_by_row_and_leave_numbers_out():
    read = printed.parse("balance-99.yaml", GOOD)
    assert [(c.row, c.method, c.metric, c.runs, c.attested) for c in read.cells] == [
        ("A", "erm", "accuracy", 1, "by-eye"),
        ("B", "", "accuracy", 5, "reproduction"),
        ("B", "", "macro_f1", 5, "reproduction"),
        ("A, audio part", "erm@audio", "macro_f1", 1, "by-eye"),
    ]
    assert read.attested == ("by-eye", "reproduction")
    assert (read.test_counts, read.counts("test")) == (None, ())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "by-eye, B",
            "by eye, B",
            r"one of printed, .* under `attested`; got 'by eye'\. Did you mean 'by-eye'",
        ),
        ("by-eye, B", "by-eye, C", "'every row' under `attested`; got C"),
        ("{every row: 1, B: 5}", "{every row: 1, C: 5}", "'every row' under `runs`; got C"),
        ("{every row: 1, B: 5}", "{B: 5}", "every row under `runs`; A, A, audio part is missing"),
        ("{every row: 1, B: 5}", "1", "no spread beside a number of one run; got one in row 'B'"),
        ("[58.6, -]", "[-, -]", "a number in row 'A' of official; got none"),
        ("[58.6, -]", "[58.6]", "with 2 numbers; got 1 numbers"),
    ],
)
def test_a_bad_file_is_refused_by_name(old, new, message):
    with pytest.raises(TailmarkError, match=f"balance-99.yaml: .*{message}"):
        printed.parse("balance-99.yaml", GOOD.replace(old, new))


@pytest.mark.parametrize("attested", MEANINGS)
def test_a_difference_names_how_the_number_is_attested(attested):
    """Print needs no word of it, and neither does a number that reproduces."""
    apart = verdict(cell(attested), ours(70.0), False)
    broken = verdict(cell(attested), ours(60.0), True)
    assert (apart.name, broken.name) == ("not reproduced", "impossible as printed")
    for said in (apart, broken):
        assert said.why.endswith(caution(attested))
        assert (f"Attested {attested}: " in said.why) == (attested != "printed")
    assert "Attested" not in verdict(cell(attested), ours(60.0), False).why
    assert "Attested" not in verdict(cell(attested), None, False).why


def test_a_row_without_a_method_of_ours_says_so():
    assert verdict(cell("by-eye", method=""), None, False).why == "We have no such method."
    assert verdict(cell("by-eye"), None, False).why == "We have no run of it."
