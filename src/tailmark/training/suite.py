"""Trains a suite: what is done is kept, what fails is noted, the rest goes on."""

from __future__ import annotations

from typing import Any

from tailmark import runs
from tailmark.errors import TailmarkError
from tailmark.folders import Folders
from tailmark.params import Params
from tailmark.training.executors import device_of, execute
from tailmark.training.plan import done, plan, waiting
from tailmark.training.progress import shown
from tailmark.training.task import Appraisal, Job, LessonTask
from tailmark.training.worker import Report


def told(job: Job) -> dict[str, Any]:
    """What a failure is filed under."""
    if isinstance(job, LessonTask):
        return {"lesson": job.label, "seed": job.seed}
    return job.task.record if isinstance(job, Appraisal) else job.record


def train(params: Params, name: str, folders: Folders) -> None:
    """Train every run of the suite that is not done; raise at the end if any failed."""
    device = device_of(params.training.device)
    planned = plan(params, name, folders)
    todo = waiting(planned)
    total = len(todo) + done(planned)
    folder = folders.runs / name
    folder.mkdir(parents=True, exist_ok=True)
    for store in (folder, folders.models):
        runs.sweep(store)
    failed: list[str] = []
    with shown(name, total, total - len(todo)) as show:

        def listen(job: Job, report: Report) -> None:
            if report.error:
                failed.append(f"{job.label}: {report.error}")
                runs.note_failure(job.into, told(job), report.traceback or report.error)
            show(job, report)

        for job in todo:
            runs.forget_failure(job.into)
        execute(todo, device=device, workers=params.training.workers, listen=listen)
    if failed:
        raise TailmarkError(
            f"{len(failed)} of {total} runs of suite '{name}' failed; the others are kept, and the next "
            f"`dvc repro` retries only these. Tracebacks: {folder}/*{runs.FAILED}, those of generators in "
            f"{folders.models}.\n  " + "\n  ".join(failed)
        )
