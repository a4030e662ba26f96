"""Gives one lesson, whatever its network, and keeps the model: what a worker does with a lesson."""

from __future__ import annotations

import numpy as np
import torch

from tailmark import datasets
from tailmark.generators import store
from tailmark.generators.checkpoint import Checkpoint
from tailmark.generators.lesson import Classifier, Gan, Material, Model
from tailmark.generators.material import material, shape_of, span_of
from tailmark.training.features import features
from tailmark.training.task import LessonTask


def teach(task: LessonTask, device: torch.device) -> None:
    """Train the lesson and write its model file."""
    start = None if task.start is None else store.read(task.start.into)
    checkpoint = Checkpoint(task.into)
    keep(task, model_of(task, start, device, checkpoint), device.type)
    checkpoint.done()


def model_of(task: LessonTask, start: Model | None, device: torch.device, checkpoint: Checkpoint) -> Model:
    """The trained model; a long lesson goes on where it was killed."""
    seen = material_of(task)
    if isinstance(task.lesson.network, Gan):
        from tailmark.generators.adversarial import fit_gan  # noqa: PLC0415 - one kind of network a process

        return fit_gan(task.lesson, seen, task.seed, device)
    if isinstance(task.lesson.network, Classifier):
        from tailmark.generators.judge import fit_judge  # noqa: PLC0415

        return fit_judge(task.lesson, seen, task.seed, device)
    from tailmark.generators.fit import fit_vae  # noqa: PLC0415

    return fit_vae(task.lesson, seen, task.seed, start, device, checkpoint)


def material_of(task: LessonTask) -> Material:
    """What the lesson sees: its own classes and its guide's, and nothing else of the training set."""
    prepared = datasets.load(task.data)
    guide = () if task.lesson.guide is None else (task.lesson.guide,)
    wanted = np.isin(task.targets, [*task.lesson.learns, *guide])
    rows, targets = task.rows[wanted], task.targets[wanted]
    return material(
        task.lesson,
        features(prepared, rows, task.fit_on),
        targets,
        task.classes,
        span_of(prepared),
        shape_of(prepared),
    )


def keep(task: LessonTask, model: Model, device: str) -> None:
    """Write the model file of a finished lesson."""
    record = {
        "key": task.key,
        "seed": task.seed,
        "lesson": task.lesson.settings(),
        "start": None if task.start is None else task.start.key,
        "dataset": task.data.name,
        "device": device,
    }
    store.write(task.into, model, record)
