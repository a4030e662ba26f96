"""The pipeline as a user runs it: `dvc repro` from data to report, and again, and after an edit."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tailmark import evaluate

pytestmark = pytest.mark.slow


def stages_run(output: str) -> set[str]:
    return set(re.findall(r"Running stage '([^']+)'", output))


def test_from_data_to_report_and_only_what_an_edit_concerns(project: Callable[..., Any]) -> None:
    made = project()
    first = made.dvc("repro")
    assert {
        "split@first",
        "train@first",
        "train@second",
        "evaluate",
        "report",
        "gate",
        "track",
    } <= stages_run(first)
    assert "no reference" in first
    metrics = made.folder / "metrics" / "tiny" / "metrics.parquet"
    before, runs = metrics.read_bytes(), run_files(made.folder)
    assert len(runs) == 15 + 3 + 6  # SMOTE's samples are measured
    assert (made.folder / "reports" / "tiny" / "report.html").stat().st_size > 10_000
    assert json.loads((made.folder / "metrics" / "tiny" / "tracked.json").read_text())["added"] == 18 + 6 + 1

    start = time.monotonic()
    again = made.dvc("repro")
    assert not stages_run(again) and "up to date" in again
    assert time.monotonic() - start < 8  # 3 s on a quiet machine: measured where it is quiet

    shown = json.loads(made.dvc("metrics", "show", "--json"))
    assert "balanced_accuracy" in json.dumps(shown)

    made.edit("title: Another", "title: Another name")
    made.edit("    methods: [erm, rw]\n", "    methods: [erm, rw, focal]\n")
    edited = made.dvc("repro")
    assert "train@second" in stages_run(edited)
    assert not {"split@first", "train@first", "split@second"} & stages_run(edited)
    assert runs.items() <= run_files(made.folder).items()  # nothing was trained twice
    table = evaluate.read(metrics)
    assert set(table.query("suite == 'second'")["method"]) == {"erm", "rw", "focal"}

    made.edit(", focal]", "]")
    made.dvc("repro")
    assert metrics.read_bytes() == before


def run_files(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (folder / "runs").rglob("*.npz")}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ratio: 10", "ratio: 0.2", "greater than or equal to 1"),
        ("[erm, rw]", "[erm, wr]", "no method 'wr'. Did you mean 'rw'"),
        ("head: 40", "head: 4000", "needs 4000 samples of class"),
        ("device: cpu", "device: cuda", "asks for `device: cuda`, but torch sees no CUDA device"),
    ],
)
def test_bad_input_is_one_message_and_leaves_nothing(
    project: Callable[..., Any], old: str, new: str, message: str
) -> None:
    import torch  # noqa: PLC0415

    if "cuda" in new and torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    made = project()
    made.edit(old, new)
    output = made.dvc("repro", "train@first", "train@second", fails=True)
    assert message in output
    assert "Traceback" not in output
    assert not list((made.folder / "runs").rglob("*.tmp")) and not list(
        (made.folder / "splits").rglob("*.tmp")
    )
