"""Runs over several views in the plan: their keys, their files, their way to another machine and back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tailmark import runs
from tailmark.folders import Folders
from tailmark.params import Params
from tailmark.training import __main__ as command
from tailmark.training import bundle, executors
from tailmark.training.plan import plan, waiting
from tailmark.training.suite import train
from tailmark.training.task import Task
from tailmark.training.worker import attempt

Workspace = Callable[..., tuple[Params, Folders]]


def by_label(params: Params, folders: Folders, protocol: str = "corrected") -> dict[str, Task]:
    planned = plan(params, "views", folders)
    return {item.task.record["method"]: item.task for item in planned if item.task.protocol == protocol}


def test_equal_designs_share_a_run_and_others_do_not(workspace: Workspace, views_suite: str) -> None:
    tasks = by_label(*workspace(views_suite))
    adjusted = tasks.pop("concatenation(loss=logit-adjustment)")
    assert adjusted.key == tasks["concatenation(loss=balanced-softmax)"].key
    assert len({task.key for task in tasks.values()}) == len(tasks)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mor", "fou"),
        ("hidden: 12", "hidden: 13"),
        ("epochs: 3", "steps: 3"),
        ("channels: [4, 8], kernel: 3, hidden: 12", "network: resnet18"),
        ("schedule:", "augment: resized\n    schedule:"),
        ("schedule:", "augment: flips\n    schedule:"),
        ("schedule:", "degraded: 0.1\n    schedule:"),
    ],
)
def test_what_decides_a_result_is_in_the_key(
    workspace: Workspace, views_suite: str, old: str, new: str
) -> None:
    assert old in views_suite
    before = by_label(*workspace(views_suite))["late-fusion"].key
    assert by_label(*workspace(views_suite.replace(old, new)))["late-fusion"].key != before


def test_the_paper_draws_its_weights_another_way(workspace: Workspace, views_suite: str) -> None:
    made, folders = workspace(views_suite)
    ours, theirs = by_label(made, folders)["mmd"], by_label(made, folders, "paper")["mmd"]
    assert ours.fusion is not None and theirs.fusion is not None
    assert (ours.fusion.encoders.init, theirs.fusion.encoders.init) == ("default", "paper")


def test_a_suite_is_trained_and_trained_once(workspace: Workspace, views_suite: str) -> None:
    made, folders = workspace(views_suite.replace("[corrected, paper]", "[corrected]"))
    train(made, "views", folders)
    assert waiting(plan(made, "views", folders)) == []
    tasks = by_label(made, folders)
    sade = runs.read(tasks["sade(view=pix)"].into)
    assert sade.parts["experts"].shape == (100, 3, 10) and sade.logits.shape == (100, 10)
    assert set(sade.parts) == {"experts", "weights/uniform", "weights/backward-2"}
    assert set(runs.read(tasks["mame"].into).parts) > {"confidence", "true_class", "confidence_without/mor"}
    trivial = runs.read(tasks["majority"].into)
    assert (trivial.logits == trivial.logits[0]).all() and trivial.logits[0].argmax() == 0


def test_there_and_back(
    workspace: Workspace, views_suite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, folders = workspace(views_suite)
    here = [by_label(made, folders)[label] for label in ("mame(weights=holdout)", "majority")]
    bundle.pack([*here], tmp_path / "bundle")
    arguments = ["training", str(tmp_path / "bundle"), "--workers", "1", "--device", "cpu"]
    monkeypatch.setattr(sys, "argv", arguments)
    assert command.main() == 0
    assert bundle.unpack(tmp_path / "bundle", folders.runs, folders.models) == 2
    there = runs.read(here[0].into)
    here[0].into.unlink()
    attempt(here[0])
    for name, part in runs.read(here[0].into).parts.items():
        np.testing.assert_array_equal(part, there.parts[name])


BALANCING = """
tier: tiny
data: {datasets: [mfeat]}
training: {device: cpu, workers: 1}
suites:
  views:
    title: Two views of a digit, balanced
    dataset: mfeat
    views: [mor, fou]
    splits: [{kind: tail, ratio: 10, head: 40, test_per_class: 10}]
    protocols: [corrected]
    methods: [concatenation, arl, arl-released, arl-bias-only, ogm, ogm-ge, mmpareto, pmr, agm, g-blending, mla, dgl]
    seeds: [0]
    encoders: {columns: 6}
    schedule: {steps: 4, batch: 16, learning_rate: 0.05, decay: 1.0, optimiser: sgd, drops: [0.5, 0.75], clip: 40}
    watch_views: true
    tuning: {held: 0.25, steps: 2}
"""


def test_a_search_and_a_schedule_travel_whole(workspace: Workspace, tmp_path: Path) -> None:
    made, folders = workspace(BALANCING)
    here = by_label(made, folders)
    bundle.pack([here["arl"], here["concatenation"]], tmp_path / "bundle")
    there = {task.method: task for task in bundle.jobs_of(tmp_path / "bundle") if isinstance(task, Task)}
    for method in ("arl", "concatenation"):
        assert there[method].fusion == here[method].fusion and there[method].fusion is not None
        assert there[method].recipe == here[method].recipe
        assert isinstance(there[method].fusion.search.trials[0], tuple)
        assert attempt(there[method]).error == "" and attempt(here[method]).error == ""
        one, other = runs.read(there[method].into), runs.read(here[method].into)
        for name, part in one.parts.items():
            np.testing.assert_array_equal(part, other.parts[name], err_msg=name)
    assert here["arl"].fusion.search.setting == "gamma" and here["arl"].recipe.drops == (0.5, 0.75)


def test_every_balance_is_a_run_of_its_own(workspace: Workspace) -> None:
    tasks = by_label(*workspace(BALANCING))
    assert len({task.key for task in tasks.values()}) == len(tasks) == 12


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("optimiser: sgd", "optimiser: adam"),
        ("drops: [0.5, 0.75]", "drops: [0.5]"),
        ("clip: 40", "clip: 41"),
        ("watch_views: true", "watch_views: false"),
        ("held: 0.25, steps: 2", "held: 0.25, steps: 3"),
        ("held: 0.25, steps: 2", "held: 0.2, steps: 2"),
    ],
)
def test_what_decides_a_balanced_run_is_in_its_key(workspace: Workspace, old: str, new: str) -> None:
    assert old in BALANCING
    before = by_label(*workspace(BALANCING))["arl"].key
    assert by_label(*workspace(BALANCING.replace(old, new)))["arl"].key != before


def test_settings_that_say_what_is_so_anyway_change_no_key(workspace: Workspace, views_suite: str) -> None:
    before = by_label(*workspace(views_suite))["late-fusion"].key
    said = views_suite.replace("decay: 1.0}", "decay: 1.0, optimiser: adam, drops: [], clip: null}")
    said = said.replace("    seeds:", "    watch_views: false\n    tuning: null\n    seeds:")
    assert said != views_suite
    assert by_label(*workspace(said))["late-fusion"].key == before


def test_a_search_costs_what_its_trials_do(workspace: Workspace) -> None:
    weight, task = executors._weight_of_views, by_label(*workspace(BALANCING))["arl"]
    assert weight(task) == 16 * 2 * (4 + 8 * 2)


def test_the_path_of_a_gpu_trains_the_same_runs(
    workspace: Workspace, views_suite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the device replaced by the CPU: side by side, the longest first."""
    made, folders = workspace(views_suite)
    tasks = by_label(made, folders)
    chosen = [tasks[label] for label in ("late-fusion", "mame", "majority")]
    executors.in_stacks([*chosen], executors.torch.device("cpu"), 2**30, lambda job, report: None)
    there = {task.key: runs.read(task.into) for task in chosen}
    for task in chosen:
        task.into.unlink()
        assert attempt(task).error == ""
        np.testing.assert_array_equal(runs.read(task.into).logits, there[task.key].logits)


def test_the_costliest_run_comes_first(workspace: Workspace, views_suite: str) -> None:
    tasks = by_label(*workspace(views_suite))
    weight = executors._weight_of_views
    assert weight(tasks["mame"]) > weight(tasks["sade(view=pix)"]) > weight(tasks["one-view(view=mor)"])
