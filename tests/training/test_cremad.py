"""From recordings in archives to a trained run: sounds and films of the formats that CREMA-D has, with ResNet-18."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tailmark import datasets, params, splitfiles
from tailmark.evaluate import rows
from tailmark.folders import Folders
from tailmark.training.plan import plan
from tailmark.training.worker import do

SUITE = """
tier: tiny
data: {datasets: [cremad]}
suites:
  heard-and-seen:
    title: Six emotions
    dataset: cremad
    views: [audio, video]
    splits: [{kind: official}]
    protocols: [corrected]
    methods: [arl]
    seeds: [0]
    encoders: {network: resnet18, shrink: 8}
    schedule: {steps: 2, batch: 8, learning_rate: 1.0e-2, decay: 1.0, optimiser: sgd, drops: [0.7], clip: 40}
    augment: resized
    watch_views: true
"""


@pytest.mark.slow
def test_recordings_become_metrics_of_both_views(small_cremad: Path, tmp_path: Path) -> None:
    settings = params.parse(SUITE)
    folders = Folders(prepared=small_cremad, splits=tmp_path / "splits", runs=tmp_path / "runs")
    suite, prepared = settings.suites["heard-and-seen"], datasets.load(small_cremad / "cremad")
    splitfiles.write_all(suite, prepared, folders.splits / "heard-and-seen")
    (planned,) = plan(settings, "heard-and-seen", folders)
    assert len(planned.task.rows) == int((prepared.columns["partition"] == 0).sum())
    assert len(planned.task.test_rows) == int((prepared.columns["partition"] == 1).sum())
    do(planned.task, torch.device("cpu"))
    found = rows(planned)
    assert {row[4] for row in found} == {"arl", "arl@audio", "arl@video"}
    assert all(np.isfinite(row[8]) for row in found if row[7] == "balanced_accuracy")
