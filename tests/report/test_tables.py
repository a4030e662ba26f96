"""Tables: what is bold, underlined, tied, and left out of the ranking."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from tailmark.report.results import Results
from tailmark.report.tables import Block, Entry, Table, _marks, block, percent, suite_tables
from tailmark.report.words import METRICS
from tailmark.statistics import Summary, summary

Small = Callable[..., Results]


def column(results: Results, metric: str = "balanced_accuracy") -> dict[str, Entry]:
    """The single column of a small table."""
    place = results.places[0]
    return {row.method: row.entries[0] for row in block(results, "", [(place, metric)]).rows}


def test_percent_is_printed_like_the_papers() -> None:
    assert percent(summary([0.844, 0.848])) == "84.6 ± 0.3"
    assert percent(summary([0.5])) == "50.0"
    assert percent(None) == ""


def test_best_is_bold_and_second_underlined(small: Small) -> None:
    cells = column(small({"erm": [0.5, 0.5], "rw": [0.7, 0.7], "ldam": [0.8, 0.8]}))
    assert [cells[m].place for m in ("erm", "rw", "ldam")] == ["", "second", "best"]


def test_equals_at_the_printed_precision_share_a_mark(small: Small) -> None:
    cells = column(small({"erm": [0.5, 0.5], "rw": [0.70001, 0.70001], "ldam": [0.7, 0.7]}))
    assert [cells[m].place for m in ("erm", "rw", "ldam")] == ["second", "best", "best"]


def test_where_all_are_equal_nobody_is_best(small: Small) -> None:
    cells = column(small({"erm": [0.7, 0.7], "rw": [0.7, 0.7]}))
    assert {entry.place for entry in cells.values()} == {""}
    assert not any(entry.tied for entry in cells.values())


def test_lower_is_better_for_the_calibration_error(small: Small) -> None:
    cells = column(small({"erm": [0.2, 0.21], "rw": [0.1, 0.11]}, "ece"), "ece")
    assert cells["rw"].place == "best"


def test_the_upper_bound_is_not_ranked_and_stands_last(small: Small) -> None:
    results = small({"balanced": [0.99, 0.99], "erm": [0.5, 0.5], "rw": [0.6, 0.6]})
    rows = block(results, "", [(results.places[0], "balanced_accuracy")]).rows
    assert [row.method for row in rows] == ["erm", "rw", "balanced"]
    assert rows[-1].reference
    assert rows[-1].entries[0].place == ""
    assert rows[1].entries[0].place == "best"


def test_a_difference_that_the_seeds_do_not_show_is_marked(small: Small) -> None:
    clear, unclear = [0.50, 0.51, 0.49, 0.50, 0.50], [0.79, 0.84, 0.76, 0.82, 0.78]
    cells = column(small({"erm": clear, "rw": unclear, "ldam": [0.80, 0.81, 0.79, 0.80, 0.81]}))
    assert [cells[m].tied for m in ("erm", "rw", "ldam")] == [False, True, False]


def test_one_seed_allows_no_test(small: Small) -> None:
    cells = column(small({"erm": [0.79], "rw": [0.80]}))
    assert cells["rw"].place == "best"
    assert not cells["erm"].tied


def test_methods_with_the_same_runs_share_their_marks(results: Results) -> None:
    (table,) = suite_tables(results, "groups")
    rows = {row.method: row for row in table.blocks[0].rows}
    assert rows["balanced-softmax"].same_runs_as == "logit-adjustment"
    assert rows["balanced-softmax"].entries == rows["logit-adjustment"].entries


def test_columns_follow_the_classes(results: Results) -> None:
    binary, (many, mixes) = suite_tables(results, "groups")[0], suite_tables(results, "tail")
    assert "AUROC" in binary.columns
    assert "Few" not in binary.columns
    assert "Few" in many.columns
    assert mixes.columns == ("forward-10", "uniform", "backward-10")


def test_every_protocol_has_its_table(results: Results) -> None:
    assert [table.protocol for table in suite_tables(results, "table-2")] == ["corrected", "released"]


def shape(table: Table) -> set[int]:
    return {len(row.entries) for of in table.blocks for row in of.rows}


def test_every_row_has_every_column(results: Results) -> None:
    for table in suite_tables(results, "tail"):
        assert shape(table) == {len(table.columns)}
        assert len(table.notes) == len(table.columns)
        assert all(isinstance(of, Block) for of in table.blocks)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 1), min_size=1), st.sampled_from(list(METRICS))
)
def test_nothing_shown_beats_the_best(means: dict[str, float], name: str) -> None:
    marks = _marks(name, {m: Summary(mean, 0.0, 2, mean, mean) for m, mean in means.items()})
    sign = -1 if METRICS[name].lower_is_better else 1
    shown = {m: sign * round(100 * mean, 1) for m, mean in means.items()}
    best = [shown[m] for m, mark in marks.items() if mark == "best"]
    second = [shown[m] for m, mark in marks.items() if mark == "second"]
    assert bool(best) == bool(second) == (len(set(shown.values())) > 1)
    assert set(best) <= {max(shown.values())}
    assert all(value < max(shown.values()) for value in second)
