"""What the balance of a run needs beside the network: its running tensors, its numbers, its steps and recesses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tailmark import objective
from tailmark.balance.noise import Noise
from tailmark.balance.recess import Recess, Samples
from tailmark.balance.step import Facts, Step
from tailmark.errors import TailmarkError
from tailmark.fusion.experts import ExpertNetwork
from tailmark.fusion.loss import Numbers
from tailmark.streams import stream
from tailmark.training.views.ready import Ready

Update = Callable[[], None]


class Balancing:
    """Of one run."""

    def __init__(self, ready: Ready, expert: ExpertNetwork, numbers: Numbers, device: torch.device) -> None:
        balance: Any = ready.design.balance
        self.balance = balance
        self.ready, self.expert, self.numbers, self.device = ready, expert, numbers, device
        _has_encoders_that_learn(expert)
        _sees_views_that_vary(ready)
        facts = Facts(expert.views, expert.widths, ready.training.classes)
        told = balance.memory(facts) if hasattr(balance, "memory") else {}
        self.memory = {
            name: torch.tensor(value, dtype=torch.float32, device=device) for name, value in told.items()
        }
        self.begun = torch.zeros((), device=device)  # steps before this epoch
        self.draws = stream(ready.seed, "balance")
        self._make_noise()

    def deal(self, done: int) -> None:
        """What the next epoch's steps will find."""
        self.begun.fill_(done)
        if self.noise:
            starts = self.noise_draws.integers(self.noise.length, size=len(self.starts))
            self.starts.copy_(torch.from_numpy(starts))

    def step(self, views: Mapping[str, Tensor], labels: Tensor, at: Tensor, update: Update) -> Step:
        """One training step of the run."""
        return self._step_of(self.expert, views, labels, at, update)

    def practice(self, expert: ExpertNetwork, views: Mapping[str, Tensor], labels: Tensor) -> Step:
        """A step of a copy of the network."""
        nothing = torch.zeros(1, dtype=torch.long, device=self.device)
        return self._step_of(expert, views, labels, nothing, lambda: None)

    def loss_of(self, labels: Tensor) -> Callable[[Tensor], Tensor]:
        """The mean loss of logits, by the objective of the run."""
        return lambda logits: objective.loss(logits, labels, self.numbers).mean()

    def _losses(self, said: Sequence[Tensor], labels: Tensor) -> Tensor:
        """In one pass, for many small ones would cost more than they compute."""
        values = objective.loss(torch.cat(list(said)), labels.repeat(len(said)), self.numbers)
        return values.view(len(said), -1).mean(dim=1)

    def recess(
        self,
        views: Callable[[Tensor], dict[str, Tensor]],
        done: int,
        length: int,
        practised: Callable[[Callable[[Step], Tensor], int], ExpertNetwork],
    ) -> None:
        """What the balance does between two epochs."""
        if not hasattr(self.balance, "between"):
            return
        ready = self.ready
        training = Samples(ready.training.rows, ready.training.labels)
        self.balance.between(
            Recess(
                network=self.expert,
                training=training,
                held=Samples(ready.held, ready.held_labels),
                views=views,
                loss=self.loss_of,
                memory=self.memory,
                draws=self.draws,
                done=done,
                until=ready.steps,
                length=length,
                practised=practised,
            )
        )

    def _step_of(
        self, expert: ExpertNetwork, views: Mapping[str, Tensor], labels: Tensor, at: Tensor, update: Update
    ) -> Step:
        return Step(
            network=expert,
            views=views,
            labels=labels,
            loss=self.loss_of(labels),
            losses=lambda said: self._losses(said, labels),
            progress=(self.begun + at.squeeze(0)) / max(self.ready.steps, 1),
            memory=self.memory,
            normal=lambda like: self._normal(like, at),
            update=update,
        )

    def _make_noise(self) -> None:
        self.noise: Noise | None = None
        if getattr(self.balance, "noisy", False):
            wanted = sum(weight.numel() for weight in self.expert.encoders.parameters())
            self.noise_draws = stream(self.ready.seed, "balance/noise")
            self.noise = Noise(wanted, self.noise_draws, self.device)
            self.starts = torch.zeros(self.ready.epoch_steps, dtype=torch.long, device=self.device)

    def _normal(self, like: Sequence[Tensor], at: Tensor) -> list[Tensor]:
        assert self.noise is not None, "a balance that wants noise says so: `noisy = True`"
        return self.noise.like(like, self.starts[at])


def _has_encoders_that_learn(expert: ExpertNetwork) -> None:
    for name, encoder in zip(expert.views, expert.encoders, strict=True):
        if not any(weight.requires_grad for weight in encoder.parameters()):
            raise TailmarkError(
                f"The encoder of the view '{name}' has no weights that learn, so there is no gradient to balance. "
                "Give it some, or use `concatenation`."
            )


def _sees_views_that_vary(ready: Ready) -> None:
    """A view that says the same of every sample leaves nothing to balance; over one batch it may be constant."""
    rows = ready.training.rows
    for shape in ready.shapes:
        pool = ready.pools[shape.name]
        gaps = pool.dtype.kind == "f"  # a missing number is as constant as any
        if len(rows) > 1 and all(
            np.array_equal(pool[row], pool[rows[0]], equal_nan=gaps) for row in rows[1:]
        ):
            raise TailmarkError(
                f"Expected the view '{shape.name}' to differ between training samples; it is the same for all "
                f"{len(rows):,} of them, so there is nothing to balance. Leave it out of the suite's `views`."
            )
