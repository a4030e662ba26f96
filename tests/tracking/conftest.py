"""A small project with runs, metrics and a report, made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tailmark import params, runs, tracking
from tailmark.params import Params

PARAMS = """
tier: quick
data: {datasets: [mfeat]}
suites:
  tail:
    title: The exponential long tail
    dataset: mfeat
    splits: [{kind: tail, ratio: 20, mixes: [uniform, forward-10]}]
    protocols: [corrected]
    methods: [logit-adjustment, balanced-softmax]
    seeds: [0, 1]
"""


@dataclass(frozen=True)
class Project:
    root: Path
    params: Params

    def track(self) -> tracking.Counts:
        root = self.root
        return tracking.track(self.params, root / "metrics.parquet", root / "runs", root / "report", root)

    def metrics(self) -> pd.DataFrame:
        return pd.read_parquet(self.root / "metrics.parquet")


def _record(seed: int) -> dict[str, object]:
    return {
        "settings": {
            "recipe": {"epochs": 100, "hidden": [256, 128], "ends_in_softmax": False},
            "objective": {"prior": [0.5] * 200},
            "resampler": None,
        },
        "train_counts": [20, 5],
        "data_digest": "d" * 64,
        "split_digest": "split",
        "code_digest": "code",
        "environment": {"device": "CPU", "torch": "2.13.0", "python": "3.12.1", "platform": "Linux"},
        "seconds": 12.5 + seed,
    }


def _write_run(root: Path, seed: int) -> None:
    curves = {
        "train_loss": np.append(np.linspace(2, 0.1, 99), np.inf).astype(np.float32),
        "eval_epoch": np.arange(5, 101, 5),
        "test_balanced_accuracy": np.linspace(0.1, 0.8, 20),
    }
    run = runs.RunFile(_record(seed), np.zeros((4, 2)), np.arange(4), np.zeros(4), curves)
    runs.write(runs.path_of(root, "tail", f"key{seed}"), run)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Two methods that share their runs, two seeds, two test mixes."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    place = {"suite": "tail", "dataset": "mfeat", "split": "tail-20", "protocol": "corrected"}
    rows = []
    for seed in (0, 1):
        _write_run(tmp_path / "runs", seed)
        rows += [
            place
            | {
                "method": method,
                "seed": seed,
                "mix": mix,
                "metric": metric,
                "value": value,
                "key": f"key{seed}",
            }
            for method in ("logit-adjustment", "balanced-softmax")
            for mix, value in (("uniform", 0.7), ("forward-10", 0.8))
            for metric in ("accuracy", "balanced_accuracy", "recall/0")
        ]
    pd.DataFrame(rows).to_parquet(tmp_path / "metrics.parquet")
    figures = tmp_path / "report" / "figures"
    figures.mkdir(parents=True)
    (figures / "tail.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "report" / "report.html").write_text("<html/>", encoding="utf-8")
    (tmp_path / "params.yaml").write_text(PARAMS, encoding="utf-8")
    return Project(tmp_path, params.load(tmp_path / "params.yaml"))


@pytest.fixture
def client_of() -> Callable[[str], object]:
    """An MLflow client with tailmark's environment."""

    def make(uri: str) -> object:
        from mlflow import MlflowClient  # noqa: PLC0415

        return MlflowClient(tracking_uri=uri)

    return make
