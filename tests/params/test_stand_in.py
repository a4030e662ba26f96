"""A suite on other data than those of the tables that it is set beside."""

from __future__ import annotations

import pytest

from tailmark import params
from tailmark.errors import TailmarkError

SUITE = """
tier: mine
data: {datasets: [mfeat, mnist]}
suites:
  one:
    title: One
    dataset: mfeat
    splits: [{kind: tail, ratio: 10, test_per_class: 20}]
    protocols: [corrected]
    methods: [erm]
    seeds: [0, 1, 2]
    tables: [mgvae/2]
    stand_in: Digits of pens stand in for MNIST.
"""


def test_it_says_what_stands_in() -> None:
    assert params.parse(SUITE).suites["one"].stand_in == "Digits of pens stand in for MNIST."
    assert params.parse(SUITE.partition("    stand_in")[0]).suites["one"].stand_in == ""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    tables: [mgvae/2]\n", "", "suites.one: expected `tables` beside `stand_in`.*; got none"),
        (
            "dataset: mfeat",
            "dataset: mnist",
            "data of mgvae/2, but it uses these very data, 'mnist'. Leave out",
        ),
    ],
)
def test_it_must_stand_in_for_something(old: str, new: str, message: str) -> None:
    assert old in SUITE
    with pytest.raises(TailmarkError, match=message):
        params.parse(SUITE.replace(old, new).replace(", test_per_class: 20", ""))
