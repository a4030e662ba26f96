"""Lessons on a GPU, on the CPU: what can share a stack does, the others come one by one, and each outcome is heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from tailmark.folders import Folders
from tailmark.params import Params
from tailmark.training import teach_stacks
from tailmark.training.plan import plan, waiting
from tailmark.training.task import Job, LessonTask
from tailmark.training.worker import Report

Workspace = Callable[..., tuple[Params, Folders]]
CPU = torch.device("cpu")


@pytest.fixture
def firsts(workspace: Workspace, generating: str) -> list[LessonTask]:
    """Lessons that start nowhere: judges, OCVAEs, OCGANs and pre-trainings of two seeds."""
    ocgan = "- smote\n      - {name: ocgan, epochs: 1}\n"
    made, folders = workspace(generating.replace("- smote\n", ocgan).replace("seeds: [0]", "seeds: [0, 1]"))
    jobs = waiting(plan(made, "tiny", folders))
    return [job for job in jobs if isinstance(job, LessonTask) and job.start is None]


@pytest.mark.parametrize(("room", "stacks"), [(10**9, [2, 2]), (1, [1, 1, 1, 1])])
def test_lessons_share_stacks_as_far_as_there_is_room(
    firsts: list[LessonTask], monkeypatch: pytest.MonkeyPatch, room: int, stacks: list[int]
) -> None:
    sizes: list[int] = []
    fit_stack = teach_stacks.fit_stack
    monkeypatch.setattr(
        teach_stacks, "fit_stack", lambda members, on: (sizes.append(len(members)), fit_stack(members, on))[1]
    )
    quick = [replace(task, lesson=replace(task.lesson, epochs=1)) for task in firsts]
    lost = replace(quick[0], key="lost", data=quick[0].data / "nowhere")
    heard: list[Report] = []
    teach_stacks.teach_in_stacks([lost, *quick], CPU, room, lambda _, report: heard.append(report))
    assert len(firsts) == 8 and sizes == stacks  # OCVAEs and pre-trainings; judges and OCGANs come alone
    assert sorted(report.key for report in heard) == sorted(["lost", *(task.key for task in firsts)])
    assert [report.key for report in heard if report.error] == ["lost"]
    assert all(task.into.exists() for task in firsts)


def test_a_stack_that_breaks_is_told_for_each_of_its_lessons(
    firsts: list[LessonTask], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("CUDA out of memory")

    monkeypatch.setattr(teach_stacks, "fit_stack", broken)
    together = [task for task in firsts if task.lesson.name in ("pretraining", "ocvae")]
    heard: dict[str, str] = {}

    def listen(job: Job, report: Report) -> None:
        heard[job.key] = report.error

    teach_stacks.teach_in_stacks(together, CPU, 10**9, listen)
    assert heard == {task.key: "RuntimeError: CUDA out of memory" for task in together}
    assert not any(task.into.exists() for task in together)
