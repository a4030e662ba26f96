"""The plan: every run that a suite asks for, resolved, with its key.

Runs whose resolved settings are equal share a key and are trained once: logit adjustment at tau = 1 and balanced
softmax, or the upper bound that does not depend on the ratio.
"""

from __future__ import annotations

import inspect
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tailmark import datasets, methods, runs, splitfiles
from tailmark.datasets import Prepared
from tailmark.errors import TailmarkError
from tailmark.folders import Folders
from tailmark.params import MethodSpec, Params, Suite
from tailmark.params import suite as suite_of
from tailmark.splits import Split
from tailmark.training.keys import TRAINING_CODE, code_digest, key_of
from tailmark.training.task import Recipe, Task


@dataclass(frozen=True)
class Planned:
    """A run of a suite: what to train, and the split whose test mixes it answers."""

    task: Task
    split: Split

    def positions(self, mix: str) -> NDArray[np.int64]:
        """Where the rows of a test mix stand among the rows that the run predicts."""
        return np.searchsorted(self.task.test_rows, self.split.roles[mix])


@dataclass(frozen=True)
class _Experiment:
    name: str
    suite: Suite
    prepared: Prepared
    folders: Folders


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
                planned.append(Planned(_task(experiment, spec.id, protocol, method, seed, split), split))
    return planned


def waiting(planned: list[Planned]) -> list[Task]:
    """The tasks whose run files are not there, one a key."""
    tasks = {item.task.key: item.task for item in planned}
    return [task for task in tasks.values() if not task.into.exists()]


def _task(
    experiment: _Experiment, split_id: str, protocol: str, spec: MethodSpec, seed: int, split: Split
) -> Task:
    suite, prepared = experiment.suite, experiment.prepared
    method = methods.make(spec.name, spec.settings, protocol)
    role = getattr(method, "train_on", "train")
    if role not in split.roles:
        raise TailmarkError(
            f"Method '{spec.name}' trains on the role '{role}', which the split '{split_id}' of "
            f"'{suite.dataset}' has not. Leave the method out of suite '{experiment.name}'."
        )
    rows, tested, counts = split.roles[role], split.tested(), split.counts(role)
    recipe = _recipe(suite, method, protocol)
    settings = {
        "recipe": asdict(recipe),
        "objective": method.objective(counts.astype(np.float64)).numbers(),
        "resampler": _resampler(method),
        "scaling": prepared.scaling,
        "scale_on": "train" if protocol == "corrected" else "all",
    }
    digests = {
        "data_digest": prepared.digest,
        "split_digest": split.digest(role),
        "code_digest": code_digest([*TRAINING_CODE, *_own_code(method)]),
    }
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
        "train_counts": counts.tolist(),
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
        scale_on=str(settings["scale_on"]),
        rows=rows,
        targets=split.targets[rows],
        test_rows=tested,
        test_targets=split.targets[tested],
        classes=len(split.classes),
        record=record,
        into=runs.path_of(experiment.folders.runs, experiment.name, key),
    )


def _recipe(suite: Suite, method: Any, protocol: str) -> Recipe:
    network = getattr(method, "network", suite.network.name)
    return Recipe(
        network=network,
        hidden=suite.network.hidden,
        head=getattr(method, "head", "linear"),
        ends_in_softmax=protocol == "released",
        epochs=0 if network == "prior" else suite.schedule.epochs,
        batch=suite.schedule.batch,
        learning_rate=suite.schedule.learning_rate,
        decay=suite.schedule.decay,
        match_steps=suite.schedule.match_steps,
    )


def _resampler(method: Any) -> dict[str, Any] | None:
    return {"name": type(method).__name__, **asdict(method)} if hasattr(method, "resample") else None


def _own_code(method: Any) -> list[str]:
    """A method that is numbers alone is known by them; one that resamples also by its code."""
    return [inspect.getmodule(method).__name__] if hasattr(method, "resample") else []  # type: ignore[union-attr]
