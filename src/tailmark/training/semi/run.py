"""One run with few labels on one device: its network, its samples, and the step that a core takes or a GPU captures.

All that is random is drawn on the host and lies in tensors before a step begins, so the step is the same program
everywhere. What the run says of any sample comes from the running mean of its weights, for every method alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tailmark.graph import captured
from tailmark.semi.batches import Perturbations, Samples
from tailmark.semi.network import Backbone
from tailmark.semi.numbers import numbers
from tailmark.semi.step import Batch, Step
from tailmark.streams import stream
from tailmark.training.order import epochs
from tailmark.training.outcome import Curves, is_watched, mean_recall
from tailmark.training.semi.ready import Ready, with_new_samples
from tailmark.trainingset import TrainingSet

PIECE = 512  # samples that are answered at once
CHUNK = 25  # steps whose random numbers are drawn at once
WATCHED_ROWS = 2000  # test samples at most that a curve looks at; for the curve alone

Rows = NDArray[np.int64]


class Training:
    """A run under way."""

    def __init__(self, ready: Ready, device: torch.device) -> None:
        self.ready = ready = with_new_samples(ready)
        self.device, self.method, self.facts = device, ready.method, ready.facts
        self.samples = Samples(
            ready.values, ready.scales, ready.tops, ready.present, ready.facts.shapes, device
        )
        self.blank = self.samples.blank()
        self.network = network_of(self.method, ready).to(device)
        self.first_weights = [value.detach().clone() for value in self.network.parameters()]
        self.average = deepcopy(self.network).requires_grad_(False)
        self.memory = self._memory()
        self.optimiser = self._optimiser()
        self.curves, self.done = Curves(), 0
        self.pool_steps: list[int] = []
        self.confusions: list[NDArray[np.int32]] = []
        self.looks = tuple(self.method.sees) if len(ready.pool) else ()
        self._begin_generation(ready.training)
        self._draw_from_streams()
        self._make_room()
        state = [*self.network.parameters(), *self.average.parameters(), *self.memory.values()]
        on_gpu = device.type == "cuda"
        self.step: Callable[[], None] = captured(self._step, state, self.optimiser) if on_gpu else self._step

    @property
    def ended(self) -> bool:
        """Whether every step is done."""
        return self.done >= self.ready.steps

    def steps(self) -> Iterator[None]:
        """One step at a time, to the last, so that others can take theirs between."""
        while not self.ended:
            count = min(CHUNK, self._next_generation() - self.done)
            self._deal()
            for _ in range(count):
                self.step()
                yield
            self._settle(count)

    def said(self, rows: Rows) -> torch.Tensor:
        """The method's logits for some rows as they are (n, K)."""
        return self.over(rows, lambda batch: {"": answer(self.method, self, batch)})[""]

    def over(self, rows: Rows, say: Callable[[Batch], dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
        """What is said of some rows, piece by piece."""
        self.average.eval()
        with torch.inference_mode():
            parts = [
                say(self.samples.clean(piece))
                for piece in torch.from_numpy(rows).to(self.device).split(PIECE)
            ]
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}

    def _memory(self) -> dict[str, torch.Tensor]:
        told = self.method.memory(self.facts) if hasattr(self.method, "memory") else {}
        return {
            name: torch.tensor(value, dtype=torch.float32, device=self.device) for name, value in told.items()
        }

    def _optimiser(self) -> torch.optim.Adam:
        recipe, on_gpu = self.ready.recipe, self.device.type == "cuda"
        rate: float | torch.Tensor = recipe.learning_rate * getattr(self.method, "rate", 1.0)
        if on_gpu:
            rate = torch.tensor(rate, device=self.device)
        return torch.optim.Adam(
            self.network.parameters(),
            lr=rate,
            weight_decay=recipe.weight_decay,
            fused=True,
            capturable=on_gpu,
        )

    # What the next steps will find.

    def _draw_from_streams(self) -> None:
        seed, shapes, policy = self.ready.seed, self.facts.shapes, self.ready.semi.augment
        self.of_labelled = Perturbations(seed, shapes, policy, "labelled")
        self.of_pool = Perturbations(seed, shapes, policy, "pool")
        self.wanted = self.method.noise(self.facts) if hasattr(self.method, "noise") else {}
        self.noise_streams = {name: stream(seed, f"noise/{name}") for name in self.wanted}

    def _make_room(self) -> None:
        """The tensors in which steps are dealt, at fixed places, as a captured graph needs them."""
        dealt = self._dealt()
        self.room = {name: torch.from_numpy(value).to(self.device) for name, value in dealt.items()}
        self._draw_from_streams()
        self.orders, self.pool_orders = self._orders(self.labelled), self._pool_orders()
        self.within = torch.arange(self.facts.batch, device=self.device)
        self.pool_within = torch.arange(self.facts.pool_batch, device=self.device)
        self.at = torch.zeros(1, dtype=torch.long, device=self.device)  # the step within the chunk
        self.total = torch.zeros(1, device=self.device)

    def _deal(self) -> None:
        for name, value in self._dealt().items():
            self.room[name].copy_(torch.from_numpy(value))
        self.at.zero_()
        self.total.zero_()

    def _dealt(self) -> dict[str, NDArray[Any]]:
        order = next(self.orders)
        steps = np.arange(self.done, self.done + CHUNK, dtype=np.float32)
        since = steps - self._begun  # a mean over few steps must not remember the first weights
        keeps = np.minimum(self.ready.semi.average, (1 + since) / (10 + since))
        found: dict[str, NDArray[Any]] = {
            "rows": self.labelled.rows[order],
            "labels": self.labelled.labels[order],
            "progress": steps / max(self.ready.steps - 1, 1),
            "forget": (1 - keeps).astype(np.float32),
        }
        found |= {f"labelled/{n}": value for n, value in self.of_labelled.weak(len(order)).items()}
        if self.looks:
            pooled = next(self.pool_orders)
            found["pool_rows"] = pooled
            if "weak" in self.looks:
                found |= {f"weak/{n}": value for n, value in self.of_pool.weak(len(pooled)).items()}
            if "strong" in self.looks:
                found |= {f"strong/{n}": value for n, value in self.of_pool.strong(len(pooled)).items()}
        return found | {
            f"noise/{name}": numbers(wish, self.noise_streams[name], CHUNK)
            for name, wish in self.wanted.items()
        }

    def _orders(self, labelled: TrainingSet) -> Iterator[Rows]:
        return epochs(labelled, self.ready.seed, CHUNK * self.facts.batch)

    def _pool_orders(self) -> Iterator[Rows]:
        return endless(self.ready.pool, self.ready.seed, CHUNK * self.facts.pool_batch)

    # The step.

    def _step(self) -> None:
        value = self.method.learn(self._step_of_now())
        self.optimiser.zero_grad(set_to_none=False)
        value.backward()
        self.optimiser.step()
        self._average()
        self.total += value.detach()
        self.at += 1

    def _step_of_now(self) -> Step:
        where = self.at * self.facts.batch + self.within
        rows, labels = self.room["rows"][where], self.room["labels"][where]
        labelled = self.samples.weak(rows, self._draws("labelled/", where), self.ready.semi.augment)
        weak = strong = replace(labelled, present=labelled.present[:0])
        if self.looks:
            pooled = self.at * self.facts.pool_batch + self.pool_within
            pool_rows = self.room["pool_rows"][pooled]
            if "weak" in self.looks:
                weak = self.samples.weak(pool_rows, self._draws("weak/", pooled), self.ready.semi.augment)
            if "strong" in self.looks:
                strong = self.samples.strong(pool_rows, self._draws("strong/", pooled))
        return Step(
            facts=self.facts,
            network=self.network,
            average=self.average,
            labelled=labelled,
            labels=labels,
            weak=weak,
            strong=strong,
            blank=self.blank,
            noise={name: self._now(f"noise/{name}") for name in self.wanted},
            memory=self.memory,
            progress=self._now("progress"),
        )

    def _draws(self, prefix: str, where: torch.Tensor) -> dict[str, torch.Tensor]:
        return {
            name.removeprefix(prefix): value[where]
            for name, value in self.room.items()
            if name.startswith(prefix)
        }

    def _now(self, name: str) -> torch.Tensor:
        return self.room[name].index_select(0, self.at).squeeze(0)

    def _average(self) -> None:
        forget = self._now("forget")
        with torch.no_grad():
            for mean, value in zip(self.average.parameters(), self.network.parameters(), strict=True):
                mean.lerp_(value, forget)

    # Between the steps.

    def _settle(self, steps: int) -> None:
        """The curves, the learning rate, the pool as it is seen now, and a new generation if its time has come."""
        self.done += steps
        self.curves.add_loss(float(self.total) / steps)
        for group in self.optimiser.param_groups:
            group["lr"] *= self.ready.recipe.decay ** (steps / self.ready.epoch_steps)
        chunk, chunks = -(-self.done // CHUNK), -(-self.ready.steps // CHUNK)
        if is_watched(chunk, chunks):
            some = slice(None, None, -(-len(self.ready.test) // WATCHED_ROWS))
            logits = self.said(self.ready.test[some]).cpu()
            self.curves.eval_epoch.append(round(self.done / self.ready.epoch_steps))
            right = mean_recall(logits, torch.from_numpy(self.ready.test_labels[some]))
            self.curves.test_balanced_accuracy.append(right)
            self._look_at_pool()
        if self.generations > 1 and self.done == self._ends[self.generation] and not self.ended:
            self._next()

    def _look_at_pool(self) -> None:
        if not len(self.ready.pool):
            return
        said = self.said(self.ready.pool).argmax(-1).cpu().numpy()
        table = np.zeros((self.facts.classes,) * 2, np.int32)
        np.add.at(table, (self.ready.pool_labels, said), 1)
        self.pool_steps.append(self.done)
        self.confusions.append(table)

    # Generations of self-training.

    @property
    def generations(self) -> int:
        """How often the training begins anew with what the last one is sure of."""
        wish = int(getattr(self.method, "generations", 1)) if len(self.ready.pool) else 1
        return min(wish, self.ready.steps)

    @property
    def _ends(self) -> list[int]:
        return [round(self.ready.steps * (n + 1) / self.generations) for n in range(self.generations)]

    def _next_generation(self) -> int:
        return self._ends[self.generation]

    def _begin_generation(self, labelled: TrainingSet, generation: int = 0) -> None:
        self.labelled, self.generation, self._begun = labelled, generation, self.done
        self.orders, self.pool_orders = self._orders(labelled), self._pool_orders()

    def _next(self) -> None:
        """What the method is sure of joins the labelled samples; weights, optimiser and memory begin anew."""
        probability = self.said(self.ready.pool).softmax(-1).cpu().numpy()
        positions, labels = self.method.adopt(probability, np.array(self.facts.counts))
        training = self.ready.training
        adopted = replace(
            training,
            rows=np.concatenate([training.rows, self.ready.pool[positions]]),
            labels=np.concatenate([training.labels, labels.astype(np.int64)]),
        )
        self._begin_generation(adopted, self.generation + 1)
        with torch.no_grad():
            for network in (self.network, self.average):
                for weight, first in zip(network.parameters(), self.first_weights, strict=True):
                    weight.copy_(first)
            for moments in self.optimiser.state.values():
                for moment in moments.values():
                    moment.zero_()
            for name, kept in self._memory().items():
                self.memory[name].copy_(kept)


def network_of(method: Any, ready: Ready) -> nn.Module:
    """The method's own, or the backbone."""
    if hasattr(method, "build"):
        made: nn.Module = method.build(ready.facts)
        return made
    return Backbone(ready.facts, getattr(method, "heads", 1))


def answer(method: Any, training: Training, batch: Batch) -> torch.Tensor:
    """The method's logits for a batch, by the running mean of the weights."""
    if hasattr(method, "answer"):
        logits: torch.Tensor = method.answer(training.average, batch, training.blank, training.memory)
        return logits
    plain: torch.Tensor = training.average(batch)
    return plain


def endless(rows: Rows, seed: int, length: int) -> Iterator[Rows]:
    """Rows of the pool, so many at a time without end; shuffles follow on from each other."""
    draws, waiting = stream(seed, "order/pool"), np.empty(0, np.int64)
    while len(rows):
        while len(waiting) < length:
            waiting = np.concatenate([waiting, draws.permutation(rows)])
        yield waiting[:length]
        waiting = waiting[length:]
