"""The plan: every run that a suite asks for, resolved, with its key.

Runs whose resolved settings are equal share a key and are trained once: logit adjustment at tau = 1 and balanced
softmax, or the upper bound that does not depend on the ratio.
"""

from __future__ import annotations

import inspect
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tailmark import appraisals, datasets, methods, runs, splitfiles
from tailmark.datasets import Prepared
from tailmark.errors import TailmarkError
from tailmark.folders import Folders
from tailmark.generators.lesson import judge_lesson
from tailmark.generators.material import kind_of
from tailmark.params import MethodSpec, Params, Suite
from tailmark.params import suite as suite_of
from tailmark.splits import Split
from tailmark.training.keys import TRAINING_CODE, code_digest, key_of
from tailmark.training.lessons import Classroom
from tailmark.training.semi import of_semi
from tailmark.training.task import Appraisal, Job, LessonTask, Recipe, Task
from tailmark.training.views import of_views

APPRAISAL_CODE = (
    "tailmark.quality.distances",
    "tailmark.quality.judged",
    "tailmark.quality.manifolds",
    "tailmark.quality.ofclass",
    "tailmark.quality.spread",
    "tailmark.training.appraise",
)


@dataclass(frozen=True)
class Planned:
    """A run of a suite: what to train, and the split whose test mixes it answers."""

    task: Task
    split: Split
    appraisal: Appraisal | None = None  # of a run whose samples are generated

    @property
    def jobs(self) -> tuple[Task | Appraisal, ...]:
        """The run, and what measures its samples."""
        return (self.task,) if self.appraisal is None else (self.task, self.appraisal)

    def positions(self, mix: str) -> NDArray[np.int64]:
        """Where the rows of a test mix stand among the rows that the run predicts."""
        return np.searchsorted(self.task.test_rows, self.split.roles[mix])


@dataclass(frozen=True)
class _Experiment:
    name: str
    suite: Suite
    prepared: Prepared
    folders: Folders

    @property
    def classroom(self) -> Classroom:
        return Classroom(self.prepared, self.folders.prepared / self.suite.dataset, self.folders.models)


def plan(params: Params, name: str, folders: Folders) -> list[Planned]:
    """Every run of a suite, in a fixed order; runs that are done are in it too."""
    suite = suite_of(params, name)
    experiment = _Experiment(name, suite, datasets.load(folders.prepared / suite.dataset), folders)
    planned = []
    for spec, protocol in product(suite.splits, suite.protocols):
        by_seed = splitfiles.read(splitfiles.path_of(folders.splits / name, spec, protocol))
        for method, seed in product(suite.methods, suite.seeds):
            if methods.exists_in(method.name, protocol):
                split = by_seed[seed]
                task = _task(experiment, spec.id, protocol, method, seed, split)
                planned.append(Planned(task, split, _appraisal(experiment, task, split)))
    return planned


def waiting(planned: list[Planned]) -> list[Job]:
    """What is not done, one a key, everything after what it needs."""
    found: dict[Path, Job] = {}
    for item in planned:
        for job in item.jobs:
            if not job.into.exists():
                _add_with_needs(job, found)
    rank = {LessonTask: 0, Task: 1, Appraisal: 2}
    return sorted(found.values(), key=lambda job: rank[type(job)])


def done(planned: list[Planned]) -> int:
    """How many runs and appraisals are done."""
    return sum(into.exists() for into in {job.into for item in planned for job in item.jobs})


def _add_with_needs(job: Job, found: dict[Path, Job]) -> None:
    for need in job.needs:
        if not need.into.exists():
            _add_with_needs(need, found)
    found.setdefault(job.into, job)


def _task(
    experiment: _Experiment, split_id: str, protocol: str, spec: MethodSpec, seed: int, split: Split
) -> Task:
    """The run with all that decides its result, and the key that this makes."""
    suite, prepared = experiment.suite, experiment.prepared
    method = methods.make(spec.name, _resolved(suite, spec), protocol, kind_of(prepared))
    role = _role(experiment, split_id, spec, method, split)
    rows, tested, counts = split.roles[role], split.tested(), split.counts(role)
    recipe = _recipe(suite, method, protocol)
    scale_on = "train" if protocol == "corrected" else "all"
    lessons = _lessons(experiment, method, seed, split, role, scale_on)
    fusion = of_views.fusion(suite, spec, prepared, method, protocol) if hasattr(method, "design") else None
    semi = of_semi.semi(suite, spec, method) if hasattr(method, "learn") else None
    pool = _pool(method, split) if semi else np.empty(0, np.int64)
    digests = {"data_digest": prepared.digest, "split_digest": split.digest(role)}
    if semi:
        settings, code = of_semi.settings(recipe, semi, method), of_semi.code(method)
        digests["pool_digest"] = split.digest("pool") if len(pool) else ""
    elif fusion:
        design = method.design(counts.astype(np.float64), fusion.views)
        settings, code = of_views.settings(fusion, recipe, design), of_views.code(fusion, design)
    else:
        settings = {
            "recipe": recipe.numbers(),
            "objective": method.objective(counts.astype(np.float64)).numbers(),
            "resampler": _resampler(method, lessons),
            "scaling": prepared.scaling,
            "scale_on": scale_on,
        }
        code = [*TRAINING_CODE, *_own_code(method, recipe)]
    digests["code_digest"] = code_digest(code)
    key = key_of({**settings, **digests, "seed": seed})
    record = {
        "suite": experiment.name,
        "dataset": suite.dataset,
        "split": split_id,
        "protocol": protocol,
        "method": spec.label,
        "seed": seed,
        "key": key,
        "settings": settings,
        "train_counts": split.counts("train" if semi else role).tolist(),
        "test_counts": {mix: split.counts(mix).tolist() for mix in split.mixes},
        "classes": list(split.classes),
        **digests,
    }
    return Task(
        key=key,
        seed=seed,
        protocol=protocol,
        method=spec.name,
        settings=spec.settings,
        recipe=recipe,
        data=experiment.folders.prepared / suite.dataset,
        scale_on=scale_on,
        rows=rows,
        targets=split.targets[rows],
        test_rows=tested,
        test_targets=split.targets[tested],
        classes=len(split.classes),
        record=record,
        into=runs.path_of(experiment.folders.runs, experiment.name, key),
        lessons=lessons,
        fusion=fusion,
        mixes={mix: np.searchsorted(tested, split.roles[mix]) for mix in split.mixes} if fusion else {},
        semi=semi,
        pool_rows=pool,
        pool_targets=split.targets[pool],
    )


def _role(experiment: _Experiment, split_id: str, spec: MethodSpec, method: Any, split: Split) -> str:
    """The part of the split whose labels the method learns from."""
    if hasattr(method, "learn"):
        return "train" if getattr(method, "labels", "part") == "all" else "labelled"
    role = str(getattr(method, "train_on", "train"))
    if role not in split.roles:
        raise TailmarkError(
            f"Method '{spec.name}' trains on the role '{role}', which the split '{split_id}' of "
            f"'{experiment.suite.dataset}' has not. Leave the method out of suite '{experiment.name}'."
        )
    return role


def _pool(method: Any, split: Split) -> NDArray[np.int64]:
    """The samples without a label; a method that learns from all labels has none."""
    return np.empty(0, np.int64) if getattr(method, "labels", "part") == "all" else split.roles["pool"]


def _resolved(suite: Suite, spec: MethodSpec) -> dict[str, Any]:
    """The method's own settings, before those that the suite gives to every generator."""
    known = methods.describe(spec.name).settings
    return {**{name: n for name, n in suite.generators.given().items() if name in known}, **spec.settings}


def _lessons(
    experiment: _Experiment, method: Any, seed: int, split: Split, role: str, scale_on: str
) -> dict[int, LessonTask]:
    """What the method's generators must learn first, by the class that they make."""
    if not hasattr(method, "lessons"):
        return {}
    rows, classes = split.roles[role], len(split.classes)
    fit_on = rows if scale_on == "train" else np.arange(len(experiment.prepared.labels))
    return {
        label: experiment.classroom.task(lesson, seed, rows, split.targets[rows], classes, fit_on)
        for label, lesson in method.lessons(split.counts(role).astype(np.float64)).items()
    }


def _appraisal(experiment: _Experiment, task: Task, split: Split) -> Appraisal | None:
    """Every method that makes new samples has them measured; the judge sees all the real data that may be seen."""
    method = methods.make(task.method, task.settings, task.protocol)
    if (
        task.fusion
        or task.semi
        or task.record["settings"]["resampler"] is None
        or getattr(method, "repeats", False)
    ):
        return None
    prepared, suite = experiment.prepared, experiment.suite
    known = split.roles.get("full", split.roles["train"])
    judge = experiment.classroom.task(
        judge_lesson(len(prepared.classes), suite.network.hidden),
        task.seed,
        known,
        prepared.labels[known].astype(np.int64),
        len(prepared.classes),
        task.rows if task.scale_on == "train" else np.arange(len(prepared.labels)),
    )
    spare = np.setdiff1d(known, task.rows)
    key = key_of(
        {
            "run": task.key,
            "judge": judge.key,
            "spare": sha256(spare.astype("<i8").tobytes()).hexdigest(),
            "code": code_digest(APPRAISAL_CODE),
        }
    )
    into = appraisals.path_of(experiment.folders.runs, experiment.name, key)
    return Appraisal(key, task, judge, spare, into)


def _recipe(suite: Suite, method: Any, protocol: str) -> Recipe:
    network = _network(suite, method)
    return Recipe(
        network=network,
        hidden=() if network in ("experts", "semi") else suite.network.hidden,
        head=getattr(method, "head", "linear"),
        ends_in_softmax=protocol == "released",
        epochs=0 if network == "prior" else suite.schedule.epochs,
        batch=suite.schedule.batch,
        learning_rate=suite.schedule.learning_rate,
        decay=suite.schedule.decay,
        match_steps=suite.schedule.match_steps,
        weight_decay=suite.schedule.weight_decay,
        flip=suite.schedule.flip,
        optimiser=suite.schedule.optimiser,
        drops=suite.schedule.drops,
        clip=suite.schedule.clip,
    )


def _network(suite: Suite, method: Any) -> str:
    if hasattr(method, "learn"):
        return "semi"
    return "experts" if hasattr(method, "design") else str(getattr(method, "network", suite.network.name))


def _resampler(method: Any, lessons: dict[int, LessonTask]) -> dict[str, Any] | None:
    """What changes the training set; a generator is known by its lessons, which hold all that decides its models."""
    if lessons:
        keys = {str(label): task.key for label, task in lessons.items()}
        return {"lessons": keys, "generate": getattr(method, "generate", "mean")}
    return {"name": type(method).__name__, **asdict(method)} if hasattr(method, "resample") else None


def _own_code(method: Any, recipe: Recipe) -> list[str]:
    """A method that is numbers alone is known by them; one that resamples also by its code."""
    network = ["tailmark.nets.resnet", "tailmark.nets.rows"] if recipe.network == "resnet20" else []
    if hasattr(method, "lessons"):
        return [*network, "tailmark.generators.generate"]
    own = [inspect.getmodule(method).__name__] if hasattr(method, "resample") else []  # type: ignore[union-attr]
    return [*network, *own]
