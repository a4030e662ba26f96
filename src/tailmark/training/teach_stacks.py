"""Lessons on a GPU: those that differ in seed, class, ratio or lambda are one program; the others come one by one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import torch

from tailmark.errors import DivergedError
from tailmark.generators import store
from tailmark.generators.lesson import Vae
from tailmark.generators.stack import Taught, fit_stack, stackable
from tailmark.training.task import LessonTask
from tailmark.training.teach import keep, material_of, teach
from tailmark.training.worker import Listener, Report, report_of


def teach_in_stacks(tasks: list[LessonTask], device: torch.device, room: int, listen: Listener) -> None:
    """Every lesson; `room` bounds the features of one stack in bytes."""
    members: list[tuple[LessonTask, Taught]] = []
    for task in tasks:
        try:
            if can_stack(task):
                start = None if task.start is None else store.read(task.start.into)
                members.append((task, Taught(task.lesson, material_of(task), task.seed, start)))
            else:
                teach(task, device)
                listen(task, Report(task.key))
        except Exception as error:
            listen(task, report_of(task, error))
    members.sort(key=_stack_of)
    for _, alike in groupby(members, key=_stack_of):
        for stack in _fitting(list(alike), room):
            _teach_stack(stack, device, listen)


def can_stack(task: LessonTask) -> bool:
    """Small fully connected models leave a device idle when alone; convolutions and adversaries fill it."""
    return isinstance(task.lesson.network, Vae) and task.lesson.network.architecture == "mlp"


def _stack_of(pair: tuple[LessonTask, Taught]) -> str:
    return repr(stackable(pair[1]))


def _fitting(alike: list[tuple[LessonTask, Taught]], room: int) -> Iterator[list[tuple[LessonTask, Taught]]]:
    """Stacks whose features fit; one lesson at least."""
    stack: list[tuple[LessonTask, Taught]] = []
    left = room
    for pair in alike:
        size = pair[1].material.pool.nbytes
        if stack and size > left:
            yield stack
            stack, left = [], room
        stack.append(pair)
        left -= size
    if stack:
        yield stack


def _teach_stack(stack: list[tuple[LessonTask, Taught]], device: torch.device, listen: Listener) -> None:
    try:
        models = fit_stack([taught for _, taught in stack], device)
    except Exception as error:
        for task, _ in stack:
            listen(task, report_of(task, error))
        return
    for (task, _), model in zip(stack, models, strict=True):
        if isinstance(model, DivergedError):
            listen(task, report_of(task, model))
        else:
            keep(task, model, device.type)
            listen(task, Report(task.key))
