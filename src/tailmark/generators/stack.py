"""Many lessons as one program: the path of a GPU. Fine-tunes over seeds, ratios and lambdas differ in numbers alone.

Each lesson draws from its own streams and meets its own data, start and penalty, so that lesson r of a stack is lesson
r alone, to rounding.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.func import functional_call, stack_module_state

from tailmark.errors import DivergedError
from tailmark.generators.draws import Draws
from tailmark.generators.elbo import negative_elbo
from tailmark.generators.ewc import penalty
from tailmark.generators.fit import Teacher, diverged, information
from tailmark.generators.lesson import Lesson, Material, Model, Vae
from tailmark.generators.network import exemplars_of, steps_of, vae_of, weights_of
from tailmark.graph import captured

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Taught:
    """One lesson with all that it needs."""

    lesson: Lesson
    material: Material
    seed: int
    start: Model | None

    @property
    def network(self) -> Vae:
        """Its network's settings."""
        assert isinstance(self.lesson.network, Vae)
        return self.lesson.network

    @property
    def held(self) -> bool:
        """Whether it stays near its start."""
        return self.start is not None and self.lesson.ewc > 0


def stackable(taught: Taught) -> tuple[object, ...]:
    """Lessons with equal answers can share a stack: lambda, seed, data and start may differ."""
    lesson, seen = taught.lesson, taught.material
    return (
        lesson.network,
        lesson.epochs,
        lesson.batch,
        lesson.learning_rate,
        lesson.decay,
        lesson.ewc_step,
        taught.held,
        steps_of(lesson, seen),
        exemplars_of(lesson, seen),
        seen.pool.shape[1],
        seen.classes if taught.network.conditional else 0,
        seen.span,
    )


def fit_stack(members: Sequence[Taught], device: torch.device) -> list[Model | DivergedError]:
    """Train all lessons together; one that diverges is reported, the others are unharmed."""
    begun = time.perf_counter()
    stack = Stack(members, device)
    losses = np.array([stack.epoch() for _ in range(members[0].lesson.epochs)], np.float32)
    seconds = (time.perf_counter() - begun) / len(members)
    return [stack.model(r, losses[:, r], seconds) for r in range(len(members))]


class Stack:
    """R networks, their data and their optimiser on one device."""

    def __init__(self, members: Sequence[Taught], device: torch.device) -> None:
        self.members, self.device = members, device
        first = members[0]
        self.lesson, self.settings = first.lesson, first.network
        self.steps = steps_of(first.lesson, first.material)
        self.exemplars = exemplars_of(first.lesson, first.material) if self._guided else 0
        self.networks = [vae_of(m.network, m.material, m.seed, m.start).to(device) for m in members]
        self.base = copy.deepcopy(self.networks[0]).to("meta")
        self.parameters, self.buffers = stack_module_state(list(self.networks))
        self.held = self._held() if first.held else None
        self.pool, self.offsets = self._pools()
        self.draws = [Draws(m.seed, m.lesson.name) for m in members]
        runs, batch = len(members), self.lesson.batch
        self.rows = torch.zeros(runs, batch + self.exemplars, dtype=torch.long, device=device)
        self.noise = torch.zeros(runs, batch, self.settings.latent, device=device)
        self.share = torch.zeros(runs, batch, device=device)  # of the batch's mean; 0 is padding
        self.condition = torch.zeros(runs, batch, first.material.classes, device=device)
        self.total = torch.zeros(runs, device=device)
        self.optimiser = self._optimiser()
        on_gpu = device.type == "cuda"
        tensors = list(self.parameters.values())
        self.step = captured(self._step, tensors, self.optimiser) if on_gpu else self._step

    @property
    def _guided(self) -> bool:
        return self.settings.prior == "majority"

    def epoch(self) -> list[float]:
        """One epoch of every lesson; returns their mean losses."""
        batches = self._batches()
        self.total.zero_()
        for i in range(self.steps):
            for place, values in zip(
                (self.rows, self.noise, self.share, self.condition), batches, strict=True
            ):
                place.copy_(values[i])
            self.step()
        for group in self.optimiser.param_groups:
            group["lr"] *= self.lesson.decay
        means: list[float] = self.total.cpu().tolist()
        return [total / len(m.material.learns) for total, m in zip(means, self.members, strict=True)]

    def model(self, r: int, losses: np.ndarray, seconds: float) -> Model | DivergedError:
        """What lesson r leaves behind."""
        if not np.isfinite(losses).all():
            epoch = int(np.argmin(np.isfinite(losses)))
            return diverged(self.members[r].lesson.name, losses[epoch], epoch + 1)
        member = self.members[r]
        network = self.networks[r]
        network.load_state_dict({name: value[r].detach() for name, value in self.parameters.items()})
        found = {}
        if member.lesson.fisher_samples:
            teacher = Teacher(member.lesson, member.network, member.material, self.device)
            found = information(member.lesson, network, teacher, member.seed)
        return Model(weights_of(network), found, losses, seconds)

    def _step(self) -> None:
        self.optimiser.zero_grad(set_to_none=False)
        each = torch.vmap(self._losses)(
            self.parameters, self.buffers, self.pool[self.rows], self.noise, self.condition
        )
        means = (each * self.share).sum(dim=1)
        if self.held is not None and self.lesson.ewc_step == "penalty":
            means = means + torch.vmap(penalty)(self.parameters, *self.held)
        means.sum().backward()
        self.optimiser.step()
        if self.held is not None and self.lesson.ewc_step == "proximal":
            self._proximal(*self.held)
        self.total += means.detach() * (self.share > 0).sum(dim=1)

    def _losses(
        self,
        parameters: Tensors,
        buffers: Tensors,
        features: torch.Tensor,
        noise: torch.Tensor,
        condition: torch.Tensor,
    ) -> torch.Tensor:
        told = condition if self.settings.conditional else None
        out = functional_call(self.base, (parameters, buffers), (features, noise, told))
        return negative_elbo(
            out, features[: len(noise)], likelihood=self.settings.likelihood, prior=self.settings.prior
        )

    def _proximal(self, anchor: Tensors, fisher: Tensors, strength: torch.Tensor) -> None:
        """The implicit step of ewc.proximal, for every lesson with its own lambda."""
        rate = self.optimiser.param_groups[0]["lr"]
        with torch.no_grad():
            for name, value in self.parameters.items():
                pull = 2 * rate * strength.view(-1, *[1] * (value.dim() - 1)) * fisher[name]
                value.copy_((value + pull * anchor[name]) / (1 + pull))

    def _held(self) -> tuple[Tensors, Tensors, torch.Tensor]:
        """Where each lesson started, how much each weight mattered there, and lambda."""

        def stacked(part: str) -> Tensors:
            return {
                name: torch.stack([torch.from_numpy(getattr(m.start, part)[name]) for m in self.members]).to(
                    self.device
                )
                for name in self.parameters
            }

        strength = torch.tensor([m.lesson.ewc for m in self.members], device=self.device)
        return stacked("weights"), stacked("fisher"), strength

    def _pools(self) -> tuple[torch.Tensor, list[int]]:
        """All features once on the device, and the row at which each lesson's begin."""
        pools = [torch.from_numpy(member.material.pool) for member in self.members]
        ends = np.cumsum([len(pool) for pool in pools])
        return torch.cat(pools).to(self.device), [0, *ends[:-1].tolist()]

    def _batches(self) -> tuple[torch.Tensor, ...]:
        """Rows, noise, shares and conditions of every step of an epoch; a short last batch is padded."""
        runs, batch, steps = len(self.members), self.lesson.batch, self.steps
        rows = np.zeros((steps, runs, batch + self.exemplars), np.int64)
        noise = np.zeros((runs, steps * batch, self.settings.latent), np.float32)
        share = np.zeros((runs, steps * batch), np.float32)
        labels = np.zeros((runs, steps * batch), np.int64)
        for r, member in enumerate(self.members):
            seen, n = member.material, len(member.material.learns)
            drawn = self.draws[r].epoch(n, self.settings.latent, steps, len(seen.guides), self.exemplars)
            positions = np.zeros(steps * batch, np.int64)
            positions[:n] = seen.learns[drawn.order]
            rows[:, r, :batch] = positions.reshape(steps, batch) + self.offsets[r]
            if self.exemplars:
                rows[:, r, batch:] = seen.guides[drawn.exemplars] + self.offsets[r]
            noise[r, :n], labels[r, :n] = drawn.noise, seen.labels[drawn.order]
            share[r, :n] = 1 / batch
            last = n - (steps - 1) * batch
            share[r, n - last : n] = 1 / last
        told = torch.nn.functional.one_hot(torch.from_numpy(labels), self.members[0].material.classes).float()
        by_step = [
            values.unflatten(1, (steps, batch)).swapaxes(0, 1).contiguous()
            for values in (torch.from_numpy(noise), torch.from_numpy(share), told)
        ]
        return tuple(values.to(self.device) for values in (torch.from_numpy(rows), *by_step))

    def _optimiser(self) -> torch.optim.Adam:
        on_gpu = self.device.type == "cuda"
        rate: float | torch.Tensor = self.lesson.learning_rate
        if on_gpu:
            rate = torch.tensor(rate, device=self.device)
        return torch.optim.Adam(self.parameters.values(), lr=rate, fused=True, capturable=on_gpu)
