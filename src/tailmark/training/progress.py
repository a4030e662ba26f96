"""What a person sees while a suite trains: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tailmark.training.task import Job
from tailmark.training.worker import Listener, Report

LINES = 10  # about how many plain lines a suite prints


@contextmanager
def shown(suite: str, total: int, done: int) -> Iterator[Listener]:
    """A listener that shows how far the suite is, how many runs failed, and the time left."""
    console = Console(stderr=True)
    if console.is_terminal:
        with _live(console, suite, total, done) as listen:
            yield listen
    else:
        yield _plain(suite, total, done)


@contextmanager
def _live(console: Console, suite: str, total: int, done: int) -> Iterator[Listener]:
    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]} failed"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(suite, total=total, completed=done, failed=0)
        failed = 0

        def listen(task: Job, report: Report) -> None:
            nonlocal failed
            if report.error:
                failed += 1
                progress.console.print(f"[red]failed[/red] {escape(task.label)}: {escape(report.error)}")
            progress.update(bar, advance=1, failed=failed)

        yield listen


def _plain(suite: str, total: int, done: int) -> Listener:
    start, at_start, failed = time.monotonic(), done, 0

    def listen(task: Job, report: Report) -> None:
        nonlocal done, failed
        done += 1
        if report.error:
            failed += 1
            print(f"{suite}: failed {task.label}: {report.error}", file=sys.stderr, flush=True)
        if done == total or (done - at_start) % max(1, total // LINES) == 0:
            left = (time.monotonic() - start) / (done - at_start) * (total - done)
            print(
                f"{suite}: {done} of {total} runs done, {failed} failed, about {left:.0f} s left",
                file=sys.stderr,
                flush=True,
            )

    return listen
