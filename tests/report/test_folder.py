"""From run files to the report's folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tailmark import report, runs
from tailmark.errors import TailmarkError
from tailmark.params import Params
from tailmark.report import records as run_records

ONE = ["suite", "dataset", "split", "protocol", "method", "seed", "key"]


@pytest.fixture(scope="module")
def quick(params: Params, metrics: pd.DataFrame) -> tuple[Params, pd.DataFrame]:
    """One suite is enough to go all the way."""
    few = params.model_copy(update={"suites": {"tail": params.suites["tail"]}})
    return few, metrics[metrics["suite"] == "tail"]


@pytest.fixture(scope="module")
def store(quick: tuple[Params, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run store with a file for each run, as training leaves it."""
    root = tmp_path_factory.mktemp("runs")
    for row in quick[1][ONE].drop_duplicates("key").to_dict("records"):
        epochs = 0 if row["method"] == "majority" else 12
        record = {
            **{name: row[name] for name in ONE},
            "train_counts": [160, 114, 82, 58, 42, 30, 21, 15, 11, 8],
            "test_counts": {"uniform": [40] * 10},
            "data_digest": "cd" * 32,
            "environment": {"device": "CPU", "torch": "2.13.0", "python": "3.12.4", "platform": "Linux"},
            "seconds": 1.5,
        }
        curves = {
            "train_loss": np.linspace(2, 0.1, epochs, dtype=np.float32),
            "eval_epoch": np.arange(1, epochs + 1, 2, dtype=np.int32),
            "test_balanced_accuracy": np.linspace(0.2, 0.9, -(-epochs // 2), dtype=np.float32),
        }
        empty = np.zeros((1, 10), dtype=np.float32)
        run = runs.RunFile(record, empty, np.array([0]), np.array([0]), curves)
        runs.write(runs.path_of(root, "tail", row["key"]), run)
    return root


def test_run_files_are_read_once_and_told_apart(quick: tuple[Params, pd.DataFrame], store: Path) -> None:
    found = run_records.read(store, quick[1])
    assert found.environments == {
        "CPU, torch 2.13.0, Python 3.12.4, Linux": 50
    }  # 11 methods, two of them one
    assert found.seconds == pytest.approx(75)
    assert found.train_counts["tail", "tail-20"][-1] == 8
    assert found.lost == 0
    ldam = [c for c in found.curves_of("tail", "tail-20", "corrected") if c.method == "ldam"]
    assert [curve.seed for curve in ldam] == [0, 1, 2, 3, 4]
    assert ldam[0].epoch.tolist() == list(range(1, 13))
    assert not any(curve.method == "majority" for curve in found.curves)  # it does not learn


def test_what_is_gone_and_what_failed_is_told(
    quick: tuple[Params, pd.DataFrame], store: Path, tmp_path: Path
) -> None:
    record = {"split": "tail-20", "protocol": "corrected", "method": "ldam"}
    path = runs.path_of(tmp_path, "tail", "k")
    runs.note_failure(path, record, "Traceback\n  in loop\nDivergedError: the loss became nan\n")
    found = run_records.read(tmp_path, quick[1])
    assert found.lost == 50
    assert found.failures == {
        ("tail", "tail-20", "corrected", "ldam"): "DivergedError: the loss became nan",
    }


def test_a_report_is_written_whole_and_the_same_twice(
    quick: tuple[Params, pd.DataFrame], store: Path, tmp_path: Path
) -> None:
    stale = tmp_path / "a" / "figures" / "stale.svg"
    stale.parent.mkdir(parents=True)
    stale.write_text("of an earlier tier")
    for name in ("a", "b"):
        report.render(*quick, store, tmp_path / name)
    written = {
        p.relative_to(tmp_path / "a"): p.read_bytes() for p in (tmp_path / "a").rglob("*") if p.is_file()
    }
    again = {
        p.relative_to(tmp_path / "b"): p.read_bytes() for p in (tmp_path / "b").rglob("*") if p.is_file()
    }
    assert written == again
    assert {str(path) for path in written} == {
        *("report.html", "report.md", "metrics.json", "summary.csv", "verdicts.csv"),
        *(f"figures/tail-{kind}.svg" for kind in ("seeds", "tail", "curves")),
        *("tables/tail-corrected.tex", "tables/tail-corrected-tail-20-mixes.tex"),
        *(f"plots/{kind}.csv" for kind in ("balanced_accuracy", "seeds", "tail", "curves", "verdicts")),
    }
    assert "verdicts" not in json.loads(written[Path("metrics.json")])


def test_an_empty_table_is_refused(params: Params, metrics: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(TailmarkError, match=r"empty table\. `dvc repro`"):
        report.render(params, metrics.head(0), tmp_path, tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_the_report_needs_neither_torch_nor_mlflow() -> None:
    heavy = "import sys, tailmark.report; print(sorted({'torch', 'mlflow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
