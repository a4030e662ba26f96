"""Why the printed ERM rows are 50.0 / 0.0: the doubled softmax collapses where plain logits learn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from tailmark import metrics
from tailmark.folders import Folders
from tailmark.params import Params
from tailmark.training import loop
from tailmark.training.plan import plan
from tailmark.training.ready import ready

SUITE = """
    tier: tiny
    data: {datasets: [mnist5k]}
    suites:
      digits:
        title: Digits
        dataset: mnist5k
        splits: [{kind: groups, ratio: 100, test_per_class: 100}]
        protocols: [corrected, released]
        methods: [erm]
        seeds: [0]
        schedule: {epochs: 20}
    """


@pytest.fixture
def gmeans(workspace: Callable[[str], tuple[Params, Folders]]) -> dict[str, float]:
    made, folders = workspace(SUITE)
    found = {}
    for item in plan(made, "digits", folders):
        task = item.task
        outcome = loop.train(ready(task), torch.device("cpu"))
        matrix = metrics.confusion(task.test_targets, outcome.logits.argmax(1), 2)
        found[task.protocol] = metrics.from_confusion(matrix)["gmean"]
        if task.protocol == "released":
            assert outcome.curves.train_loss[-1] > np.log1p(np.exp(-1))  # never below the floor
    return found


def test_erm_collapses_as_released_and_learns_as_corrected(gmeans: dict[str, float]) -> None:
    assert gmeans["released"] == 0.0
    assert gmeans["corrected"] > 0.20
