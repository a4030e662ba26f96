from __future__ import annotations

import random
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tailmark.errors import TailmarkError
from tailmark.gate import reference
from tailmark.gate.reference import Cell, Reference

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1).filter(
    lambda s: s[0] != "#"
)
CELLS = st.builds(Cell, *(NAMES for _ in Cell._fields))
SEEDS = st.dictionaries(st.integers(0, 99), st.integers(0, 10**6).map(lambda n: n / 10**4), min_size=1)


@given(st.dictionaries(CELLS, SEEDS), st.lists(st.sampled_from(["CPU, torch 2.13.0", "H200"]), unique=True))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
def test_what_is_written_is_read(
    tmp_path: Path, cells: dict[Cell, dict[int, float]], made_on: list[str]
) -> None:
    written = Reference(cells, tuple(made_on))
    reference.write(tmp_path / "quick.csv", written)
    assert reference.read(tmp_path / "quick.csv") == written
    assert [path.name for path in tmp_path.iterdir()] == ["quick.csv"]


def test_the_file_reads_well(tmp_path: Path, table) -> None:
    path = tmp_path / "new" / "quick.csv"
    reference.write(path, Reference(reference.guarded(table(erm=[70.5, 71.25])), ("CPU, torch 2.13.0",)))
    *comments, head, line = path.read_text(encoding="utf-8").splitlines()
    assert comments[-1] == "# made on: CPU, torch 2.13.0"
    assert head == "suite,dataset,split,protocol,method,mix,metric,mean,seeds,values"
    assert line == "tail,mfeat,tail-20,corrected,erm,test,balanced_accuracy,70.88,0 1,70.5000 71.2500"


def test_the_order_of_the_metrics_does_not_show(tmp_path: Path, table) -> None:
    metrics = table(**{"focal(alpha=1, gamma=2)": [60.0, 61], "erm": [70.0, 71], "ldam": [1.0, 2]})
    rows = list(range(len(metrics)))
    random.Random(1).shuffle(rows)
    for name, order in (("a", metrics), ("b", metrics.iloc[rows])):
        reference.write(tmp_path / name, Reference(reference.guarded(order), ()))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_one_mix_a_cell_is_guarded(table) -> None:
    mixes = {
        "own": ["backward-10", "test", "uniform"],
        "uniform": ["backward-10", "forward-10", "uniform"],
        "first": ["forward-10", "backward-10"],
    }
    metrics = pd.concat(
        [table(mix=mix, split=split, erm=[70.0]) for split, own in mixes.items() for mix in own]
    )
    found = {cell.split: cell.mix for cell in reference.guarded(metrics)}
    assert found == {"own": "test", "uniform": "uniform", "first": "backward-10"}


def test_other_metrics_are_not_guarded(table) -> None:
    assert reference.guarded(table(erm=[70.0]).assign(metric="ece")) == {}


def test_readings_of_a_run_are_not_guarded(table) -> None:
    metrics = table(
        **{"mame": [70.0, 71], "mame@equal": [60.0, 61], "mame(weighs=False)@expert-1": [50.0, 51]}
    )
    assert [cell.method for cell in reference.guarded(metrics)] == ["mame"]


def test_a_value_that_is_no_number_counts_as_absent(table) -> None:
    (seeds,) = reference.guarded(table(erm=[70.0, float("nan"), 71.0])).values()
    assert seeds == {0: 70.0, 2: 71.0}


def test_no_reference_says_how_to_write_it(tmp_path: Path) -> None:
    with pytest.raises(TailmarkError, match=r"quick\.csv, found none.*tailmark gate --update"):
        reference.read(tmp_path / "quick.csv")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("method,", "", "Expected the columns suite,"),
        ("0 1", "0 1 2", "one value for each seed.*'0 1 2'.*erm in tail"),
        ("70.0000", "70,0000", "one value for each seed"),
        ("0 1", "0 one", "one value for each seed"),
        (",0 1,70.0000 71.0000", "", "one value for each seed"),
    ],
)
def test_a_damaged_reference_is_refused(tmp_path: Path, table, old: str, new: str, message: str) -> None:
    path = tmp_path / "quick.csv"
    reference.write(path, Reference(reference.guarded(table(erm=[70.0, 71.0])), ()))
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(TailmarkError, match=message):
        reference.read(path)
