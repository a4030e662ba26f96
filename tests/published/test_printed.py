"""The transcribed tables, against the text of the paper where it is at hand, and how a bad file is refused."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tailmark.errors import TailmarkError
from tailmark.published import printed, table, tables

METHOD_TABLES = range(2, 10)  # Table 1 is about the data, Table 10 has another shape
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
        "arl/1-cremad": 2,
        "arl/1-kinetics_sounds": 5,
        "arl/2-cremad": 8,
        "arl/3-cremad": 5,
        "arl/3-kinetics_sounds": 2,
        "balance/1-balanced_av": 23,
        "balance/1-cremad": 25,
        "balance/1-food101": 22,
        "balance/1-kinetics_sounds": 25,
        "balance/1-mosei": 25,
        "balance/1-ucf101": 22,
        "balance/1-vggsound": 23,
        "fusion/1": 240,
        "fusion/2": 135,
        "fusion/3": 12,
        "fusion/4": 9,
        "mgvae/2": 54,
        "mgvae/3": 54,
        "mgvae/4": 18,
        "mgvae/5": 27,
        "mgvae/6": 27,
        "mgvae/7": 27,
        "mgvae/8": 24,
        "mgvae/9": 24,
        "mgvae/10-fashion_mnist": 3,
        "mgvae/10-mnist": 3,
    }
    assert sum(len(table.cells) for table in tables().values() if table.paper == "mgvae") == 261
    assert sum(len(table.cells) for table in tables().values() if table.paper == "fusion") == 396


def test_one_cell_in_full():
    cell = table("mgvae/3").rows()["RW", "groups-100"]["accuracy"]
    assert (cell.method, cell.column, cell.mean, cell.sd) == ("rw", "B-ACC", 87.8, 0.5)
    assert (cell.unit, cell.runs, cell.emphasis) == (pytest.approx(0.1), 3, "underlined")


def test_emphasis_is_only_what_the_text_shows():
    """Two underlined rows of Table 3 and one of Table 4 survived in the text; nothing is said of the others."""
    marked = Counter((t.id, c.row, c.split) for t in tables().values() for c in t.cells if c.emphasis)
    assert marked == {
        ("mgvae/3", "RW", "groups-100"): 3,
        ("mgvae/3", "LDAM", "groups-600"): 3,
        ("mgvae/4", "OCDCGAN", "counts-20000"): 3,
    }


def test_methods_are_ours_or_none():
    assert {cell.method for table in tables().values() for cell in table.cells} == {
        "",
        *("arl", "arl-released", "concatenation", "concatenation@audio", "concatenation@video", "one-view"),
        *("ogm-ge", "ogm-ge@audio", "ogm-ge@video", "ogm", "mmpareto", "pmr", "agm", "g-blending", "mla"),
        *("erm", "focal", "rw", "cbrw", "ldam", "ros", "smote", "ocvae", "ocdcgan", "mgvae", "balanced"),
        *("mmd", "sade", "mmd-la", "sade-lmf", "m2lc-net", "mame"),
    }


def test_a_row_may_change_settings():
    labels = {id: list(dict.fromkeys(c.label for c in table(id).cells)) for id in ("mgvae/8", "mgvae/9")}
    assert labels == {
        "mgvae/8": ["mgvae(prior=gaussian)", "mgvae(pretraining=False)", "mgvae(ewc=0.0)", "mgvae"],
        "mgvae/9": [f"mgvae(ewc={value})" for value in (500.0, 50000.0, 5000000.0, 500000000.0)],
    }


@pytest.mark.parametrize(
    ("id", "row", "source", "source_row"),
    [("mgvae/8", "MGVAE", "mgvae/2", "MGVAE"), ("mgvae/9", "5e4", "mgvae/3", "MGVAE")],
)
def test_a_row_that_is_printed_twice_is_the_same_twice(id, row, source, source_row):
    def numbers(id, row):
        return [(c.split, c.metric, c.mean, c.sd) for c in table(id).cells if c.row == row]

    assert numbers(id, row) == numbers(source, source_row)


def test_what_is_known_of_a_row_goes_before_what_is_known_of_all():
    musk = table("mgvae/5")
    assert "other code made these numbers" in musk.known_of("SMOTE", released=True)
    assert "first 200 rows" in musk.known_of("RW", released=False)
    assert musk.known_of("RW", released=True) == ""


def test_datasets_and_their_test_sets():
    assert {(t.dataset, t.test_counts) for t in tables().values()} == {
        ("mnist", (5139, 4861)),
        ("fashion_mnist", (5000, 5000)),
        ("musk2", (200, 200)),
        ("water_quality", (300, 300)),
        ("isolet", (200, 200)),
        ("celeba", ()),
        ("mnist+svhn", (892,) * 10),
        ("siim_isic", (6510, 115)),
        *((name, None) for name in ("cremad", "kinetics_sounds", "balanced_av", "vggsound")),
        *((name, None) for name in ("ucf101", "food101", "mosei")),
    }


def paper(number):
    """The text of a paper, or a reason to skip."""
    found = sorted(PAPERS.glob(f"{number}_*.txt"))
    if not found:
        pytest.skip("the text of the paper is not at hand")
    return found[0].read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def text():
    return paper("003")


@pytest.mark.parametrize("number", METHOD_TABLES)
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


@pytest.mark.parametrize("number", METHOD_TABLES)
def test_column_headings(text, number):
    block = text.split(f"\nTable {number}:")[1]
    headings = re.search(r"^(?:\w*\t)?(B-ACC.*)$", block, re.MULTILINE)
    columns = dict.fromkeys(cell.column for cell in table(f"mgvae/{number}").cells)
    assert headings is not None
    assert list(dict.fromkeys(headings[1].split("\t"))) == list(columns)


def lines_of(text, number, ends):
    """The lines with numbers of a table of paper 004, each with its model, which is printed once for several lines."""
    block, model = text.split(f"\nTable {number}:")[1].split(ends)[0], ""
    for line in block.splitlines():
        cells = line.split("\t")
        if len(cells) > 1 and re.fullmatch(r"[\d.]+( \([\d.]+\))?", cells[-1]):
            model = cells[0] or model
            yield [model.replace(" ", ""), *cells[1:]]


@pytest.mark.parametrize(
    ("number", "ends", "lines"),
    [(1, "the training or test data", 24), (2, "\n5.2 ", 9), (3, "\nSimilarly", 6), (4, "\n6 Conclusion", 3)],
)
def test_transcription_of_the_fusion_tables(number, ends, lines):
    """Row by row: label, imbalance ratio where there are several, then every number of the line, in order."""
    ours: dict[tuple[str, ...], list[str]] = {}
    for cell in table(f"fusion/{number}").cells:
        ratio = (cell.split.removeprefix("tail-"),) if number < 3 else ()
        ours.setdefault((cell.row.replace("²", "").replace(" ", ""), *ratio), []).append(cell.printed)
    theirs = [[model.replace("²", ""), *numbers] for model, *numbers in lines_of(paper("004"), number, ends)]
    assert sorted([*key, *numbers] for key, numbers in ours.items()) == sorted(theirs)
    assert len(theirs) == lines


def test_transcription_of_the_fusion_headings():
    """Mixes and columns in printed order."""
    text = paper("004")
    for number, columns in ((1, "ACC\tF1"), (2, "w_1\tw_2\tw_3"), (3, "ACCURACY\tF1"), (4, "w_1\tw_2\tw_3")):
        found = table(f"fusion/{number}")
        block = text.split(f"\nTable {number}:")[1]
        assert columns in block
        assert list(dict.fromkeys(c.column for c in found.cells)) == columns.split("\t")
        if found.by_mix:
            head = re.search(r"^MODEL\tIR\t(.*)$", block, re.MULTILINE)
            assert head is not None
            mixes = [name.lower().replace(" ", "-") for name in head[1].split("\t") if name]
            assert list(dict.fromkeys(c.mix for c in found.cells)) == mixes


def test_one_fusion_cell_in_full():
    """A fraction in points of percent, shown as printed; ten runs with a standard error of 0.0246."""
    cell = table("fusion/1").rows()["MMD", "tail-100, uniform"]["macro_f1"]
    assert (cell.method, cell.column, cell.mix, cell.runs) == ("mmd", "F1", "uniform", 10)
    assert (cell.mean, cell.unit) == (pytest.approx(65.07), pytest.approx(0.01))
    assert cell.sd == pytest.approx(2.46 * 10**0.5)
    assert (cell.printed, cell.text, cell.shown(97.345)) == ("0.6507 (0.0246)", "0.6507", "0.9735")


def test_weights_have_no_spread_and_keep_their_zeros():
    cell = table("fusion/2").rows()["SADE", "tail-100, forward-10"]["weight/2"]
    assert (cell.mean, cell.sd, cell.error, cell.printed) == (pytest.approx(30), None, None, "0.30")


def test_the_view_of_sade_is_that_of_the_table():
    labels = {t.id: {c.label for c in t.cells if c.method == "sade"} for t in tables().values()}
    assert labels["fusion/1"] == labels["fusion/2"] == {"sade(view=svhn)"}
    assert labels["fusion/3"] == labels["fusion/4"] == {"sade(view=image)"}


def test_test_counts_of_a_mix_follow_from_the_pool():
    found = table("fusion/1")
    assert found.counts("uniform") == (892,) * 10
    assert found.counts("forward-50") == (892, 577, 373, 242, 156, 101, 65, 42, 27, 17)
    assert found.counts("backward-10") == (89, 115, 148, 192, 248, 320, 414, 534, 690, 892)
    assert table("fusion/3").counts("test") == (6510, 115)
    assert not table("fusion/3").by_mix


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
        ("{ERM: erm}", "{ERM: {gamma: 2}}", "expected the method of row 'ERM', .* got {'gamma': 2}"),
        ("runs: 3", "runs: 3\nknown: {REM: 'Why.'}", "'every row' under `known`; got REM"),
        ("runs: 3", "runs: 3\nfractions: [F1]", "columns of the table under `fractions`; got F1"),
    ],
)
def test_a_bad_file_is_refused_by_name(old, new, message):
    with pytest.raises(TailmarkError, match=f"mgvae-99.yaml: .*{message}"):
        printed.parse("mgvae-99.yaml", GOOD.replace(old, new))


def test_a_file_may_give_settings_and_what_is_known():
    more = GOOD.replace("{ERM: erm}", "{ERM: {name: focal, gamma: 0, chosen: true}}") + "known: {ERM: Why.}\n"
    read = printed.parse("mgvae-99.yaml", more)
    assert {(c.method, c.label) for c in read.cells} == {("focal", "focal(chosen=True, gamma=0)")}
    assert read.known_of("ERM", released=True) == "Why."
    assert len({hash(cell) for cell in read.cells}) == 2


def test_an_unknown_table_names_the_nearest():
    with pytest.raises(TailmarkError, match=r"got 'mgvae/10-mnst'\. Did you mean 'mgvae/10-mnist'"):
        table("mgvae/10-mnst")
