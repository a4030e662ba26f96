"""A project folder to run the command in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from tailmark import cli
from tailmark.folders import Folders

PARAMS = """
tier: tiny
data: {datasets: [mfeat]}
suites:
  tail:
    title: The exponential long tail
    dataset: mfeat
    protocols: [corrected]
    splits: [{kind: tail, ratio: 20}]
    methods: [erm, ldam]
    seeds: [0, 1, 2]
"""


class Said(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder; the environment has nothing that changes what the command does."""
    monkeypatch.chdir(tmp_path)
    for name in ("MLFLOW_TRACKING_URI", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture
def tailmark(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Runs the command as a shell would."""

    def run(*arguments: str) -> Said:
        monkeypatch.setattr("sys.argv", ["tailmark", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Said(int(ended.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
def with_metrics(folder: Path) -> Callable[..., None]:
    """Puts params.yaml and a metrics table in place; `erm` and `ldam` are the values of seeds 0, 1 and 2."""

    def make(erm: list[float], ldam: list[float]) -> None:
        place = {"suite": "tail", "dataset": "mfeat", "split": "tail-20", "protocol": "corrected"}
        rows = [
            place
            | {"method": method, "seed": seed, "mix": "uniform", "metric": metric}
            | {"value": value, "key": f"{method}{seed}"}
            for method, values in (("erm", erm), ("ldam", ldam))
            for seed, value in enumerate(values)
            for metric in ("balanced_accuracy", "gmean", "worst_recall")
        ]
        at = Folders().metrics("tiny")
        (folder / at).parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(rows).to_parquet(folder / at)
        (folder / "params.yaml").write_text(PARAMS, encoding="utf-8")

    return make
