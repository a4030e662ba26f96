"""Evaluation: predictions become one tidy table, the same bytes each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from tailmark import evaluate, runs
from tailmark.errors import TailmarkError
from tailmark.folders import Folders
from tailmark.params import Params
from tailmark.training.plan import plan, waiting
from tailmark.training.task import Task
from tailmark.training.worker import attempt

Workspace = Callable[..., tuple[Params, Folders]]


def test_the_table_holds_every_run_mix_and_metric(workspace: Workspace) -> None:
    made, folders = workspace()
    for task in waiting(plan(made, "tiny", folders)):
        attempt(task)
    evaluate.evaluate(made, folders, folders.metrics("tiny"))
    first = folders.metrics("tiny").read_bytes()
    table = evaluate.read(folders.metrics("tiny"))
    assert list(table.columns) == list(evaluate.COLUMNS)
    assert not table.duplicated(["suite", "split", "protocol", "method", "seed", "mix", "metric"]).any()
    assert set(table["mix"]) == {"uniform", "backward-4"}
    assert set(table["method"]) == {"majority", "erm", "ros", "balanced-softmax", "logit-adjustment"}

    item = next(i for i in plan(made, "tiny", folders) if i.task.method == "erm" and i.task.seed == 1)
    run = runs.read(item.task.into)
    for mix in ("uniform", "backward-4"):
        at = np.isin(run.test_index, item.split.roles[mix])
        truth, said = run.test_targets[at], run.logits[at].argmax(1)
        values = table.query("method == 'erm' and seed == 1 and mix == @mix").set_index("metric")["value"]
        assert values["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(truth, said))
        assert values["macro_f1"] == pytest.approx(f1_score(truth, said, average="macro", zero_division=0))

    evaluate.evaluate(made, folders, folders.metrics("tiny"))
    assert folders.metrics("tiny").read_bytes() == first


@pytest.mark.parametrize(
    ("ends_in_softmax", "objective", "expected"),
    [
        (False, {}, [1.0, 0.0]),
        (False, {"scale": 30.0}, [30.0, 0.0]),
        (True, {"scale": 30.0}, [0.0, np.log(np.finfo(np.float32).tiny)]),
    ],
)
def test_scores_are_what_the_model_holds_probable(
    ends_in_softmax: bool, objective: dict[str, float], expected: list[float]
) -> None:
    record = {"settings": {"recipe": {"ends_in_softmax": ends_in_softmax}, "objective": objective}}
    run = runs.RunFile(record, np.array([[1, 0]], np.float32), np.array([0]), np.array([0]), {})
    np.testing.assert_allclose(evaluate.log_probabilities(run), [expected])


def test_a_missing_run_is_named_and_nothing_is_written(workspace: Workspace) -> None:
    made, folders = workspace()
    n = sum(len(item.jobs) for item in plan(made, "tiny", folders))
    with pytest.raises(
        TailmarkError,
        match=f"{n} of {n} runs and appraisals are not there, tail-10 · corrected · majority · seed 0",
    ):
        evaluate.evaluate(made, folders, folders.metrics("tiny"))
    assert not folders.metrics("tiny").exists()
    with pytest.raises(TailmarkError, match="Expected the metrics table"):
        evaluate.read(folders.metrics("tiny"))


def test_what_is_done_so_far_can_be_looked_at(workspace: Workspace) -> None:
    made, folders = workspace()
    tasks = [job for job in waiting(plan(made, "tiny", folders)) if isinstance(job, Task)]
    for task in tasks[:3]:
        attempt(task)
    unbegun = made.model_copy(update={"suites": {**made.suites, "later": made.suites["tiny"]}})
    evaluate.evaluate(unbegun, folders, folders.metrics("tiny"), so_far=True)
    table = evaluate.read(folders.metrics("tiny"))
    assert set(table["key"]) == {task.key for task in tasks[:3]}
    assert set(table["suite"]) == {"tiny"}


def test_predictions_of_other_rows_are_refused(workspace: Workspace) -> None:
    made, folders = workspace()
    item = plan(made, "tiny", folders)[0]
    attempt(item.task)
    run = runs.read(item.task.into)
    runs.write(item.task.into, replace(run, test_index=run.test_index + 1))
    with pytest.raises(TailmarkError, match="predicts other rows than its split tests"):
        evaluate.rows(item)
