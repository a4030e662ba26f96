"""From predictions to one tidy table of metrics: one row a run, test mix and metric."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tailmark import appraisals, files, metrics, runs
from tailmark.errors import TailmarkError
from tailmark.folders import Folders
from tailmark.params import Params
from tailmark.readings import MARK, confidences, readings
from tailmark.semi import pool
from tailmark.training.plan import Planned, plan

COLUMNS = ("suite", "dataset", "split", "protocol", "method", "seed", "mix", "metric", "value", "key")


def evaluate(params: Params, folders: Folders, into: Path, *, so_far: bool = False) -> None:
    """Write the metrics table of every suite; a run that is missing is an error, or is left out with `so_far`."""
    begun = [name for name in params.suites if not so_far or (folders.splits / name).is_dir()]
    planned = [item for name in begun for item in plan(params, name, folders)]
    missing = [job.label for item in planned for job in item.jobs if not job.into.exists()]
    if so_far:
        planned = [item for item in planned if item.task.into.exists()]
    elif missing:
        total = sum(len(item.jobs) for item in planned)
        raise TailmarkError(
            f"{len(missing)} of {total} runs and appraisals are not there, {missing[0]} among them. `dvc repro` "
            "trains them."
        )
    table = pd.DataFrame([row for item in planned for row in rows(item)], columns=list(COLUMNS))
    with files.whole(into) as file:
        table.to_parquet(file, index=False, compression="zstd")


def rows(item: Planned) -> list[tuple[object, ...]]:
    """The rows of one run."""
    record = item.task.record
    run = runs.read(item.task.into)
    if not np.array_equal(run.test_index, item.task.test_rows):
        raise TailmarkError(
            f"The run file {item.task.into} predicts other rows than its split tests. Delete it."
        )
    scores = log_probabilities(run)
    identity = tuple(record[name] for name in COLUMNS[:6])
    found = []
    for mix in item.split.mixes:
        at = item.positions(mix)
        for reading in readings(run, scores, mix, at):
            values = metrics.evaluate(
                reading.logits,
                item.task.test_targets[at],
                record["train_counts"],
                released=record["protocol"] == "released",
            )
            values |= reading.extra
            if mix == main_mix(item.split.mixes) and not reading.name:
                values |= of_samples(item) | of_views(item, run) | of_pool(run) | of_tuning(run)
            place = (*identity[:4], named(record["method"], reading.name), identity[5], mix)
            found += [(*place, metric, value, record["key"]) for metric, value in values.items()]
    return found


def named(method: str, reading: str) -> str:
    """The method, or a reading of it."""
    return f"{method}{MARK}{reading}" if reading else method


def of_views(item: Planned, run: runs.RunFile) -> dict[str, float]:
    """What a run's module thinks of its views."""
    design = run.record["settings"].get("design")
    return confidences(run, design["experts"][0]["views"], item.task.classes) if design else {}


def of_pool(run: runs.RunFile) -> dict[str, float]:
    """How good the pseudo-labels of the unlabelled samples were in the end."""
    if "pool/confusion" not in run.parts:
        return {}
    last = run.parts["pool/confusion"][-1].astype(np.int64)
    return {f"pool/{name}": value for name, value in pool.measures(last).items()}


def of_tuning(run: runs.RunFile) -> dict[str, float]:
    """What was chosen for the tuned setting, where it was not given, and for the learning rate."""
    setting = run.record["settings"].get("tuned")
    if "search/chosen" in run.parts:
        rate, value = (float(number) for number in run.parts["search/chosen"])
        return {"tuned/rate": rate, **({f"tuned/{setting}": value} if setting else {})}
    return {f"tuned/{setting}": float(run.parts["tuning/chosen"])} if "tuning/chosen" in run.parts else {}


def of_samples(item: Planned) -> dict[str, float]:
    """What was measured on generated samples: means over the generated classes, and whether any collapsed."""
    if item.appraisal is None or not item.appraisal.into.exists():  # it can be missing only so far
        return {}
    quality = list(appraisals.read(item.appraisal.into).quality.values())
    names = quality[0] if quality else ()
    found = {}
    for name in names:
        values = np.array([numbers[name] for numbers in quality])
        known = values[np.isfinite(values)]  # a number is NaN where what it needs is not there
        if len(known):
            found[f"generated/{name}"] = float(known.max() if name == "collapsed" else known.mean())
    return found


def log_probabilities(run: runs.RunFile) -> NDArray[np.float64]:
    """Scores whose softmax is what the model holds to be probable, up to a constant.

    A cosine classifier means its cosines times the scale of its loss; the released classifier gives probabilities.
    """
    settings = run.record["settings"]
    scores = run.logits.astype(np.float64)
    if settings["recipe"]["ends_in_softmax"]:
        return np.log(scores.clip(min=np.finfo(np.float32).tiny))
    return scores * settings["objective"].get("scale", 1.0)


def main_mix(mixes: Sequence[str]) -> str:
    """The mix that speaks for a split: its own test set, else the uniform one, else the first."""
    return next((mix for mix in ("test", "uniform", *mixes) if mix in mixes), "")


def read(path: Path) -> pd.DataFrame:
    """The metrics table."""
    try:
        return pd.read_parquet(path)
    except FileNotFoundError:
        raise TailmarkError(f"Expected the metrics table {path}, found none. `dvc repro` makes it.") from None
