"""The order of jobs: needs before users, and a failed job takes those that need it, and nothing else, with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailmark.training.queue import Queue
from tailmark.training.task import Job
from tailmark.training.worker import Report


@dataclass(frozen=True)
class Item:
    """As much of a job as a queue looks at."""

    key: str
    needs: tuple[Item, ...] = ()

    @property
    def into(self) -> Path:
        return Path(f"{self.key}.npz")

    @property
    def label(self) -> str:
        return f"job {self.key}"


def job(key: str, *needs: Job) -> Job:
    return cast(Job, Item(key, cast("tuple[Item, ...]", needs)))


def drained(queue: Queue, failing: set[str], at_once: int) -> tuple[list[str], dict[str, str]]:
    """Keys in the order in which they were begun, and the errors of all that failed."""
    begun: list[str] = []
    errors: dict[str, str] = {}
    while queue.waiting:
        for lost, report in queue.hopeless():
            errors[lost.key] = report.error
        hands = [taken for _ in range(at_once) if (taken := queue.take()) is not None]
        assert hands or not queue.waiting, "nothing can start, and nothing is hopeless"
        for taken in hands:
            begun.append(taken.key)
            error = "ValueError: no" if taken.key in failing else ""
            errors.update({taken.key: error} if error else {})
            queue.ended(taken, Report(taken.key, error))
    return begun, errors


@st.composite
def jobs_in_any_order(draw: st.DrawFn) -> list[Job]:
    made: list[Job] = []
    for i in range(draw(st.integers(1, 8))):
        needs = draw(st.lists(st.sampled_from(made), unique=True, max_size=3)) if made else []
        made.append(job(str(i), *needs))
    return draw(st.permutations(made))


@given(jobs_in_any_order(), st.sets(st.sampled_from("01234567")), st.integers(1, 3))
def test_each_job_begins_after_its_needs_or_fails_with_them(
    jobs: list[Job], failing: set[str], at_once: int
) -> None:
    begun, errors = drained(Queue(jobs), failing, at_once)
    assert sorted([*begun, *(key for key in errors if key not in begun)]) == sorted(j.key for j in jobs)
    for item in jobs:
        broken = [need.key for need in item.needs if need.key in errors]
        if item.key in begun:
            assert not broken
            assert all(begun.index(need.key) < begun.index(item.key) for need in item.needs)
        else:
            assert broken and errors[item.key].startswith("It needs what failed: job ")
    assert {key for key in errors if key in begun} == failing & set(begun)


def test_a_failed_lesson_is_named_where_it_hurts() -> None:
    pretraining = job("pretraining")
    tuned = job("class 1", pretraining)
    run, other = job("run", tuned), job("other")
    _, errors = drained(Queue([pretraining, other, tuned, run]), {"pretraining"}, 2)
    assert errors["pretraining"] == "ValueError: no"
    assert errors["class 1"] == "It needs what failed: job pretraining: ValueError: no"
    assert errors["run"].endswith("job pretraining: ValueError: no") and "other" not in errors


def test_a_hopeless_job_is_told_once() -> None:
    first = job("first")
    queue = Queue([first, job("second", first)])
    taken = queue.take()
    assert taken is first and queue.take() is None  # the second waits
    queue.ended(first, Report("first", "ValueError: no"))
    assert [lost.key for lost, _ in queue.hopeless()] == ["second"]
    assert not list(queue.hopeless()) and not queue.waiting


def test_a_need_that_is_done_already_holds_nothing_up() -> None:
    assert Queue([job("run", job("elsewhere"))]).take() is not None


@pytest.mark.parametrize("fails", [False, True])
def test_all_that_can_start_starts_together(fails: bool) -> None:
    lessons = [job("a"), job("b")]
    queue = Queue([*lessons, job("run", *lessons), job("alone")])
    assert [taken.key for taken in queue.take_all()] == ["a", "b", "alone"]
    assert queue.take_all() == []
    queue.ended(lessons[0], Report("a"))
    assert queue.take_all() == []
    queue.ended(lessons[1], Report("b", "no" if fails else ""))
    assert [taken.key for taken in queue.take_all()] == ([] if fails else ["run"])
