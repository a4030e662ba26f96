"""A killed training goes on where it was: only unfinished runs are redone, and the metrics are the same bytes."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tailmark import evaluate
from tailmark.folders import Folders

KILLS = 3


def metrics_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.chdir(folder)
    from tailmark import params  # noqa: PLC0415

    one = params.load()
    only = one.model_copy(update={"suites": {"first": one.suites["first"]}})
    evaluate.evaluate(only, Folders(), Path("metrics.parquet"))
    return Path("metrics.parquet").read_bytes()


def done(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (folder / "runs" / "first").glob("*.npz")}


@pytest.mark.slow
def test_kill_minus_nine_at_random_moments(
    project: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    calm, killed = project("calm"), project("killed")
    for made in (calm, killed):
        made.edit("epochs: 3", "epochs: 12")
        made.run(sys.executable, "stages/split.py", "first")
    calm.run(sys.executable, "stages/train.py", "first")

    draws, kept = random.Random(0), {}
    for _ in range(KILLS):
        process = killed.start(sys.executable, "stages/train.py", "first")
        time.sleep(draws.uniform(1.5, 4.5))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        wait_for_workers(process.pid)
        now = done(killed.folder)
        assert kept.items() <= now.items(), "a finished run was redone"
        kept = now
    killed.run(sys.executable, "stages/train.py", "first")
    assert kept.items() <= done(killed.folder).items()
    assert not list((killed.folder / "runs").rglob("*.tmp"))
    assert metrics_of(killed.folder, monkeypatch) == metrics_of(calm.folder, monkeypatch)


def wait_for_workers(parent: int) -> None:
    """Workers end by themselves when their parent is gone; none may stay behind."""
    until = time.monotonic() + 10
    while (left := group_members(parent)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not left, f"orphaned workers: {left}"


def group_members(session: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found
