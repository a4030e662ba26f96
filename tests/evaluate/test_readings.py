"""The readings of one run: as it answers, with equal and best weights, and each expert alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tailmark import evaluate
from tailmark.folders import Folders
from tailmark.params import Params
from tailmark.readings import confidences, readings
from tailmark.runs import RunFile
from tailmark.training.plan import plan, waiting
from tailmark.training.worker import attempt

Workspace = Callable[..., tuple[Params, Folders]]
DRAWS = np.random.default_rng(0)
AT = np.arange(20, 60)


@pytest.fixture
def run() -> RunFile:
    """Three experts on 60 samples of four classes: the second knows, the others guess."""
    targets = np.arange(60) % 4
    experts = DRAWS.normal(size=(60, 3, 4))
    experts[np.arange(60), 1, targets] += 6
    parts = {"experts": experts.astype(np.float32), "weights/uniform": np.array([0.2, 0.5, 0.3])}
    return RunFile({}, experts.mean(1).astype(np.float32), np.arange(60), targets, {}, parts)


def test_a_run_of_several_experts_is_read_in_every_way(run: RunFile) -> None:
    found = {reading.name: reading for reading in readings(run, run.logits, "uniform", AT)}
    assert list(found) == ["", "equal", "oracle", "expert-1", "expert-2", "expert-3"]
    experts = run.parts["experts"][AT].astype(np.float64)
    np.testing.assert_allclose(found[""].logits, np.einsum("nek,e->nk", experts, [0.2, 0.5, 0.3]))
    np.testing.assert_allclose(found["equal"].logits, experts.mean(1))
    np.testing.assert_allclose(found["expert-2"].logits, experts[:, 1])
    assert found[""].extra == {"weight/1": 0.2, "weight/2": 0.5, "weight/3": 0.3}
    assert found["oracle"].extra["weight/2"] > 0.9


def test_the_oracle_looks_at_the_labels_of_its_mix_alone(run: RunFile) -> None:
    before = [reading.logits for reading in readings(run, run.logits, "uniform", AT)]
    run.test_targets[:20] = 0
    for one, other in zip(before, readings(run, run.logits, "uniform", AT), strict=True):
        np.testing.assert_array_equal(one, other.logits)


def test_equal_experts_have_no_weights_to_compare(run: RunFile) -> None:
    del run.parts["weights/uniform"]
    names = [reading.name for reading in readings(run, run.logits, "uniform", AT)]
    assert names == ["", "expert-1", "expert-2", "expert-3"]


def test_one_classifier_is_read_once(run: RunFile) -> None:
    run.parts["experts"] = run.parts["experts"][:, :1]
    (only,) = readings(run, run.logits, "uniform", AT)
    assert only.name == "" and not only.extra
    np.testing.assert_array_equal(only.logits, run.logits[AT])


def test_confidences_by_view_and_class(run: RunFile) -> None:
    assert confidences(run, ["a", "b"], 4) == {}
    said = np.stack([run.test_targets / 4, np.full(60, 0.5)], axis=1)
    run.parts.update(
        {
            "confidence": said,
            "true_class": np.full((60, 2), 0.5),
            "confidence_without/a": said - 0.25,
            "confidence_without/b": said,
        }
    )
    found = confidences(run, ["a", "b"], 4)
    assert found["confidence/a/3"] == 0.75 and found["confidence/a/3/noise in a"] == 0.5
    assert found["confidence/b/1/noise in b"] == 0.5
    assert found["confidence/a/error"] == pytest.approx(((run.test_targets / 4 - 0.5) ** 2).mean())
    assert found["confidence/a/constant"] == 0
    assert (found["confidence/a/low"], found["confidence/a/high"]) == (0, 0.75)


def test_the_metrics_table_names_readings_after_their_method(workspace: Workspace, views_suite: str) -> None:
    made, folders = workspace(views_suite.replace("[corrected, paper]", "[corrected]"))
    for task in waiting(plan(made, "views", folders)):
        if task.label.split(" · ")[2] in ("mame", "majority"):
            attempt(task)
    evaluate.evaluate(made, folders, folders.metrics("tiny"), so_far=True)
    table = evaluate.read(folders.metrics("tiny"))
    readings_of_mame = {f"mame@{name}" for name in ("equal", "oracle", "expert-1", "expert-2", "expert-3")}
    assert set(table["method"]) == {"majority", "mame", *readings_of_mame}
    assert table.loc[table["method"].str.startswith("mame"), "key"].nunique() == 1
    assert not table.duplicated(["split", "method", "seed", "mix", "metric"]).any()
    weights = table[(table["method"] == "mame") & table["metric"].str.startswith("weight/")]
    assert weights.groupby("mix")["value"].sum().tolist() == pytest.approx([1, 1])
    told = table[table["metric"].str.startswith("confidence/pix")]
    assert set(told["mix"]) == {"uniform"} and set(told["method"]) == {"mame"}
