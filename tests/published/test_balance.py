"""The figures of the modality-balance literature, against the collection that they come from where it is at hand."""

import re
from pathlib import Path

import pytest

from tailmark.published import table, tables

SPECS = Path(__file__).parents[3] / "shared" / "specs"
COLUMNS = {
    "KS": "kinetics_sounds",
    "CREMA-D": "cremad",
    "UCF101": "ucf101",
    "FOOD101": "food101",
    "MOSEI": "mosei",
    "BalancedAV": "balanced_av",
    "VGGSound": "vggsound",
}
WITHOUT = {  # methods of print that we do not have
    *("MMCosine", "UMT", "MBSD", "CML", "LFM", "Relearning", "ReconBoost", "OPM", "Greedy", "AMCo"),
    *("Modality-valuation", "InfoReg", "ARL, head of two layers"),
}


@pytest.fixture(scope="module")
def section():
    """The collected figures, or a reason to skip."""
    file = SPECS / "arl.md"
    if not file.exists():
        pytest.skip("the collection of the figures is not at hand")
    return file.read_text(encoding="utf-8").split("## B.7")[1].split("\n# ")[0]


def test_transcription_of_the_balance_table(section):
    """Row by row and column by column, in order."""
    lines = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line[:2] == "| "
    ]
    head, *rows = lines
    assert head == ["method", *COLUMNS]
    for place, dataset in enumerate(COLUMNS.values(), start=1):
        theirs = {row[0]: row[place].split("/") for row in rows if row[place][0].isdigit()}
        ours: dict[str, list[str]] = {}
        for cell in table(f"balance/1-{dataset}").cells:
            ours.setdefault(cell.row, []).append(cell.printed)
        assert ours == theirs
        assert list(ours) == list(theirs)


@pytest.mark.parametrize(
    ("id", "starts", "ends"),
    [
        ("arl/1-cremad", "ARL [S]: CREMA-D ", "; KS"),
        ("arl/1-kinetics_sounds", "; KS 74", " in the same list"),
        ("arl/2-cremad", "Repo log.txt: ", "\nIndependent"),
        ("arl/3-cremad", "constant 1.5): ", "; KS baseline"),
        ("arl/3-kinetics_sounds", "; KS baseline", " (pretrained)"),
    ],
)
def test_transcription_of_the_numbers_around_arl(section, id, starts, ends):
    """Every number with a decimal point that is said there, however ordered, and no other."""
    said = (starts + section.split(starts)[1].split(ends)[0]).replace("constant 1.5", "")
    theirs = [f"{float(n):.2f}" for n in re.findall(r"\d*\.\d+", said)]
    ours = [f"{value:.2f}" for c in table(id).cells for value in (c.mean, c.sd) if value is not None]
    assert sorted(ours) == sorted(theirs)


def test_tables_are_print_unless_they_say_otherwise():
    found = {id: table.attested for id, table in tables().items() if table.attested != ("printed",)}
    assert {id for id in found if id.startswith("balance/")} == {
        id for id in tables() if id.startswith("balance/")
    }
    assert {kinds for id, kinds in found.items() if id.startswith("balance/")} == {("by-eye",)}
    assert {id: kinds for id, kinds in found.items() if not id.startswith("balance/")} == {
        "arl/1-cremad": ("second-hand",),
        "arl/1-kinetics_sounds": ("second-hand",),
        "arl/2-cremad": ("log",),
        "arl/3-cremad": ("reproduction",),
        "arl/3-kinetics_sounds": ("reproduction",),
    }


def test_rows_without_a_method_of_ours():
    """Besides single modalities of which nobody says which they are."""
    found = {c.row for t in tables().values() for c in t.cells if not c.method}
    assert {row for row in found if not row.startswith("Uni-")} == WITHOUT
    assert {(t.dataset, c.row) for t in tables().values() for c in t.cells if not c.method} >= {
        ("ucf101", "Uni-1"),
        ("ucf101", "Uni-2"),
        ("mosei", "Uni-1"),
        ("mosei", "Uni-2"),
    }


def test_who_answers_for_arl():
    """The paper's number is the method of the text; who ran the released code ran another."""
    assert {
        id: table(id).rows()["ARL", "official"]["accuracy"].method for id in ("arl/1-cremad", "arl/3-cremad")
    } == {
        "arl/1-cremad": "arl",
        "arl/3-cremad": "arl-released",
    }
    assert "`arl-released`" in table("arl/1-cremad").known_of("ARL", released=False)


def whole(percent, of):
    """Whether some number of samples out of so many is printed like this, with two digits."""
    nearest = round(percent * of / 100)
    return any(abs(100 * n / of - percent) <= 0.005 + 1e-9 for n in (nearest - 1, nearest, nearest + 1))


@pytest.mark.parametrize(
    ("dataset", "samples", "others"),
    [
        ("cremad", 704, [65.50, 70.02]),
        ("kinetics_sounds", 1344, [66.62]),
        ("balanced_av", 3840, [73.82]),
    ],
)
def test_the_test_sets_that_the_accuracies_give_away(dataset, samples, others):
    """What the notes say: all but these are whole numbers of samples out of whole batches of 64."""
    found = table(f"balance/1-{dataset}")
    accuracies = [cell.mean for cell in found.cells if cell.metric == "accuracy"]
    assert samples % 64 == 0
    assert [value for value in accuracies if not whole(value, samples)] == others
    assert f"Of the {len(accuracies)} accuracies {len(accuracies) - len(others)} are" in found.note
    assert f"out of {samples:,}" in found.note


def test_of_how_many_clips_the_numbers_around_arl_can_be():
    assert [whole(76.61, of) for of in (744, 704)] == [True, False]
    assert [whole(58.83, of) for of in (744, 704)] == [False, False]
    assert (round(7.44 * 76.61), round(7.44 * 62.90), round(7.44 * 63.31)) == (570, 468, 471)
    assert whole(62.90, 744)
    assert whole(63.31, 744)
