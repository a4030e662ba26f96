"""A bundle: what another machine needs to train, in one folder; and the way back of the run files.

here       tailmark bundle pack mnist --to bundle
there      python -m tailmark.training bundle        (torch, NumPy and imbalanced-learn; no DVC, no MLflow)
here       tailmark bundle unpack bundle, then `dvc repro` finds the runs done
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from tailmark import runs
from tailmark.errors import TailmarkError
from tailmark.training.task import Recipe, Task

ARRAYS = ("rows", "targets", "test_rows", "test_targets")


def pack(tasks: list[Task], into: Path) -> None:
    """Write the tasks and the prepared data that they use."""
    into.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, np.ndarray] = {}
    listed = [_to_json(task, arrays) for task in tasks]
    np.savez_compressed(into / "arrays.npz", **arrays)  # type: ignore[arg-type]
    for data in {task.data for task in tasks}:
        shutil.copytree(data, into / "data" / data.name, dirs_exist_ok=True)
    (into / "tasks.json").write_text(json.dumps(listed, indent=1, sort_keys=True), encoding="utf-8")


def tasks_of(bundle: Path) -> list[Task]:
    """The tasks of a bundle that have no run file in it yet."""
    try:
        listed = json.loads((bundle / "tasks.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TailmarkError(
            f"Expected a bundle in {bundle}, found no tasks.json. Make it with `tailmark bundle`."
        ) from None
    with np.load(bundle / "arrays.npz", allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    tasks = [_from_json(entry, arrays, bundle) for entry in listed]
    return [task for task in tasks if not task.into.exists()]


def unpack(bundle: Path, store: Path) -> int:
    """Copy the bundle's run files into the run store; returns how many were new."""
    new = 0
    for source in sorted((bundle / "runs").glob("*/*.npz")):
        target = store / source.parent.name / source.name
        if not target.exists():
            runs.write(target, runs.read(source))
            new += 1
    return new


def _to_json(task: Task, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    entry = {name: value for name, value in vars(task).items() if name not in (*ARRAYS, "into")}
    entry |= {"recipe": asdict(task.recipe), "data": task.data.name}
    for name in ARRAYS:
        array = getattr(task, name).astype(np.int32)
        same = (known for known, value in arrays.items() if np.array_equal(value, array))
        entry[name] = next(same, f"a{len(arrays)}")
        arrays[entry[name]] = array
    return entry


def _from_json(entry: dict[str, Any], arrays: dict[str, np.ndarray], bundle: Path) -> Task:
    recipe = Recipe(**{**entry["recipe"], "hidden": tuple(entry["recipe"]["hidden"])})
    resolved = {name: arrays[entry[name]].astype(np.int64) for name in ARRAYS}
    into = runs.path_of(bundle / "runs", entry["record"]["suite"], entry["key"])
    return Task(
        **{**entry, **resolved, "recipe": recipe, "data": bundle / "data" / entry["data"], "into": into}
    )
