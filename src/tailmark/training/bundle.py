"""A bundle: what another machine needs to train, in one folder; and the way back of what it made.

here       tailmark bundle pack mnist --to bundle
there      python -m tailmark.training bundle        (torch, NumPy and imbalanced-learn; no DVC, no MLflow)
here       tailmark bundle unpack bundle, then `dvc repro` finds the runs done
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from tailmark import appraisals, files, runs
from tailmark.errors import TailmarkError
from tailmark.fusion import recipe as views
from tailmark.fusion.recipe import FusionRecipe
from tailmark.generators import store
from tailmark.generators.lesson import Classifier, Gan, Lesson, Vae
from tailmark.nets.views import Encoders
from tailmark.semi.recipe import Search, SemiRecipe
from tailmark.training.task import Appraisal, Job, LessonTask, Recipe, Task

NETWORKS = {network.__name__: network for network in (Vae, Gan, Classifier)}
KINDS = {kind.__name__: kind for kind in (LessonTask, Task, Appraisal)}

ARRAYS = ("rows", "targets", "fit_on", "test_rows", "test_targets", "spare", "pool_rows", "pool_targets")

Arrays = dict[str, np.ndarray]


def pack(jobs: list[Job], into: Path) -> None:
    """Write the jobs, what they build on, and the prepared data that they use."""
    (into / "models").mkdir(parents=True, exist_ok=True)
    arrays: Arrays = {}
    known = {id_of(job): job for job in _with_needs(jobs)}
    asked = {id_of(job) for job in jobs}
    listed = [{**_to_json(job, arrays), "asked": name in asked} for name, job in known.items()]
    np.savez_compressed(into / "arrays.npz", **arrays)  # type: ignore[arg-type]
    for job in known.values():
        if isinstance(job, LessonTask) and id_of(job) not in asked and job.into.exists():
            shutil.copy(job.into, store.path_of(into / "models", job.key))
    for data in {job.data for job in known.values() if not isinstance(job, Appraisal)}:
        shutil.copytree(data, into / "data" / data.name, dirs_exist_ok=True)
    (into / "tasks.json").write_text(json.dumps(listed, indent=1, sort_keys=True), encoding="utf-8")


def jobs_of(bundle: Path) -> list[Job]:
    """The jobs of a bundle that are not done in it yet."""
    try:
        listed = json.loads((bundle / "tasks.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TailmarkError(
            f"Expected a bundle in {bundle}, found no tasks.json. Make it with `tailmark bundle`."
        ) from None
    with np.load(bundle / "arrays.npz", allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    known: dict[str, Job] = {}
    asked = []
    for entry in listed:
        name, wanted = entry.pop("id"), entry.pop("asked")
        known[name] = _from_json(entry, arrays, known, bundle)
        if wanted and not known[name].into.exists():
            asked.append(known[name])
    return asked


def unpack(bundle: Path, store_of_runs: Path, store_of_models: Path) -> int:
    """Copy what the bundle made into the stores; returns how many files were new."""
    new = 0
    for source in sorted([*(bundle / "runs").glob("*/*.npz"), *(bundle / "models").glob("*.npz")]):
        is_model = source.parent.name == "models"
        target = (
            store_of_models / source.name if is_model else store_of_runs / source.parent.name / source.name
        )
        if not target.exists():
            _whole(source)
            with files.whole(target) as file:
                file.write(source.read_bytes())
            new += 1
    return new


def id_of(job: Job) -> str:
    """A name within the bundle."""
    return f"{type(job).__name__}/{job.key}"


def _whole(source: Path) -> None:
    """Refuse a file that was cut off on its way."""
    if source.parent.name == "models":
        store.read(source)
    elif source.name.endswith(appraisals.SUFFIX):
        appraisals.read(source)
    else:
        runs.read(source)


def _with_needs(jobs: list[Job]) -> Iterator[Job]:
    """Every job after what it refers to."""
    for job in jobs:
        yield from _with_needs(list(job.needs))
        if isinstance(job, Appraisal):
            yield from _with_needs([job.task])
        yield job


def _to_json(job: Job, arrays: Arrays) -> dict[str, Any]:
    """Arrays and other jobs by reference, places by name."""
    entry: dict[str, Any] = {"id": id_of(job), "kind": type(job).__name__}
    for name, value in vars(job).items():
        entry[name] = _reference(value, arrays)
    if not isinstance(job, LessonTask):
        entry["into"] = [job.into.parent.name, job.into.name]
    return entry


def _reference(value: Any, arrays: Arrays) -> Any:
    if isinstance(value, np.ndarray):
        small = value.astype(np.int32)
        same = (known for known, other in arrays.items() if np.array_equal(other, small))
        name = next(same, f"a{len(arrays)}")
        arrays[name] = small
        return name
    if isinstance(value, dict):
        return {str(key): _reference(item, arrays) for key, item in value.items()}
    for kind, told in TOLD:
        if isinstance(value, kind):
            return told(value)
    return value


def _told(lesson: Lesson) -> dict[str, Any]:
    return {**lesson.settings(), "start": None if lesson.start is None else _told(lesson.start)}


TOLD: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (LessonTask | Task | Appraisal, id_of),
    (Lesson, _told),
    (Recipe | FusionRecipe | SemiRecipe, asdict),
    (Path, lambda path: path.name),
)


def _from_json(entry: dict[str, Any], arrays: Arrays, known: dict[str, Job], bundle: Path) -> Job:
    kind = entry.pop("kind")
    for name, value in entry.items():
        if name in ARRAYS:
            entry[name] = arrays[value].astype(np.int64)
        if name in ("start", "judge", "task") and value is not None:
            entry[name] = known[value]
    if kind == "LessonTask":
        entry["lesson"] = _lesson(entry["lesson"])
        entry["into"] = store.path_of(bundle / "models", entry["key"])
    else:
        suite, name = entry["into"]
        entry["into"] = bundle / "runs" / suite / name
    if kind == "Task":
        entry["recipe"] = _recipe(entry["recipe"])
        entry["lessons"] = {int(label): known[name] for label, name in entry["lessons"].items()}
        entry["mixes"] = {mix: arrays[name].astype(np.int64) for mix, name in entry["mixes"].items()}
        entry["fusion"] = None if entry["fusion"] is None else _fusion(entry["fusion"])
        entry["semi"] = None if entry["semi"] is None else _semi(entry["semi"])
    if "data" in entry:
        entry["data"] = bundle / "data" / entry["data"]
    job: Job = KINDS[kind](**entry)
    return job


def _recipe(told: dict[str, Any]) -> Recipe:
    return Recipe(**{**told, "hidden": tuple(told["hidden"]), "drops": tuple(told["drops"])})


def _fusion(told: dict[str, Any]) -> FusionRecipe:
    search = told["search"]
    if search is not None:
        search = views.Search(**{**search, "trials": tuple(tuple(trial) for trial in search["trials"])})
    sizes = _encoders(told["encoders"])
    return FusionRecipe(**{**told, "views": tuple(told["views"]), "encoders": sizes, "search": search})


def _semi(told: dict[str, Any]) -> SemiRecipe:
    search = told["search"]
    if search is not None:
        search = Search(**{**search, "candidates": tuple(search["candidates"])})
    sizes = _encoders(told["encoders"])
    return SemiRecipe(**{**told, "views": tuple(told["views"]), "encoders": sizes, "search": search})


def _encoders(told: dict[str, Any]) -> Encoders:
    return Encoders(**{**told, "channels": tuple(told["channels"])})


def _lesson(told: dict[str, Any]) -> Lesson:
    network = dict(told["network"])
    kind = NETWORKS[network.pop("kind")]
    if "hidden" in network and isinstance(network["hidden"], list):
        network["hidden"] = tuple(network["hidden"])
    start = None if told["start"] is None else _lesson(told["start"])
    return Lesson(**{**told, "network": kind(**network), "learns": tuple(told["learns"]), "start": start})
