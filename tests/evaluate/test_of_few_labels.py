"""What a run with few labels adds to the metrics table: its pool, its tuned setting, other readings of its network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tailmark import evaluate, runs
from tailmark.folders import Folders
from tailmark.gate.reference import guarded
from tailmark.params import Params
from tailmark.readings import readings
from tailmark.report.results import index
from tailmark.report.tables import suite_tables
from tailmark.runs import RunFile
from tailmark.training.plan import Planned, plan
from tailmark.training.worker import attempt

CONFUSION = np.array([[[5, 5], [0, 2]], [[8, 2], [1, 1]]], dtype=np.int32)  # at two steps
PARTS = {
    "pool/steps": np.array([0, 10]),
    "pool/confusion": CONFUSION,
    "tuning/values": np.array([0.95, 0.9, 0.8, 0.7]),
    "tuning/scores": np.array([0.1, 0.4, 0.3, 0.2]),
    "tuning/chosen": np.array(0.9),
}
ADDED = {
    *("pool/balanced_accuracy", "pool/kl", "tuned/threshold"),
    *(f"pool/{name}/{label}" for name in ("recall", "precision") for label in (0, 1)),
}


@pytest.fixture
def run() -> RunFile:
    record = {"settings": {"tuned": "threshold"}}
    draws = np.random.default_rng(0)
    parts = {**PARTS, "reading/generative": draws.normal(size=(8, 2)).astype(np.float32)}
    logits = draws.normal(size=(8, 2)).astype(np.float32)
    return RunFile(record, logits, np.arange(8), np.arange(8) % 2, {}, parts)


def test_the_pool_is_told_as_it_was_in_the_end(run: RunFile) -> None:
    found = evaluate.of_pool(run)
    assert found.keys() == ADDED - {"tuned/threshold"}
    assert found["pool/recall/0"] == 0.8 and found["pool/precision/1"] == pytest.approx(1 / 3)
    assert found["pool/balanced_accuracy"] == pytest.approx(0.65)


def test_the_chosen_value_bears_the_name_of_its_setting(run: RunFile) -> None:
    assert evaluate.of_tuning(run) == {"tuned/threshold": 0.9}


def test_a_run_without_a_pool_or_a_search_tells_neither(run: RunFile) -> None:
    run.parts.clear()
    assert evaluate.of_pool(run) == {} == evaluate.of_tuning(run)


def test_another_answer_of_the_network_is_a_reading(run: RunFile) -> None:
    at = np.array([1, 4, 6])
    own, other = readings(run, run.logits.astype(np.float64), "uniform", at)
    assert (own.name, other.name) == ("", "generative")
    np.testing.assert_array_equal(own.logits, run.logits[at])
    np.testing.assert_array_equal(other.logits, run.parts["reading/generative"][at])


@pytest.fixture
def item(workspace: Callable[..., tuple[Params, Folders]]) -> tuple[Params, Planned]:
    """A trained run."""
    made, folders = workspace()
    chosen = next(item for item in plan(made, "tiny", folders) if item.task.method == "erm")
    attempt(chosen.task)
    return made, chosen


def table(item: Planned) -> pd.DataFrame:
    return pd.DataFrame(evaluate.rows(item), columns=list(evaluate.COLUMNS))


def test_the_new_rows_stand_beside_the_others_and_change_nothing(item: tuple[Params, Planned]) -> None:
    params, planned = item
    before, path = table(planned), planned.task.into
    kept = runs.read(path)
    kept.record["settings"]["tuned"] = "threshold"
    runs.write(path, replace(kept, parts={**PARTS, "reading/generative": -kept.logits}))
    after = table(planned)

    added = after[~after["metric"].isin(before["metric"])]
    assert set(added["metric"]) == ADDED
    assert set(added["mix"]) == {"uniform"} and set(added["method"]) == {"erm"}
    own = after[(after["method"] == "erm") & ~after["metric"].isin(ADDED)]
    pd.testing.assert_frame_equal(own.reset_index(drop=True), before)
    other = after[after["method"] == "erm@generative"]
    assert set(other["mix"]) == {"uniform", "backward-4"} and set(other["metric"]) == set(before["metric"])

    assert guarded(after) == guarded(before)
    assert suite_tables(index(params, after), "tiny") == suite_tables(index(params, before), "tiny")
