"""Training a suite: done runs stay, failures are noted and retried, a dead worker costs one run."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest
import torch

from tailmark import appraisals, runs
from tailmark.appraisals import SUFFIX
from tailmark.errors import TailmarkError
from tailmark.folders import Folders
from tailmark.generators import store
from tailmark.params import Params
from tailmark.training import executors, suite
from tailmark.training.plan import plan, waiting
from tailmark.training.progress import shown
from tailmark.training.task import Job, LessonTask, Task
from tailmark.training.worker import Report, attempt

Workspace = Callable[..., tuple[Params, Folders]]


def runs_of(made: Params, folders: Folders) -> list[Task]:
    """The runs of the suite that are not done, without lessons and appraisals."""
    return [job for job in waiting(plan(made, "tiny", folders)) if isinstance(job, Task)]


def test_a_suite_is_trained_once_and_only_what_is_missing_again(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    made, folders = workspace()
    jobs = waiting(plan(made, "tiny", folders))
    assert sum(isinstance(job, Task) for job in jobs) == 8  # 10 runs; two methods are one
    suite.train(made, "tiny", folders)
    files = sorted((folders.runs / "tiny").iterdir())
    assert files == sorted(job.into for job in jobs if not isinstance(job, LessonTask))
    assert f"tiny: {len(jobs)} of {len(jobs)} runs done, 0 failed" in capsys.readouterr().err
    files = [file for file in files if not file.name.endswith(SUFFIX)]
    stamps = {f: f.stat().st_mtime_ns for f in files}
    first = files[0].read_bytes()
    files[0].unlink()
    (folders.runs / "tiny" / "left.123.tmp").write_text("half a file")
    suite.train(made, "tiny", folders)
    again = sorted(f for f in (folders.runs / "tiny").iterdir() if not f.name.endswith(SUFFIX))
    assert again == files
    assert [f for f in files if f.stat().st_mtime_ns != stamps[f]] == [files[0]]
    logits = [runs.read(files[0]).logits, np.load(_kept(first, folders))["logits"]]
    np.testing.assert_array_equal(*logits)


def _kept(content: bytes, folders: Folders) -> Path:
    path = folders.runs / "before.npz"
    path.write_bytes(content)
    return path


def test_a_failing_run_is_noted_and_the_others_go_on(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    made, folders = workspace()
    poison = runs_of(made, folders)[2]
    poison.into.parent.mkdir(parents=True)
    poison.into.with_suffix(".npz").mkdir()  # a folder stands where the file should go
    rest = [task for task in runs_of(made, folders) if task.key != poison.key]
    poison.into.rmdir()
    blocked = replace(poison, rows=poison.rows[:0], targets=poison.targets[:0])
    heard: list[tuple[Task, Report]] = []
    executors.on_processes([blocked, *rest], 2, lambda task, report: heard.append((task, report)))
    errors = {task.key: report for task, report in heard if report.error}
    assert list(errors) == [poison.key] and "Traceback" in errors[poison.key].traceback
    assert all(task.into.exists() for task in rest) and not poison.into.exists()


def test_the_suite_ends_with_the_list_and_retries_only_those(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, folders = workspace()
    jobs = waiting(plan(made, "tiny", folders))
    victim = next(job for job in jobs if isinstance(job, Task) and job.method == "erm")

    def broken(tasks: list[Job], *, listen: executors.Listener, **_: object) -> None:
        for task in tasks:
            listen(
                task,
                Report(task.key, "ValueError: no", "Traceback: no")
                if task.key == victim.key
                else attempt(task),
            )

    monkeypatch.setattr(suite, "execute", broken)
    with pytest.raises(
        TailmarkError,
        match=rf"(?s)1 of {len(jobs)} runs of suite 'tiny' failed.*retries only these.*ValueError: no",
    ):
        suite.train(made, "tiny", folders)
    (failure,) = runs.failures(folders.runs, "tiny")
    assert failure["key"] == victim.key and failure["traceback"] == "Traceback: no"
    monkeypatch.undo()
    assert [t.key for t in waiting(plan(made, "tiny", folders))] == [victim.key]
    suite.train(made, "tiny", folders)
    assert not runs.failures(folders.runs, "tiny") and victim.into.exists()


def test_a_killed_worker_costs_the_run_in_its_hands(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, folders = workspace()
    tasks = runs_of(made, folders)
    started, timers = executors._start, []

    def start_and_kill_the_first() -> tuple[BaseProcess, Connection]:
        process, pipe = started()
        if not timers:  # the task is sent at once, and the process takes longer than this to import torch
            assert process.pid is not None
            timers.append(threading.Timer(0.3, os.kill, (process.pid, signal.SIGKILL)))
            timers[0].start()
        return process, pipe

    monkeypatch.setattr(executors, "_start", start_and_kill_the_first)
    heard: list[Report] = []
    executors.on_processes(tasks, 1, lambda _, report: heard.append(report))
    (error,) = [report.error for report in heard if report.error]
    assert "died (exit code -9)" in error
    assert len(runs_of(made, folders)) == 1


def test_the_number_of_workers_decides_no_bit(workspace: Workspace) -> None:
    made, folders = workspace()
    tasks = runs_of(made, folders)[:4]
    results = []
    for workers in (1, 2):
        executors.execute(tasks, device="cpu", workers=workers, listen=lambda *_: None)
        results.append([runs.read(task.into).logits for task in tasks])
        for task in tasks:
            task.into.unlink()
    for one, two in zip(*results, strict=True):
        np.testing.assert_array_equal(one, two)


def test_stacks_keep_the_same_runs_as_processes(workspace: Workspace) -> None:
    """The path of a GPU, on the CPU: batches, stacks, run files, and one task that cannot be made ready."""
    made, folders = workspace()
    tasks = runs_of(made, folders)
    expected = {}
    for task in tasks:
        attempt(task)
        expected[task.key] = runs.read(task.into).logits
        task.into.unlink()
    heard: list[Report] = []
    reads = next(task for task in tasks if task.method == "erm")  # the trivial row reads no data
    broken = replace(reads, key="broken", data=folders.runs / "nowhere")
    room = 3 * executors.LARGEST_GROWTH * executors.BYTES_A_SAMPLE * len(tasks[0].rows)
    executors.in_stacks([broken, *tasks], torch.device("cpu"), room, lambda _, report: heard.append(report))
    assert [report.key for report in heard if report.error] == ["broken"]
    assert {report.key for report in heard} == {"broken", *expected}
    for task in tasks:
        np.testing.assert_allclose(runs.read(task.into).logits, expected[task.key], atol=2e-5)


def test_stacks_do_every_kind_of_job_as_processes_do(workspace: Workspace, generating: str) -> None:
    """Lessons, runs and appraisals: the same files, models and runs to rounding."""
    made, folders = workspace(generating)
    jobs = waiting(plan(made, "tiny", folders))
    outcomes = []
    for in_stacks in (False, True):
        heard: list[Report] = []

        def listen(_: Job, report: Report, heard: list[Report] = heard) -> None:
            heard.append(report)

        if in_stacks:
            executors.in_stacks(jobs, torch.device("cpu"), 10**9, listen)
        else:
            executors.on_processes(jobs, 1, listen)
        assert sorted(report.key for report in heard) == sorted(job.key for job in jobs)
        assert not [report.error for report in heard if report.error]
        outcomes.append([numbers_of(job) for job in jobs])
        for job in jobs:
            job.into.unlink()
    for job, one, other in zip(jobs, *outcomes, strict=True):
        for name, value in one.items():
            np.testing.assert_allclose(
                other[name], value, rtol=1e-2, atol=5e-4, err_msg=f"{job.label} {name}"
            )


def numbers_of(job: Job) -> dict[str, np.ndarray]:
    """What a job left, as arrays; of an appraisal whose samples differ by rounding, what does not jump."""
    if isinstance(job, LessonTask):
        model = store.read(job.into)
        return {**model.weights, "losses": model.losses}
    if isinstance(job, Task):
        return {"logits": runs.read(job.into).logits}
    quality = appraisals.read(job.into).quality
    return {f"{label} spread": np.array(numbers["total_spread"]) for label, numbers in quality.items()}


@pytest.mark.parametrize("in_stacks", [False, True])
def test_a_lesson_that_fails_takes_those_that_need_it_and_nothing_else(
    workspace: Workspace, generating: str, in_stacks: bool
) -> None:
    made, folders = workspace(generating.replace("fisher_samples: 3", "learning_rate: 1.0e+30"))
    jobs = waiting(plan(made, "tiny", folders))
    errors: dict[str, str] = {}

    def listen(job: Job, report: Report) -> None:
        errors[job.label] = report.error

    if in_stacks:
        executors.in_stacks(jobs, torch.device("cpu"), 10**9, listen)
    else:
        executors.on_processes(jobs, 1, listen)
    broken = {label: error for label, error in errors.items() if error}
    assert len(errors) == len(jobs) and len(broken) == 4  # two lessons, the run, and its appraisal
    assert "DivergedError" in broken.pop("mnist5k · pretraining · seed 0")
    assert all("It needs what failed: mnist5k · " in error for error in broken.values())
    assert all("DivergedError: The loss of the generator 'pretraining'" in e for e in broken.values())
    for job in jobs:
        assert job.into.exists() == (not errors[job.label])


def test_a_run_that_diverges_in_a_stack_is_reported(workspace: Workspace) -> None:
    made, folders = workspace()
    erm = next(task for task in runs_of(made, folders) if task.method == "erm")
    wild = replace(erm, recipe=replace(erm.recipe, learning_rate=1e38))
    heard: list[Report] = []
    executors.in_stacks([wild], torch.device("cpu"), 1, lambda _, report: heard.append(report))
    assert "DivergedError" in heard[0].error and not wild.into.exists()


def test_cuda_where_there_is_none_is_an_error() -> None:
    if torch.cuda.is_available():
        assert executors.device_of("auto") == executors.device_of("cuda") == "cuda"
        return
    with pytest.raises(TailmarkError, match="asks for `device: cuda`, but torch sees no CUDA device"):
        executors.device_of("cuda")
    assert executors.device_of("auto") == executors.device_of("cpu") == "cpu"


def test_a_run_records_how_it_was_made(workspace: Workspace) -> None:
    made, folders = workspace()
    task = next(task for task in runs_of(made, folders) if task.method == "erm")
    assert attempt(task) == Report(task.key)
    run = runs.read(task.into)
    assert run.record["environment"]["torch"] == torch.__version__
    assert run.record["settings"]["recipe"]["epochs"] == 2 == len(run.curves["train_loss"])
    assert run.record["steps"] == 2 * -(-sum(run.record["train_counts"]) // 20)
    assert run.logits.shape == (200, 10)
    assert run.curves["eval_epoch"].tolist() == [1, 2]
    assert json.dumps(run.record)


def test_the_majority_row_always_says_the_largest_class(workspace: Workspace) -> None:
    made, folders = workspace()
    task = next(task for task in runs_of(made, folders) if task.method == "majority")
    attempt(task)
    assert (runs.read(task.into).logits.argmax(1) == 0).all()


def test_on_a_terminal_progress_is_live(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    made, folders = workspace()
    task = runs_of(made, folders)[0]
    with shown("tiny", 3, 1) as listen:
        listen(task, Report(task.key))
        listen(task, Report(task.key, "ValueError: [no]"))
    output = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", capsys.readouterr().err)
    assert "3/3" in output and "1 failed" in output and "ValueError: [no]" in output


def test_without_a_terminal_failures_are_lines(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    made, folders = workspace()
    task = runs_of(made, folders)[0]
    with shown("tiny", 20, 5) as listen:
        for _ in range(14):
            listen(task, Report(task.key))
        listen(task, Report(task.key, "ValueError: no"))
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith("tiny: 20 of 20 runs done, 1 failed, about 0 s left")
    assert lines[-2] == f"tiny: failed {task.label}: ValueError: no"
    assert len(lines) < 12
