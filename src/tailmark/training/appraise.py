"""Appraises what a run's generator made: regenerates the run's very samples, and measures them against real ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tailmark import appraisals, datasets, methods, quality, streams
from tailmark.appraisals import AppraisalFile, Shown
from tailmark.generators import store
from tailmark.generators.generate import Generated
from tailmark.generators.judge import Judge
from tailmark.generators.material import shape_of
from tailmark.quality import Real
from tailmark.training.features import features
from tailmark.training.ready import generated
from tailmark.training.task import Appraisal, Task
from tailmark.training.teach import material_of
from tailmark.trainingset import TrainingSet

PICTURES = 10  # of each class

NUMBERS = dict[int, dict[str, float]]


def appraise(appraisal: Appraisal) -> None:
    """Measure every class that was generated, and keep the numbers and a few pictures."""
    task = appraisal.task
    prepared = datasets.load(task.data)
    fit_on = task.rows if task.scale_on == "train" else np.arange(len(prepared.labels))

    def features_of(rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return features(prepared, rows, fit_on)

    pool = features_of(task.rows)
    training = TrainingSet(pool, np.arange(len(pool)), task.targets, task.classes)
    made = generated(task, training, prepared) or resampled(task, training)
    judge = Judge(appraisal.judge.lesson, store.read(appraisal.judge.into), material_of(appraisal.judge))
    majority = pool[task.targets == int(training.counts.argmax())]
    shape = shape_of(prepared)
    numbers: NUMBERS = {}
    shown: dict[int, Shown] = {}
    for label, new in made.items():
        held_out = task.test_rows[task.test_targets == label]
        own = np.unique(prepared.labels[held_out]).tolist()
        spare = appraisal.spare[np.isin(prepared.labels[appraisal.spare], own)]
        real = Real(
            minority=training.features_of(label),
            held_out=features_of(held_out),
            majority=majority,
            pool=features_of(spare) if len(spare) else None,
        )
        exemplars = None if new.exemplars is None else majority[new.exemplars]
        draws = streams.stream(task.seed, f"appraisal/{label}")
        numbers[label] = quality.of_class(new.samples, exemplars, real, judge, own, draws)
        if shape:
            shown[label] = _shown(new.samples, exemplars, real.minority)
    appraisals.write(appraisal.into, AppraisalFile(_record(appraisal, shape), numbers, shown))


def resampled(task: Task, training: TrainingSet) -> dict[int, Generated]:
    """The samples that a resampler without a generator puts beside the real ones; ROS makes none."""
    method = methods.make(task.method, task.settings, task.protocol)
    after = method.resample(training, streams.integer(task.seed, "noise"))
    new = after.rows >= len(training.pool)
    return {
        label: Generated(after.pool[after.rows[new & (after.labels == label)]], None)
        for label in np.unique(after.labels[new]).tolist()
    }


def _shown(
    samples: NDArray[np.float32], exemplars: NDArray[np.float32] | None, minority: NDArray[np.float32]
) -> Shown:
    first = samples[:PICTURES]
    return Shown(
        samples=_bytes(first),
        exemplars=_bytes(samples[:0] if exemplars is None else exemplars[:PICTURES]),
        nearest=_bytes(minority[quality.nearest_to(first, minority)]),
    )


def _bytes(pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Pixels of [0, 1] as bytes."""
    return np.rint(pixels.clip(0, 1) * 255).astype(np.uint8)


def _record(appraisal: Appraisal, shape: tuple[int, ...]) -> dict[str, object]:
    names = ("suite", "dataset", "split", "protocol", "method", "seed", "key", "classes", "train_counts")
    record = {name: appraisal.task.record[name] for name in names}
    return {**record, "shape": list(shape), "judge": appraisal.judge.key}
