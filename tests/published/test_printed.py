"""The transcribed tables, against the text of the paper where it is at hand, and how a bad file is refused."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tailmark.errors import TailmarkError
from tailmark.published import printed, table, tables

PAPERS = Path(__file__).parents[3] / "shared" / "papers"

GOOD = """\
paper: mgvae
number: 99
title: A table
dataset: mnist
test_counts: [2, 3]
runs: 3
columns: {B-ACC: accuracy, GM: gmean}
methods: {ERM: erm}
cells:
  natural:
    ERM: [51.40 ± 0.02, _7_ ± 1]
"""


def test_what_is_transcribed():
    assert {id: len(table.cells) for id, table in tables().items()} == {
        "mgvae/2": 54,
        "mgvae/3": 54,
        "mgvae/5": 27,
        "mgvae/6": 27,
        "mgvae/7": 27,
        "mgvae/10-fashion_mnist": 3,
        "mgvae/10-mnist": 3,
    }


def test_one_cell_in_full():
    cell = table("mgvae/3").rows()["RW", "groups-100"]["accuracy"]
    assert (cell.method, cell.column, cell.mean, cell.sd) == ("rw", "B-ACC", 87.8, 0.5)
    assert (cell.unit, cell.runs, cell.emphasis) == (pytest.approx(0.1), 3, "underlined")


def test_emphasis_is_only_what_the_text_shows():
    """Two underlined rows of Table 3 survived in the text; nothing is said of the others."""
    marked = Counter((t.id, c.row, c.split) for t in tables().values() for c in t.cells if c.emphasis)
    assert marked == {("mgvae/3", "RW", "groups-100"): 3, ("mgvae/3", "LDAM", "groups-600"): 3}


def test_methods_are_ours():
    assert {cell.method for table in tables().values() for cell in table.cells} == {
        *("erm", "focal", "rw", "cbrw", "ldam", "ros", "smote", "ocvae", "mgvae", "balanced")
    }


def test_datasets_and_their_test_sets():
    assert {(t.dataset, t.test_counts) for t in tables().values()} == {
        ("mnist", (5139, 4861)),
        ("fashion_mnist", (5000, 5000)),
        ("musk2", (200, 200)),
        ("water_quality", (300, 300)),
        ("isolet", (200, 200)),
    }


@pytest.fixture(scope="module")
def text():
    found = sorted(PAPERS.glob("003_*.txt"))
    if not found:
        pytest.skip("the text of the paper is not at hand")
    return found[0].read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [2, 3, 5, 6, 7])
def test_transcription_of_the_method_tables(text, number):
    """Row by row, in order: label, then every number of the line, with its underlining."""
    block = text.split(f"\nTable {number}:")[1].split("\nTable ")[0]
    lines = [line.split("\t") for line in block.splitlines() if r"\pm" in line]
    ours: dict[str, list[str]] = {}
    for cell in table(f"mgvae/{number}").cells:
        mean = f"<u>{cell.mean}</u>" if cell.emphasis else f"{cell.mean}"
        ours.setdefault(cell.row, []).append(rf"{mean} \pm {cell.sd}")
    assert [[label, *numbers] for label, numbers in ours.items()] == lines


def test_transcription_of_the_upper_bounds(text):
    block = text.split("\nTable 10:")[1]
    line = next(line for line in block.splitlines() if "±" in line)
    halves = [table("mgvae/10-mnist"), table("mgvae/10-fashion_mnist")]
    assert [f"{cell.mean} ± {cell.sd}" for half in halves for cell in half.cells] == line.split("\t")


@pytest.mark.parametrize("number", [2, 3, 5, 6, 7])
def test_column_headings(text, number):
    block = text.split(f"\nTable {number}:")[1]
    headings = re.search(r"^(?:\w*\t)?(B-ACC.*)$", block, re.MULTILINE)
    columns = dict.fromkeys(cell.column for cell in table(f"mgvae/{number}").cells)
    assert headings is not None
    assert list(dict.fromkeys(headings[1].split("\t"))) == list(columns)


def test_a_good_file_gives_its_units():
    read = printed.parse("mgvae-99.yaml", GOOD)
    assert read.id == "mgvae/99"
    assert [(c.mean, c.sd, c.unit, c.emphasis) for c in read.cells] == [
        (51.4, 0.02, pytest.approx(0.01), None),
        (7.0, 1.0, 1.0, "underlined"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title: A table", "titel: A table", "missing or unknown: titel, title"),
        ("51.40 ± 0.02", "51.40 +- 0.02", "got '51.40 \\+- 0.02'"),
        ("51.40 ± 0.02", "_51.40 ± 0.02", "expected numbers like"),
        ("[51.40 ± 0.02, _7_ ± 1]", "[51.40 ± 0.02]", "with 2 numbers; got 1 numbers"),
        ("{ERM: erm}", "{FOCAL: focal}", "expected row 'ERM' of natural under `methods`"),
    ],
)
def test_a_bad_file_is_refused_by_name(old, new, message):
    with pytest.raises(TailmarkError, match=f"mgvae-99.yaml: .*{message}"):
        printed.parse("mgvae-99.yaml", GOOD.replace(old, new))


def test_an_unknown_table_names_the_nearest():
    with pytest.raises(TailmarkError, match=r"got 'mgvae/10-mnst'\. Did you mean 'mgvae/10-mnist'"):
        table("mgvae/10-mnst")
