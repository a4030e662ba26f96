"""One training process: takes tasks from a pipe, writes run files, reports. One thread, never an orphan."""

from __future__ import annotations

import multiprocessing
import os
import platform
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import torch

from tailmark import runs
from tailmark.errors import TailmarkError
from tailmark.training import loop
from tailmark.training.appraise import appraise
from tailmark.training.constant import constant
from tailmark.training.outcome import Outcome
from tailmark.training.ready import ready
from tailmark.training.semi.fit import fit as fit_semi
from tailmark.training.semi.ready import ready as ready_of_semi
from tailmark.training.task import Appraisal, Job, LessonTask, Task
from tailmark.training.teach import teach
from tailmark.training.views.fit import fit
from tailmark.training.views.ready import ready as ready_of_views


@dataclass(frozen=True)
class Report:
    """How a task ended: `error` is empty when its run file is there."""

    key: str
    error: str = ""
    traceback: str = ""


Listener = Callable[[Job, Report], None]


def serve(tasks: Connection) -> None:
    """The life of a worker process: until the pipe says None or the parent is gone."""
    _die_with_parent()
    prepare_process()
    while (task := tasks.recv()) is not None:
        tasks.send(attempt(task))


def attempt(job: Job) -> Report:
    """Do one job on the CPU and keep what it makes; whatever goes wrong becomes the report."""
    try:
        do(job, torch.device("cpu"))
    except Exception as error:
        return report_of(job, error)
    return Report(job.key)


def do(job: Job, device: torch.device) -> None:
    """Give a lesson, train a run, or appraise samples; one at a time."""
    if isinstance(job, LessonTask):
        teach(job, device)
    elif isinstance(job, Appraisal):
        appraise(job)
    elif job.semi:
        keep(job, fit_semi(ready_of_semi(job), device), device.type)
    elif job.fusion:
        keep(job, fit(ready_of_views(job), device), device.type)
    elif job.recipe.network == "prior":
        keep(job, constant(job), device.type)
    else:
        keep(job, loop.train(ready(job), device), device.type)


def report_of(task: Job, error: BaseException) -> Report:
    """A failure as the parent hears of it."""
    text = str(error) if isinstance(error, TailmarkError) else f"{type(error).__name__}: {error}"
    return Report(task.key, text, "".join(traceback.format_exception(error)))


def keep(task: Task, outcome: Outcome, device: str) -> None:
    """Write the run file of a finished task."""
    record = {
        **task.record,
        "environment": environment(device),
        "seconds": outcome.seconds,
        "steps": outcome.steps,
    }
    curves = outcome.curves.arrays()
    said = runs.RunFile(record, outcome.logits, task.test_rows, task.test_targets, curves, outcome.parts)
    runs.write(task.into, said)


def environment(device: str) -> dict[str, Any]:
    """Where a run was made; for the record, not for the key."""
    name = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    return {
        "device": name,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "platform": platform.system(),
    }


def prepare_process() -> None:
    """One thread; and no denormal numbers, which a saturated loss breeds and which cost a factor of ten."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
