"""Where tasks run: worker processes on the cores of this machine, or stacks on its GPU."""

from __future__ import annotations

import logging
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

import torch

from tailmark.errors import DivergedError, TailmarkError
from tailmark.training import loop, stack
from tailmark.training.lanes import Begin, side_by_side
from tailmark.training.outcome import Outcome
from tailmark.training.queue import Queue
from tailmark.training.ready import Ready, ready
from tailmark.training.semi.fit import begin as begin_semi
from tailmark.training.semi.ready import ready as ready_of_semi
from tailmark.training.task import Appraisal, Job, LessonTask, Task
from tailmark.training.teach_stacks import teach_in_stacks
from tailmark.training.views.fit import begin as begin_of_views
from tailmark.training.views.ready import ready as ready_of_views
from tailmark.training.worker import Listener, Report, keep, prepare_process, report_of, serve

log = logging.getLogger(__name__)

SHARE_OF_MEMORY = 4  # a stack's data may fill a quarter of the device's free memory
LARGEST_GROWTH = 2  # of a training set, when over-sampled
BYTES_A_SAMPLE = 4096  # a generous guess: 1,024 features


def device_of(wish: str) -> str:
    """The device for `auto`, `cpu` or `cuda`."""
    if wish == "cuda" and not torch.cuda.is_available():
        raise TailmarkError(
            "params.yaml asks for `device: cuda`, but torch sees no CUDA device here. Install a CUDA build of "
            "torch and a driver, or set `device: auto`."
        )
    if wish == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wish


def execute(tasks: list[Job], *, device: str, workers: int | str, listen: Listener) -> None:
    """Run every task; each outcome is heard once, in the order in which they end."""
    if not tasks:
        return
    if device == "cuda":
        free, _ = torch.cuda.mem_get_info()
        in_stacks(tasks, torch.device(device), free // SHARE_OF_MEMORY, listen)
    else:
        on_processes(tasks, os.cpu_count() or 1 if workers == "auto" else int(workers), listen)


def on_processes(jobs: list[Job], workers: int, listen: Listener) -> None:
    """A pool of one-thread processes; one that dies costs the job in its hands and is replaced."""
    queue = Queue(jobs)
    with _one_thread_each():
        busy: dict[Connection, tuple[BaseProcess, Job]] = {}
        idle = [_start() for _ in range(min(workers, len(jobs)))]
        try:
            while queue.waiting or busy:
                for job, report in queue.hopeless():
                    listen(job, report)
                while idle and (next_job := queue.take()) is not None:
                    process, pipe = _give(next_job, *idle.pop())
                    busy[pipe] = process, next_job
                heard = wait(list(busy)) if busy else []
                for pipe in [pipe for pipe in busy if pipe in heard]:
                    process, job = busy.pop(pipe)
                    report = _hear(process, pipe, job)
                    idle.append((process, pipe))
                    queue.ended(job, report)
                    listen(job, report)
        finally:
            for process, pipe in [*idle, *((p, c) for c, (p, _) in busy.items())]:
                _stop(process, pipe)


def in_stacks(jobs: list[Job], device: torch.device, room: int, listen: Listener) -> None:
    """Lessons that can share a stack, then runs, stack after stack; `room` bounds the data of one in bytes."""
    prepare_process()
    queue = Queue(jobs)

    def hear(job: Job, report: Report) -> None:
        queue.ended(job, report)
        listen(job, report)

    while queue.waiting:
        for job, report in queue.hopeless():
            listen(job, report)
        ready_now = queue.take_all()
        lessons = [job for job in ready_now if isinstance(job, LessonTask)]
        runs = [job for job in ready_now if isinstance(job, Task)]
        teach_in_stacks(lessons, device, room, hear)
        _train_views([run for run in runs if run.fusion or run.semi], device, hear)
        rows = [run for run in runs if not (run.fusion or run.semi or _trivial(run))]
        for batch in _fitting(rows, room):
            _train_batch(batch, device, hear)
        others = [job for job in ready_now if isinstance(job, Appraisal) or _trivial(job)]
        on_processes(others, os.cpu_count() or 1, hear)  # appraisals are work for cores


def _trivial(job: Job) -> bool:
    """The row that needs no features: a worker answers it without reading any."""
    return isinstance(job, Task) and job.recipe.network == "prior"


def _train_views(tasks: list[Task], device: torch.device, listen: Listener) -> None:
    """Runs over several views, the longest first, so that none is left alone at the end."""
    tasks = sorted(tasks, key=_weight_of_views, reverse=True)

    def hear(number: int, outcome: Outcome | Exception) -> None:
        task = tasks[number]
        if isinstance(outcome, Exception):
            listen(task, report_of(task, outcome))
        else:
            keep(task, outcome, device.type)
            listen(task, Report(task.key))

    side_by_side([partial(_reader, task) for task in tasks], device, hear)


def _reader(task: Task) -> Begin:
    """Reads the data of a run over several views."""
    return begin_semi(ready_of_semi(task)) if task.semi else begin_of_views(ready_of_views(task))


def _weight_of_views(task: Task) -> int:
    """Roughly what a run costs: its samples times its encoders."""
    if task.semi:
        tried = len(task.semi.search.candidates) * task.semi.search.steps if task.semi.search else 0
        return (task.semi.steps + tried) * (task.recipe.batch + task.semi.pool_batch) * len(task.semi.views)
    experts = task.record["settings"]["design"]["experts"]
    encoders = sum(len(expert["views"]) for expert in experts)
    steps = task.fusion.steps if task.fusion else None
    samples = steps * task.recipe.batch if steps else len(task.rows) * task.recipe.epochs
    search = task.fusion.search if task.fusion else None
    if search:
        tried = search.steps * task.recipe.batch if search.steps else samples
        samples += len(search.trials) * tried
    return samples * encoders


def _train_batch(batch: list[Task], device: torch.device, listen: Listener) -> None:
    made: list[tuple[Task, Ready]] = []
    for task in batch:
        try:
            made.append((task, ready(task)))
        except Exception as error:
            listen(task, report_of(task, error))
    made.sort(key=_stack_of)
    for _, members in groupby(made, key=_stack_of):
        _train_stack(list(members), device, listen)


def _stack_of(pair: tuple[Task, Ready]) -> str:
    return repr(stack.stackable(pair[1]))


def _train_stack(members: list[tuple[Task, Ready]], device: torch.device, listen: Listener) -> None:
    runs = [run for _, run in members]
    try:
        stacks = runs[0].recipe.network == "mlp" and not runs[0].recipe.flip
        outcomes = stack.train(runs, device) if stacks else [_alone(run, device) for run in runs]
    except Exception as error:
        for task, _ in members:
            listen(task, report_of(task, error))
        return
    for (task, _), outcome in zip(members, outcomes, strict=True):
        if isinstance(outcome, DivergedError):
            listen(task, report_of(task, outcome))
        else:
            keep(task, outcome, device.type)
            listen(task, Report(task.key))


def _alone(run: Ready, device: torch.device) -> Outcome | DivergedError:
    """A run that cannot share a stack; if it diverges, the others are unharmed."""
    try:
        return loop.train(run, device)
    except DivergedError as error:
        return error


def _fitting(tasks: list[Task], room: int) -> Iterator[list[Task]]:
    """Tasks in batches whose training data fit; one task at least."""
    batch: list[Task] = []
    left = room
    for task in tasks:
        size = LARGEST_GROWTH * len(task.rows) * BYTES_A_SAMPLE
        if batch and size > left:
            yield batch
            batch, left = [], room
        batch.append(task)
        left -= size
    if batch:
        yield batch


def _start() -> tuple[BaseProcess, Connection]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there,), daemon=True)
    process.start()
    there.close()
    return process, here


def _give(task: Job, process: BaseProcess, pipe: Connection) -> tuple[BaseProcess, Connection]:
    """Hand the task to the worker, or to a new one if it died while it waited."""
    try:
        pipe.send(task)
    except OSError:
        _stop(process, pipe)
        process, pipe = _start()
        pipe.send(task)
    return process, pipe


def _hear(process: BaseProcess, pipe: Connection, task: Job) -> Report:
    try:
        report = pipe.recv()
    except (EOFError, OSError):
        process.join()
        return Report(
            task.key,
            f"The worker process died (exit code {process.exitcode}); -9 is often a lack of memory. Set fewer "
            "`training.workers`.",
        )
    assert isinstance(report, Report)
    return report


def _stop(process: BaseProcess, pipe: Connection) -> None:
    if process.is_alive():
        process.terminate()
    process.join()
    pipe.close()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Child processes inherit these before their libraries start."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value
