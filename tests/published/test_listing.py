"""The audit as it is shown: every kind of finding, counted in printed numbers."""

import io

import pytest
from rich.console import Console

from tailmark.errors import TailmarkError
from tailmark.published import listing


@pytest.fixture
def shown():
    def show(paper=None):
        console = Console(file=io.StringIO(), width=220)
        console.print(listing.audited(paper))
        return console.file.getvalue()

    return show


def test_every_paper_is_shown_unless_one_is_named(shown):
    assert shown() == "".join(map(shown, ("arl", "balance", "fusion", "mgvae")))


def test_numbers_are_counted_against_all_that_are_printed(shown):
    lines = shown("mgvae").splitlines()
    assert lines[0].rstrip() == "Paper mgvae: 261 numbers in Tables 2, 3, 4, 5, 6, 7, 8, 9, 10"
    heads = [line for line in lines if " of 261 " in line]
    assert [head.split(".")[0] for head in heads] == [
        "12 of 261 cannot be right",
        "50 of 261 at the limit of rounding",
        "12 of 261 not what the paper's text says",
    ]


def test_each_kind_stands_under_its_own_heading(shown):
    certain, _, rest = shown("mgvae").partition("at the limit of rounding")
    boundary, _, text = rest.partition("not what the paper's text says")
    assert "B-ACC - ASCA = 85.6 - 86.7 = -1.1 [-1.2, -1], but 0 on 200 + 200 test samples" in certain
    assert certain.count("B-ACC - ASCA") == 6
    assert "VAE w/ PT+EWC" in boundary
    assert boundary.count("B-ACC - ASCA") == 25
    assert "6 of 6 rows" in text


def test_the_kinds_of_paper_004(shown):
    lines = shown("fusion").splitlines()
    assert lines[0].rstrip() == "Paper fusion: 396 numbers in Tables 1, 2, 3, 4"
    assert [line.split(".")[0] for line in lines if " of 396 " in line] == [
        "129 of 396 cannot be right",  # 63 pairs, and three weights
        "2 of 396 possible only over runs that differ much",
        "24 of 396 with a standard error that cannot be",
        "25 of 396 not what the paper's text says",  # 12 pairs of standard errors, and one F1
        "11 of 396 to be read with care",
    ]


def test_rows_are_counted_where_a_table_has_mixes_and_reasons_told_where_they_differ(shown):
    said = " ".join(line.strip() for line in shown("fusion").splitlines())
    tally = (
        "Rows of fusion/1: MMD 19 of 20, SADE 0 of 20, MMD-LA 20 of 20, SADE-LMF 4 of 20, M²LC-NET 20 of 20"
    )
    assert tally in said
    assert said.count("Rows of fusion/1:") == 2
    assert "Rows of fusion/2:" not in said  # one finding needs no count
    assert "would then need 183.9 hits" in said
    assert "[ ] holds" not in said
    assert "[ ] holds" in shown("mgvae")


def test_what_is_not_print_is_counted_and_print_needs_no_word(shown):
    said = shown("arl")
    assert said.splitlines()[0].rstrip() == "Paper arl: 22 numbers in Lists 1, 2, 3"
    assert (
        "Attested second-hand: what another says of the paper, whose own text was not at hand. arl/1-cremad (2)"
        in said
    )
    assert "not from the paper. arl/3-cremad (5), arl/3-kinetics_sounds (2)" in said
    assert "Attested" not in shown("mgvae") + shown("fusion")


def test_that_nothing_was_found_is_said_with_its_reason(shown):
    said = shown("balance")
    assert said.splitlines()[0].rstrip() == "Paper balance: 165 numbers in Table 1"
    assert "No contradiction among them. But little can be checked: for 165 of 165 the test samples" in said
    assert "No contradiction" not in shown("mgvae")


def test_a_row_with_two_findings_counts_each_number_once(shown, one_row, monkeypatch):
    table = one_row((50, 50), accuracy=80.0, balanced_accuracy=81.0, gmean=83.0)
    monkeypatch.setattr(listing, "tables", lambda: {"test/1": table})
    assert "3 of 3 cannot be right." in shown("test")


def test_an_unknown_paper_names_the_nearest():
    with pytest.raises(
        TailmarkError, match=r"one of arl, balance, fusion, mgvae; got 'mgva'\. Did you mean 'mgvae'\?"
    ):
        listing.audited("mgva")
