"""Training with few labels: its seed decides a run, no label of the pool or the test set is read, costs are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from tailmark.errors import DivergedError
from tailmark.semi.step import Batch, Draw, Facts, Step
from tailmark.training.lanes import side_by_side
from tailmark.training.outcome import Outcome
from tailmark.training.semi.fit import begin, fit
from tailmark.training.semi.ready import Ready
from tailmark.training.semi.run import CHUNK, Training, endless

CPU = torch.device("cpu")
Make = Callable[..., Ready]


@dataclass(frozen=True)
class Labels:
    """The labelled samples alone."""

    rate: float = 1.0
    sees: ClassVar[tuple[str, ...]] = ()

    def learn(self, step: Step) -> torch.Tensor:
        return cross_entropy(step.network(step.labelled), step.labels)


@dataclass(frozen=True)
class Everything:
    """Looks at all that a step offers, and remembers what it saw."""

    heads: ClassVar[int] = 2
    sees: ClassVar[tuple[str, ...]] = ("weak", "strong")

    def noise(self, facts: Facts) -> dict[str, Draw]:
        return {
            "u": Draw("uniform", (facts.batch,)),
            "e": Draw("normal", (facts.pool_batch, 3)),
            "v": Draw("chisquare", (facts.pool_batch,), 5.0),
        }

    def memory(self, facts: Facts) -> dict[str, list[float]]:
        return {"seen": [0.0] * len(facts.counts), "steps": [0.0]}

    def learn(self, step: Step) -> torch.Tensor:
        logits = step.network(step.labelled)
        with torch.no_grad():
            step.memory["seen"].add_(torch.bincount(step.labels, minlength=3))
            step.memory["steps"] += 1
            target = step.average(step.weak).softmax(-1)
        agreed = cross_entropy(step.network(step.strong), target)
        kept = (step.noise["u"] < 0.5).float()
        extra = (step.noise["e"].sum() + step.noise["v"].sum()) * 1e-9
        return (kept * cross_entropy(logits, step.labels, reduction="none")).mean() + agreed + extra

    def answer(self, network: Any, batch: Batch, blank: Batch, memory: Any) -> torch.Tensor:
        return network(batch) - network(blank)


def trained(ready: Ready) -> Training:
    training = Training(ready, CPU)
    for _ in training.steps():
        pass
    return training


@pytest.mark.parametrize("method", [Labels(), Everything()])
def test_the_same_seed_gives_the_same_run(few_labels: Make, method: Any) -> None:
    one, other = (fit(few_labels(method), CPU) for _ in range(2))
    np.testing.assert_array_equal(one.logits, other.logits)
    assert not np.array_equal(one.logits, fit(few_labels(method, seed=1), CPU).logits)


def test_it_learns(few_labels: Make) -> None:
    ready = few_labels(Labels(), steps=150)
    outcome = fit(ready, CPU)
    assert (outcome.logits.argmax(1) == ready.test_labels).mean() > 0.8
    assert outcome.curves.train_loss[-1] < 0.3 * outcome.curves.train_loss[0]


def test_runs_side_by_side_are_the_runs_alone(few_labels: Make) -> None:
    methods: list[Any] = [Labels(), Everything(), Labels(rate=2.0)]
    found: dict[int, Outcome | Exception] = {}
    readers = [partial(lambda method: begin(few_labels(method)), method) for method in methods]
    side_by_side(readers, CPU, found.__setitem__, lanes=2)
    for number, method in enumerate(methods):
        outcome = found[number]
        assert isinstance(outcome, Outcome)
        np.testing.assert_array_equal(outcome.logits, fit(few_labels(method), CPU).logits)


@pytest.mark.parametrize("method", [Labels(), Everything()])
def test_labels_of_pool_and_test_are_not_read(few_labels: Make, method: Any) -> None:
    ready = few_labels(method)
    blind = replace(
        ready, pool_labels=np.zeros_like(ready.pool_labels), test_labels=ready.test_labels[::-1].copy()
    )
    np.testing.assert_array_equal(fit(ready, CPU).logits, fit(blind, CPU).logits)


def test_steps_count_and_memory_is_kept(few_labels: Make) -> None:
    ready = few_labels(Everything(), steps=CHUNK + 3)
    training = trained(ready)
    assert training.done == CHUNK + 3 == int(training.memory["steps"])
    assert int(training.memory["seen"].sum()) == training.done * ready.facts.batch


def test_the_mean_of_the_weights_answers(few_labels: Make) -> None:
    training = trained(few_labels(Labels(), average=0.5))
    mean, last = next(training.average.parameters()), next(training.network.parameters())
    assert not torch.equal(mean, last) and not mean.requires_grad
    with torch.no_grad():
        batch = training.samples.clean(torch.from_numpy(training.ready.test))
        torch.testing.assert_close(training.said(training.ready.test), training.average(batch))
    at_once = trained(few_labels(Labels(), average=0.0))
    torch.testing.assert_close(next(at_once.average.parameters()), next(at_once.network.parameters()))


def test_the_method_answers_as_it_wishes(few_labels: Make) -> None:
    training = trained(few_labels(Everything()))
    with torch.no_grad():
        batch = training.samples.clean(torch.from_numpy(training.ready.test))
        wished = training.average(batch) - training.average(training.blank)
    torch.testing.assert_close(training.said(training.ready.test), wished)


def test_the_pool_is_watched_and_judged_by_its_truth(few_labels: Make) -> None:
    ready = few_labels(Labels(), steps=100)
    parts = fit(ready, CPU).parts
    assert parts["pool/steps"].tolist() == [25, 50, 75, 100]
    for table in parts["pool/confusion"]:
        np.testing.assert_array_equal(table.sum(axis=1), np.bincount(ready.pool_labels, minlength=3))
    said = trained(ready).said(ready.pool).argmax(1).numpy()
    hits = np.bincount(ready.pool_labels[said == ready.pool_labels], minlength=3)
    np.testing.assert_array_equal(np.diag(parts["pool/confusion"][-1]), hits)


def test_without_a_pool_there_is_nothing_to_watch(few_labels: Make) -> None:
    ready = few_labels(Labels())
    alone = replace(ready, pool=ready.pool[:0], pool_labels=ready.pool_labels[:0])
    assert not any(name.startswith("pool/") for name in fit(alone, CPU).parts)


def test_costs_are_told(few_labels: Make) -> None:
    ready = few_labels(Labels(), steps=60)
    outcome = fit(ready, CPU)
    parts = outcome.parts
    assert 0 < float(parts["cost/seconds"]) <= outcome.seconds
    assert float(parts["cost/epochs"]) == pytest.approx(60 / ready.epoch_steps)
    weights = sum(value.numel() for value in Training(ready, CPU).network.parameters())
    assert int(parts["cost/parameters"]) == weights
    if "cost/peak_bytes" in parts:  # where the system tells
        assert 0 <= int(parts["cost/peak_bytes"]) < 2**32


def test_a_loss_that_is_not_finite_ends_the_run(few_labels: Make) -> None:
    with pytest.raises(DivergedError, match="training loss became"):
        fit(few_labels(Labels(rate=float("inf"))), CPU)


def test_the_pool_comes_in_shuffles_that_follow_on() -> None:
    rows = np.arange(10, 17)
    dealt = np.concatenate([part for part, _ in zip(endless(rows, 0, 5), range(7), strict=False)])
    for start in range(0, 35, 7):
        np.testing.assert_array_equal(np.sort(dealt[start : start + 7]), rows)


@dataclass(frozen=True)
class Growing:
    """Takes what it is sure of into the labelled samples, twice."""

    generations: ClassVar[int] = 3
    sees: ClassVar[tuple[str, ...]] = ("weak",)

    def learn(self, step: Step) -> torch.Tensor:
        return cross_entropy(step.network(step.labelled), step.labels)

    def adopt(self, probability: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        assert counts.tolist() == [12, 6, 2]
        best = np.argsort(-probability.max(1))[:5]
        return best, probability[best].argmax(1)


def test_generations_begin_anew_with_more_labels(few_labels: Make) -> None:
    ready = few_labels(Growing(), steps=90)
    training = Training(ready, CPU)
    sizes, at_first = [], [value.detach().clone() for value in training.network.parameters()]
    for number, _ in enumerate(training.steps(), start=1):
        if number in (30, 31, 60, 61, 90):
            sizes.append(len(training.labelled))
    assert sizes == [20, 25, 25, 25, 25] and training.generation == 2
    assert set(training.labelled.rows[20:]) <= set(ready.pool)
    again = Training(ready, CPU)
    for number, _ in enumerate(again.steps(), start=1):
        if number == 61:  # one step after the second beginning
            break
    now = [value.detach() for value in again.network.parameters()]
    moved = [float((one - first).abs().max()) for one, first in zip(now, at_first, strict=True)]
    assert 0 < max(moved) < 2 * ready.recipe.learning_rate
