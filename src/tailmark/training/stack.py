"""Many runs as one program: the path of a GPU, where a single small model leaves the device idle.

R models of one recipe become one set of parameters with a leading axis R; `torch.func` lifts the same network and
loss that the loop uses. Run r has its own initial weights, order, loss terms and data, so it is run r alone, to
rounding. Where there is CUDA, the step is captured once as a graph and replayed.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence

import numpy as np
import torch
from torch.func import functional_call, stack_module_state

from tailmark.errors import DivergedError
from tailmark.graph import captured
from tailmark.objective import loss
from tailmark.training.order import epochs
from tailmark.training.outcome import Curves, Outcome, is_watched, mean_recall
from tailmark.training.ready import Ready, terms

Tensors = dict[str, torch.Tensor]


def stackable(ready: Ready) -> tuple[object, ...]:
    """Runs with equal answers can share a stack."""
    return (
        ready.recipe,
        ready.steps_per_epoch,
        ready.training.pool.shape[1],
        ready.training.classes,
        tuple(sorted(ready.objective.numbers())),
    )


def train(runs: Sequence[Ready], device: torch.device) -> list[Outcome | DivergedError]:
    """Train all runs together; a run that diverges is reported, the others are unharmed."""
    start = time.perf_counter()
    stack = Stack(runs, device)
    curves = [Curves() for _ in runs]
    failed: dict[int, DivergedError] = {}
    recipe = runs[0].recipe
    for epoch in range(1, recipe.epochs + 1):
        losses = stack.epoch()
        for r, value in enumerate(losses):
            if r not in failed:
                try:
                    curves[r].add_loss(value)
                except DivergedError as error:
                    failed[r] = error
        if is_watched(epoch, recipe.epochs):
            for r, run in enumerate(runs):
                targets = torch.from_numpy(run.test_targets)
                curves[r].eval_epoch.append(epoch)
                curves[r].test_balanced_accuracy.append(mean_recall(stack.predict(r), targets))
    seconds = (time.perf_counter() - start) / len(runs)
    steps = recipe.epochs * runs[0].steps_per_epoch
    return [
        failed.get(r) or Outcome(stack.predict(r).numpy(), curves[r], steps, seconds)
        for r in range(len(runs))
    ]


class Stack:
    """R models, their data and their optimiser on one device."""

    def __init__(self, runs: Sequence[Ready], device: torch.device) -> None:
        self.runs, self.device = runs, device
        self.recipe = runs[0].recipe
        self.steps = runs[0].steps_per_epoch
        networks = [run.network.to(device) for run in runs]
        self.base = copy.deepcopy(networks[0]).to("meta")
        self.parameters, self.buffers = stack_module_state(networks)
        self.pool, self.offsets = _joined_pools(runs, device)
        self.terms = _stacked([terms(run.objective, device) for run in runs])
        self.orders = [epochs(run.training, run.seed, run.epoch_length) for run in runs]
        self.tests = [torch.from_numpy(run.test).to(device) for run in runs]
        self.rows = torch.zeros(len(runs), self.recipe.batch, dtype=torch.long, device=device)
        self.labels = torch.zeros_like(self.rows)
        self.share = torch.zeros(
            len(runs), self.recipe.batch, device=device
        )  # of the batch mean; 0 is padding
        self.total = torch.zeros(len(runs), device=device)
        if self.recipe.epochs:
            self.optimiser = self._optimiser()
            tensors = list(self.parameters.values())
            on_gpu = device.type == "cuda"
            self.step = captured(self._step, tensors, self.optimiser) if on_gpu else self._step

    def epoch(self) -> list[float]:
        """One epoch of every run; returns their mean training losses."""
        rows, labels, share = self._epoch_batches()
        self.total.zero_()
        for i in range(self.steps):
            self.rows.copy_(rows[i])
            self.labels.copy_(labels[i])
            self.share.copy_(share[i])
            self.step()
        for group in self.optimiser.param_groups:
            group["lr"] *= self.recipe.decay  # a tensor on CUDA: changed in place, where the graph sees it
        lengths = torch.tensor([run.epoch_length for run in self.runs], device=self.device)
        means: list[float] = (self.total / lengths).tolist()
        return means

    def predict(self, r: int) -> torch.Tensor:
        """Logits of run r on its test set, on the CPU."""
        parameters = {name: value[r].detach() for name, value in self.parameters.items()}
        buffers = {name: value[r] for name, value in self.buffers.items()}
        with torch.inference_mode():
            logits = functional_call(self.base, (parameters, buffers), (self.tests[r],))
            return logits.cpu()

    def _step(self) -> None:
        self.optimiser.zero_grad(set_to_none=False)
        each = torch.vmap(self._losses)(
            self.parameters, self.buffers, self.pool[self.rows], self.labels, self.terms
        )
        (each * self.share).sum().backward()
        self.optimiser.step()
        filled = (self.share > 0).sum(dim=1)
        self.total += (each.detach() * self.share).sum(dim=1) * filled

    def _losses(
        self,
        parameters: Tensors,
        buffers: Tensors,
        features: torch.Tensor,
        labels: torch.Tensor,
        terms: Tensors,
    ) -> torch.Tensor:
        return loss(functional_call(self.base, (parameters, buffers), (features,)), labels, terms)

    def _epoch_batches(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Rows, labels and shares of every step, as (steps, R, batch); a short last batch is padded."""
        shape = (len(self.runs), self.steps * self.recipe.batch)
        rows, labels = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        share = np.zeros(shape, np.float32)
        for r, run in enumerate(self.runs):
            order = next(self.orders[r])
            n = len(order)
            rows[r, :n] = run.training.rows[order] + self.offsets[r]
            labels[r, :n] = run.training.labels[order]
            share[r, :n] = 1 / self.recipe.batch
            last = n - (self.steps - 1) * self.recipe.batch
            share[r, n - last : n] = 1 / last
        return tuple(self._by_step(part) for part in (rows, labels, share))  # type: ignore[return-value]

    def _by_step(self, values: np.ndarray) -> torch.Tensor:
        cut = values.reshape(len(self.runs), self.steps, self.recipe.batch).swapaxes(0, 1)
        return torch.from_numpy(np.ascontiguousarray(cut)).to(self.device)

    def _optimiser(self) -> torch.optim.Adam:
        on_gpu = self.device.type == "cuda"
        rate: float | torch.Tensor = self.recipe.learning_rate
        if on_gpu:
            rate = torch.tensor(rate, device=self.device)
        return torch.optim.Adam(
            self.parameters.values(),
            lr=rate,
            weight_decay=self.recipe.weight_decay,
            fused=True,
            capturable=on_gpu,
        )


def _joined_pools(runs: Sequence[Ready], device: torch.device) -> tuple[torch.Tensor, list[int]]:
    """All features once on the device, and the row at which each run's begin."""
    pools = [torch.from_numpy(run.training.pool) for run in runs]
    ends = np.cumsum([len(pool) for pool in pools])
    return torch.cat(pools).to(device), [0, *ends[:-1].tolist()]


def _stacked(each: Sequence[Tensors]) -> Tensors:
    return {name: torch.stack([numbers[name] for numbers in each]) for name in each[0]}
