"""Shows how a download goes: a bar on a terminal, one plain line elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

Report: TypeAlias = Callable[[int, int | None], None]
"""Takes the bytes that are there and, where it is known, how many there will be."""


@contextmanager
def shown(title: str, enabled: bool) -> Iterator[Report]:
    console = Console(stderr=True, quiet=not enabled)
    if not console.is_terminal:
        console.print(f"fetching {title}", soft_wrap=True, markup=False, highlight=False)
        yield lambda done, total: None
        return
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}", markup=False), *columns, console=console) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
