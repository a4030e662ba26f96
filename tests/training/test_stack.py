"""Run r of a stack is run r alone, to rounding, whatever runs beside it."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest
import torch

from tailmark.errors import DivergedError
from tailmark.training import loop, stack
from tailmark.training.outcome import Outcome
from tailmark.training.ready import ready
from tailmark.training.task import Task

CPU = torch.device("cpu")


def stacks(tasks: list[Task]) -> list[list[Task]]:
    """The tasks, in groups that can be stacked."""

    def group(task: Task) -> str:
        return repr(stack.stackable(ready(task)))

    return [list(members) for _, members in groupby(sorted(tasks, key=group), key=group)]


def assert_same(one: Outcome, other: Outcome) -> None:
    np.testing.assert_allclose(one.logits, other.logits, atol=2e-5)
    np.testing.assert_allclose(one.curves.train_loss, other.curves.train_loss, atol=1e-6)
    assert one.curves.eval_epoch == other.curves.eval_epoch
    assert one.steps == other.steps


def test_a_run_of_a_stack_is_the_run_alone(tasks: list[Task]) -> None:
    sizes = []
    for members in stacks(tasks):
        alone = [loop.train(ready(task), CPU) for task in members]
        together = stack.train([ready(task) for task in members], CPU)
        sizes.append(len(members))
        for one, other in zip(alone, together, strict=True):
            assert isinstance(other, Outcome)
            assert_same(one, other)
    assert max(sizes) >= 4 and sum(sizes) == len(tasks)


def test_neighbours_do_not_change_a_run(tasks: list[Task]) -> None:
    same = [task for task in tasks if task.protocol == "corrected" and task.method in ("rw", "cbrw")]
    (first, *_) = stack.train([ready(same[0])], CPU)
    (second, *_) = stack.train([ready(task) for task in same], CPU)
    assert isinstance(first, Outcome) and isinstance(second, Outcome)
    np.testing.assert_allclose(first.logits, second.logits, atol=1e-6)


def test_a_diverging_run_leaves_its_neighbours_unharmed(tasks: list[Task]) -> None:
    good, bad, _ = (ready(task) for task in [t for t in tasks if t.method == "erm"][:3])
    poisoned = replace(bad, training=replace(bad.training, pool=np.full_like(bad.training.pool, np.nan)))
    alone = stack.train([replace(good, network=ready(tasks[0]).network)], CPU)[0]
    fine, diverged = stack.train([good, poisoned], CPU)
    assert isinstance(diverged, DivergedError) and "epoch 1" in str(diverged)
    assert isinstance(fine, Outcome) and isinstance(alone, Outcome)
    np.testing.assert_allclose(fine.logits, alone.logits, atol=1e-6)


def test_a_diverging_run_says_so_in_the_loop(tasks: list[Task]) -> None:
    run = ready(tasks[0])
    poisoned = replace(run, training=replace(run.training, pool=np.full_like(run.training.pool, np.nan)))
    with pytest.raises(DivergedError, match=r"became nan in epoch 1. Lower the learning rate"):
        loop.train(poisoned, CPU)


def test_runs_are_the_same_bits_twice(tasks: list[Task]) -> None:
    first, second = (loop.train(ready(tasks[0]), CPU) for _ in range(2))
    np.testing.assert_array_equal(first.logits, second.logits)
    assert first.curves.train_loss == second.curves.train_loss


def test_a_capture_that_fails_falls_back_and_puts_the_weights_back(caplog: pytest.LogCaptureFixture) -> None:
    from tailmark import graph  # noqa: PLC0415

    weight = torch.ones(3, requires_grad=True)
    optimiser = torch.optim.Adam([weight])

    def step() -> None:
        weight.sum().backward()
        optimiser.step()
        raise RuntimeError("no capture here")

    step_or_replay = graph.captured(step, [weight], optimiser)
    assert step_or_replay is step
    assert weight.tolist() == [1, 1, 1]
    assert all(float(m.abs().sum()) == 0 for moments in optimiser.state.values() for m in moments.values())
    assert "could not be captured" in caplog.text
