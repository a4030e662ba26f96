"""What a run over several views is trained on: held out, resampled, degraded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tailmark.errors import TailmarkError
from tailmark.folders import Folders
from tailmark.nets.views import ViewShape
from tailmark.params import Params
from tailmark.training.plan import plan
from tailmark.training.task import Task
from tailmark.training.views.ready import ready, with_new_samples
from tailmark.training.views.resample import resampled
from tailmark.trainingset import TrainingSet

Workspace = Callable[..., tuple[Params, Folders]]


@pytest.fixture
def task_of(workspace: Workspace, views_suite: str) -> Callable[[str], Task]:
    """The corrected run of a method by its label."""
    made, folders = workspace(views_suite)
    tasks = {item.task.record["method"]: item.task for item in plan(made, "views", folders)[::-1]}
    return tasks.__getitem__


def test_a_holdout_is_a_tenth_of_every_class_and_is_not_trained_on(task_of: Callable[[str], Task]) -> None:
    task = task_of("mame(weights=holdout)")
    made = ready(task)
    assert not np.intersect1d(made.held, made.training.rows).size
    np.testing.assert_array_equal(
        np.sort(np.concatenate([made.held, made.training.rows])), np.arange(len(task.rows))
    )
    counts, held = np.bincount(task.targets), np.bincount(made.held_labels, minlength=10)
    np.testing.assert_array_equal(held, np.maximum(1, np.round(0.1 * counts)).astype(int))
    np.testing.assert_array_equal(ready(task_of("mame")).held, ready(task_of("mame")).training.rows)


def test_a_class_never_gives_away_its_last_sample(task_of: Callable[[str], Task]) -> None:
    task = task_of("mame(weights=holdout)")
    last = np.flatnonzero(task.targets == 9)[0]
    keep = (task.targets != 9) | (np.arange(len(task.targets)) == last)
    made = ready(replace(task, rows=task.rows[keep], targets=task.targets[keep]))
    assert made.training.counts[9] == 1


def test_ros_repeats_whole_samples(task_of: Callable[[str], Task]) -> None:
    made = with_new_samples(ready(task_of("concatenation(resampler=ros)")))
    assert set(made.training.counts) == {40}
    assert len(made.pools["pix"]) == len(made.pools["mor"]) == made.test.max() + 1


def test_smote_makes_new_samples_in_all_views_at_once(task_of: Callable[[str], Task]) -> None:
    task = task_of("concatenation(resampler=ros)")
    assert task.fusion is not None
    before = ready(replace(task, fusion=replace(task.fusion, resampler="smote")))
    np.testing.assert_array_equal(before.training.counts, before.counts)
    made = with_new_samples(before)
    assert set(made.training.counts) == {40}
    assert made.pools["pix"].dtype == np.uint8 and made.pools["mor"].dtype == np.float32
    assert len(made.pools["pix"]) == len(made.pools["mor"]) > made.test.max() + 1
    assert made.test.max() < made.training.rows.max(), "new samples stand after the test rows"


def test_smote_refuses_categories() -> None:
    table = ViewShape("patient", "table", (2,), (3, 0))
    pools = {"patient": np.zeros((4, 2), np.float32)}
    training = TrainingSet(np.empty((4, 0), np.float32), np.arange(4), np.array([0, 0, 0, 1]), 2)
    with pytest.raises(
        TailmarkError, match=r"no meaning for categories; patient holds some. Use `resampler: ros`"
    ):
        resampled(training, pools, (table,), "smote", 0)


def test_every_method_sees_the_same_degraded_samples(task_of: Callable[[str], Task]) -> None:
    def made(label: str) -> dict[str, np.ndarray]:
        task = task_of(label)
        assert task.fusion is not None
        return ready(replace(task, fusion=replace(task.fusion, degraded=0.5))).pools

    one, other = made("one-view(view=mor)"), made("mame")
    assert list(one) == ["mor"]
    np.testing.assert_array_equal(one["mor"], other["mor"])
    lost = (other["pix"] != ready(task_of("mame")).pools["pix"]).any((1, 2))
    assert 0.15 < lost.mean() < 0.35


def test_a_table_with_gaps_in_training_marks_them(task_of: Callable[[str], Task]) -> None:
    made = ready(task_of("mame"))
    assert not any(shape.missing for shape in made.shapes)
