"""From files in the formats of the real ones to metrics: street digits beside written ones, lesions beside metadata."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tailmark import datasets, evaluate, params, splitfiles
from tailmark.datasets import arrow
from tailmark.datasets.catalogue import mnist, mnist_and_svhn, siim_isic
from tailmark.datasets.declaration import Dataset, Parsed
from tailmark.datasets.decoding import decoded
from tailmark.folders import Folders
from tailmark.training.plan import plan, waiting
from tailmark.training.worker import attempt

SUITE = """
tier: tiny
data: {{datasets: ["{dataset}"]}}
training: {{device: cpu, workers: 1}}
suites:
  views:
    title: Small files in the real format
    dataset: {dataset}
    views: {views}
    splits: [{split}]
    protocols: [corrected, paper]
    methods: [majority, mmd-la, {{name: sade, view: {view}}}, mame]
    seeds: [0]
    encoders: {{channels: [2, 4], kernel: 3, shrink: 2, hidden: 6}}
    schedule: {{steps: 3, batch: 16}}
"""

Run = Callable[..., pd.DataFrame]


@pytest.fixture
def metrics_of(tmp_path: Path) -> Run:
    """Everything between the reader and the metrics table."""

    def run(dataset: Dataset, parsed: Parsed, **settings: str) -> pd.DataFrame:
        folders = Folders(*(tmp_path / name for name in ("prepared", "splits", "runs", "models", "metrics")))
        arrow.write(folders.prepared / dataset.name, dataset, parsed)
        made = params.parse(SUITE.format(dataset=dataset.name, **settings))
        source = datasets.load(folders.prepared / dataset.name)
        splitfiles.write_all(made.suites["views"], source, folders.splits / "views")
        for job in waiting(plan(made, "views", folders)):
            assert attempt(job).error == ""
        evaluate.evaluate(made, folders, folders.metrics("tiny"))
        return evaluate.read(folders.metrics("tiny"))

    return run


def test_street_digits_beside_written_ones(metrics_of: Run, mirror: Path) -> None:
    paths = {
        **{f"mnist/{name}": mirror / "mnist" / name for name in mnist.SHA256},
        **{f"svhn/{name}": mirror / "svhn_mini" / name for name in mnist_and_svhn.MD5},
    }
    parsed = mnist_and_svhn.read(paths)
    table = metrics_of(
        mnist_and_svhn.DATASET,
        parsed,
        views="[mnist, svhn]",
        view="svhn",
        split="{kind: tail, ratio: 8, mixes: [forward-5, uniform, backward-5]}",
    )
    assert set(table["mix"]) == {"forward-5", "uniform", "backward-5"}
    answers = table[table["metric"] == "accuracy"]
    assert {"mame", "mame@oracle", "mame@expert-3", "sade(view=svhn)", "majority"} <= set(answers["method"])
    weights = table[(table["method"] == "mame") & table["metric"].str.startswith("weight/")]
    assert weights.groupby(["protocol", "mix"])["value"].sum().tolist() == pytest.approx([1] * 6)


def picture(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (90, 70), (shade, 120, 120)).save(file, "JPEG")
    return file.getvalue()


def test_lesions_beside_metadata(metrics_of: Run, tmp_path: Path) -> None:
    rows = [
        {
            "image_name": f"ISIC_{i:07d}",
            "patient_id": f"IP_{i // 2:07d}",
            "sex": ["male", "female", ""][i % 3],
            "age_approx": ["45.0", "", "70.0"][i % 3],
            "anatom_site_general_challenge": ["torso", "head/neck", ""][i % 3],
            "diagnosis": "unknown",
            "benign_malignant": "malignant" if i % 6 < 2 else "benign",
            "target": int(i % 6 < 2),
        }
        for i in range(120)
    ]
    with (tmp_path / "train.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    with ZipFile(tmp_path / siim_isic.ARCHIVE, "w") as archive:
        for row in rows:
            archive.writestr(f"train/{row['image_name']}.jpg", picture(200 if row["target"] else 40))
    names = (siim_isic.METADATA, siim_isic.ARCHIVE)
    parsed = decoded(
        siim_isic.read({f"{siim_isic.FOLDER}/{name}": tmp_path / name for name in names}), progress=False
    )
    table = metrics_of(
        replace(siim_isic.DATASET, class_counts=(80, 40)),
        parsed,
        views="[metadata, image]",
        view="image",
        split="{kind: holdout, test: 0.25, grouped: true}",
    )
    assert set(table["mix"]) == {"test"} and set(table["protocol"]) == {"corrected", "paper"}
    found = table[table["method"] == "mame"]["metric"]
    assert {"auroc", "average_precision", "sensitivity_at_90", "f1/1", "weight/3"} <= set(found)
    trivial = table[(table["method"] == "majority") & (table["metric"] == "auroc")]
    assert np.unique(trivial["value"]).tolist() == [0.5]
