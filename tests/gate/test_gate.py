from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from tailmark import gate, runs
from tailmark.gate import table as tables

STEADY = [70.0, 70.4, 69.8, 70.1, 69.9]
WILD = [60.0, 75.0, 68.0, 80.0, 55.0]


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    return tmp_path / "reference" / "quick.csv"


def verdicts(result: gate.GateResult) -> dict[str, str]:
    return {row.cells[0].method: row.verdict for row in result.rows}


def test_the_metrics_that_were_accepted_pass(table, reference: Path) -> None:
    metrics = table(erm=STEADY, ldam=WILD)
    said = gate.update(metrics, reference)
    assert "0 cells changed, 2 new, 0 gone, 2 in all" in said
    result = gate.check(metrics, reference)
    assert result.passed
    assert verdicts(result) == {"erm": "ok", "ldam": "ok"}


def test_every_kind_of_change_has_its_verdict(table, reference: Path) -> None:
    gate.update(table(erm=STEADY, ldam=STEADY, rw=STEADY, ros=STEADY, focal=WILD, smote=WILD), reference)
    now = table(
        erm=[value - 3 for value in STEADY],
        rw=[*STEADY[:4], float("nan")],
        ros=[value + 3 for value in STEADY],
        focal=[52.0, 75.0, 62.0, 81.0, 58.0],
        smote=[61.0, 73.0, 68.5, 80.0, 57.0],
        cbrw=STEADY,
    )
    result = gate.check(now, reference)
    assert not result.passed
    assert verdicts(result) == {
        "erm": "fell",
        "ldam": "missing",
        "rw": "seeds",
        "focal": "unsure",
        "smote": "noisy",
        "ros": "rose",
        "cbrw": "new",
    }
    assert " ".join(row.verdict for row in result.rows) == "fell missing seeds unsure noisy rose new"


@pytest.mark.parametrize(
    ("now", "passed"),
    [
        ({"erm": STEADY, "cbrw": STEADY}, True),
        ({"cbrw": STEADY}, False),
        ({"erm": STEADY[:4]}, False),
        ({"erm": [value + 3 for value in STEADY]}, True),
    ],
)
def test_what_fails_and_what_is_only_said(
    table, reference: Path, now: dict[str, list[float]], passed: bool
) -> None:
    gate.update(table(erm=STEADY), reference)
    assert gate.check(table(**now), reference).passed is passed


def test_seeds_are_compared_by_name_not_by_place(table, reference: Path) -> None:
    gate.update(table(erm=STEADY), reference)
    (row,) = gate.check(table(erm=STEADY, seeds=[0, 1, 2, 3, 9]), reference).rows
    assert row.verdict == "seeds"
    assert row.note == "the reference has seeds 0, 1, 2, 3, 4; these runs have 0, 1, 2, 3, 9"


def test_a_seed_that_collapsed_is_named(table, reference: Path) -> None:
    gate.update(table(erm=STEADY), reference)
    (row,) = gate.check(table(erm=[70.0, 70.4, 44.8, 70.1, 69.9]), reference).rows
    assert row.verdict == "unsure"
    assert row.note.startswith("may be chance: seed 2 changed by -25.0; to catch 3 points")


PLACES = [("mnist5k", "groups-20"), ("mnist5k", "groups-100"), ("mfeat", "tail-10"), ("mfeat", "tail-50")]
NOISE = [
    [1.6, -1.4, 0.9, -1.8, 0.7],
    [0.4, 1.8, -1.9, -1.0, 0.7],
    [0.3, 1.7, -1.9, -0.8, 0.7],
    [1.5, -0.9, 0.2, -1.9, 1.1],
]


@pytest.fixture
def four_cells(table) -> Callable[..., pd.DataFrame]:
    """A method `rw` in four cells: what it changed by in each, in points, and what noise adds to that."""

    def make(changes: list[float], noise: list[list[float]] = NOISE, **others: list[float]) -> pd.DataFrame:
        return pd.concat(
            [
                table(
                    dataset=dataset,
                    split=split,
                    rw=[value + change + more for value, more in zip(STEADY, wobble, strict=True)],
                    **others,
                )
                for (dataset, split), change, wobble in zip(PLACES, changes, noise, strict=True)
            ]
        )

    return make


STILL = [[0.0] * 5] * 4


def test_a_method_that_fell_everywhere_is_seen_where_no_cell_can_show_it(four_cells, reference: Path) -> None:
    gate.update(four_cells([0] * 4, STILL, erm=STEADY), reference)
    result = gate.check(four_cells([-3] * 4, erm=STEADY), reference)
    method, *cells = [row for row in result.rows if row.cells[0].method == "rw"]
    assert (method.name, method.verdict) == ("corrected · rw, all 4 cells", "fell")
    assert (method.was, method.now) == (pytest.approx(70.04), pytest.approx(67.04))
    assert [row.verdict for row in cells] == ["unsure"] * 4
    assert not result.passed
    shown = tables.markdown(result)
    assert "failed: 4 of 8 cells and 1 of 2 methods hold." in shown
    assert (
        "| corrected · rw, all 4 cells | 70.04 | 67.04 | -3.00 | ± 0.32 | 2.4 | fell |"
        in shown.split("<details>")[0]
    )
    assert "| corrected · erm, all 4 cells | 70.04 | 70.04 | +0.00 |" in shown.split("<details>")[1]


def test_noise_of_four_cells_is_no_fall(four_cells, reference: Path) -> None:
    gate.update(four_cells([0] * 4, STILL), reference)
    result = gate.check(four_cells([0] * 4), reference)
    assert result.passed
    assert {len(row.cells): row.verdict for row in result.rows} == {4: "ok", 1: "noisy"}


def test_a_method_that_may_have_fallen_names_the_cell_that_fell_most(four_cells, reference: Path) -> None:
    gate.update(four_cells([0] * 4, STILL), reference)
    result = gate.check(four_cells([-1, -2, -4, -1], [[5 * v for v in cell] for cell in NOISE]), reference)
    (method,) = [row for row in result.rows if len(row.cells) == 4]
    assert method.verdict == "unsure"
    assert method.note.startswith(
        "may be chance: tail · tail-10 changed by -4.0; to catch 3 points here takes"
    )
    assert method.note.endswith("seeds; there are 5")


def test_a_method_that_rose_is_told_so(four_cells, reference: Path) -> None:
    gate.update(four_cells([0] * 4, STILL), reference)
    result = gate.check(four_cells([3] * 4), reference)
    assert result.passed
    (method,) = [row for row in result.rows if len(row.cells) == 4]
    assert (method.verdict, method.note) == ("rose", "keep the gain with `tailmark gate --update`")


def test_a_method_is_judged_by_the_cells_that_can_be_compared(four_cells, reference: Path) -> None:
    now = four_cells([0] * 4, STILL)
    gate.update(now, reference)
    result = gate.check(now[now["split"] != "tail-50"], reference)
    assert [(len(row.cells), row.verdict) for row in result.rows][:2] == [(1, "missing"), (3, "ok")]


def test_an_update_makes_a_small_diff(table, reference: Path) -> None:
    gate.update(table(erm=STEADY, ldam=STEADY, rw=STEADY), reference)
    before = reference.read_text(encoding="utf-8").splitlines()
    said = gate.update(table(erm=STEADY, ldam=[70.0] * 5, ros=STEADY), reference)
    after = reference.read_text(encoding="utf-8").splitlines()
    assert "1 cells changed, 1 new, 1 gone, 3 in all" in said
    assert len(set(after) - set(before)) == 2
    assert len(set(before) - set(after)) == 2


def test_the_machines_are_read_from_the_runs(table, reference: Path, tmp_path: Path) -> None:
    metrics = table(erm=STEADY)
    for row in metrics.iloc[:3].itertuples():
        environment = {"device": "CPU", "torch": "2.13.0", "python": "3.12.1", "platform": "Linux"}
        run = runs.RunFile({"environment": environment}, np.zeros((1, 2)), np.zeros(1), np.zeros(1), {})
        runs.write(runs.path_of(tmp_path, row.suite, row.key), run)
    machines = gate.made_on(metrics, tmp_path)
    assert machines == ["CPU, torch 2.13.0, Python 3.12.1, Linux"]
    gate.update(metrics, reference, machines)
    here = " ".join(tables.text(gate.check(metrics, reference, machines)))
    assert "The reference was made on CPU, torch 2.13.0, Python 3.12.1, Linux." in here
    assert "These runs" not in here
    elsewhere = " ".join(tables.text(gate.check(metrics, reference, ["NVIDIA H200"])))
    assert "These runs were made on NVIDIA H200." in elsewhere


def test_the_table_says_what_happened_and_what_to_do(table, reference: Path) -> None:
    gate.update(table(erm=STEADY, focal=WILD, ros=STEADY), reference)
    result = gate.check(
        table(erm=[v - 3 for v in STEADY], focal=[50.0, 76, 60, 81, 60], ros=STEADY), reference
    )
    console = Console(width=200, record=True)
    console.print(tables.terminal(result))
    shown, written = console.export_text(), tables.markdown(result)
    for text in (shown, written):
        assert "tail · tail-20 · corrected · erm" in text
        assert "-3.00" in text
        assert "failed: 1 of 3 cells hold." in text
        assert "`tailmark gate --update`" in text
        assert "at most 1 % false alarms" in text
        assert "to catch 3 points here takes" in text
    assert "| ros" not in written.split("<details>")[0]
    assert "· ros | 70.04 | 70.04 | +0.00 | ± 0.00 | 1.5 | ok |" in written.split("<details>")[1]


def test_a_passed_gate_is_short(table, reference: Path) -> None:
    gate.update(table(erm=STEADY), reference)
    result = gate.check(table(erm=STEADY), reference)
    console = Console(width=200, record=True)
    console.print(tables.terminal(result))
    assert "passed: 1 of 1 cells hold." in console.export_text()
    assert "│" not in console.export_text()


def test_one_seed_is_said_to_promise_nothing(table, reference: Path) -> None:
    gate.update(table(erm=[70.0]), reference)
    (row,) = gate.check(table(erm=[70.0]), reference).rows
    assert (row.verdict, tables.columns(row)[4:6]) == ("noisy", ["-", "-"])
    assert "takes 2 seeds; there are 1" in row.note


def test_readings_neither_fail_nor_pass(tmp_path: Path, table) -> None:
    """An expert alone that falls is no fallen method, and no new cell."""
    before = table(**{"mame": [70.0, 71, 72, 71, 70]})
    gate.update(before, tmp_path / "quick.csv")
    after = pd.concat([before, table(**{"mame@expert-1": [10.0, 11, 12, 11, 10]})])
    result = gate.check(after, tmp_path / "quick.csv")
    assert result.passed
    assert [row.name for row in result.rows] == ["tail · tail-20 · corrected · mame"]
