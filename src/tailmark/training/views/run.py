"""One multi-modal run on one device: its network, its data, and the step that a core takes or a GPU captures.

All that is random was drawn on the host and lies in tensors before the step begins, so the step is the same program
everywhere: a core runs it as it stands, a GPU replays it as a graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from tailmark.fusion import augment, stall
from tailmark.fusion.experts import Said, network
from tailmark.fusion.loss import loss, terms
from tailmark.fusion.pools import Batches
from tailmark.graph import captured
from tailmark.nets.views import ViewShape
from tailmark.streams import stream
from tailmark.training.order import epochs
from tailmark.training.outcome import Curves, is_watched, mean_recall
from tailmark.training.views.ready import Ready

PIECE = 512  # samples that are answered at once
WATCHED_ROWS = 2000  # test samples at most that a curve looks at; for the curve alone


class Training:
    """A run under way."""

    def __init__(self, ready: Ready, device: torch.device) -> None:
        self.ready, self.device = ready, device
        self.batch, self.length = ready.recipe.batch, ready.epoch_steps
        sizes, classes = ready.fusion.encoders, ready.training.classes
        self.network = network(ready.design, ready.shapes, classes, sizes, ready.seed).to(device)
        self.batches = Batches(ready.pools, ready.scales, device)
        self.terms = terms(ready.design, device)
        self.images = [shape for shape in ready.shapes if shape.kind == "image"]
        self._make_room()
        self.curves, self.done = Curves(), 0
        self.orders = epochs(ready.training, ready.seed, self.length * self.batch)
        self.noise = {shape.name: stream(ready.seed, f"augment/{shape.name}") for shape in self.images}
        self.optimiser = self._optimiser()
        on_gpu = device.type == "cuda"
        weights = list(self.network.parameters())
        self.step: Callable[[], None] = (
            captured(self._step, weights, self.optimiser) if on_gpu else self._step
        )

    @property
    def ended(self) -> bool:
        """Whether every step is done."""
        return self.done >= self.ready.steps

    def chunk(self) -> Iterator[None]:
        """About an epoch: one step at a time, so that others can take theirs between; then its accounts."""
        steps = min(self.length, self.ready.steps - self.done)
        self._deal()
        for _ in range(steps):
            self.step()
            yield
        self._settle(steps)

    def said(self, rows: NDArray[np.int64], views: Callable[[torch.Tensor], dict[str, torch.Tensor]]) -> Said:
        """What the network says of some rows; `views` makes of them what the encoders take."""
        self.network.eval()
        with torch.inference_mode():
            parts = [
                self.network(views(part)) for part in torch.from_numpy(rows).to(self.device).split(PIECE)
            ]
        self.network.train()
        logits = torch.cat([part.logits for part in parts])
        return Said(
            logits, _joined([part.assessed for part in parts]), _joined([part.confidence for part in parts])
        )

    def clean(self, rows: torch.Tensor) -> dict[str, torch.Tensor]:
        """The views as they are."""
        return {
            shape.name: self.batches.standardised(shape.name, self.batches.raw(shape.name, rows))
            for shape in self.ready.shapes
        }

    def _make_room(self) -> None:
        """The tensors in which an epoch is dealt, at fixed places, as a captured graph needs them."""
        size = self.length * self.batch
        self.rows = torch.zeros(size, dtype=torch.long, device=self.device)
        self.labels = torch.zeros_like(self.rows)
        self.draws = {
            shape.name: torch.zeros(size, self._width(shape), device=self.device) for shape in self.images
        }
        self.within = torch.arange(self.batch, device=self.device)
        self.at = torch.zeros(1, dtype=torch.long, device=self.device)  # the step within the epoch
        self.total = torch.zeros(1, device=self.device)
        self.first = torch.zeros(1, device=self.device)  # cross-entropy of the first expert

    def _deal(self) -> None:
        """What the next epoch's steps will find."""
        training, order = self.ready.training, next(self.orders)
        self.rows.copy_(torch.from_numpy(training.rows[order]))
        self.labels.copy_(torch.from_numpy(training.labels[order]))
        for shape in self.images:
            policy, depth = self.ready.fusion.augment, channels(shape)
            made = augment.draws(self.noise[shape.name], len(order), policy, depth, blur=False)
            self.draws[shape.name].copy_(torch.from_numpy(made))
        for counter in (self.at, self.total, self.first):
            counter.zero_()

    def _step(self) -> None:
        where = self.at * self.batch + self.within
        rows, labels = self.rows[where], self.labels[where]
        said = self.network(self._augmented(rows, where))
        value = loss(said, labels, self.ready.design, self.terms).mean()
        self.optimiser.zero_grad(set_to_none=False)
        value.backward()
        self.optimiser.step()
        self.total += value.detach()
        self.first += cross_entropy(said.logits[:, 0].detach(), labels)
        self.at += 1

    def _augmented(self, rows: torch.Tensor, where: torch.Tensor) -> dict[str, torch.Tensor]:
        views = {}
        for shape in self.ready.shapes:
            values = self.batches.raw(shape.name, rows)
            if shape.kind == "image":
                values = augment.augmented(
                    values, self.draws[shape.name][where], self.ready.fusion.augment, blur=False
                )
            views[shape.name] = self.batches.standardised(shape.name, values)
        return views

    def _settle(self, steps: int) -> None:
        """The curves, the learning rate, and whether it learns at all."""
        before, self.done = self.done, self.done + steps
        self.curves.add_loss(float(self.total) / steps)
        plain = not self.ready.design.experts[0].objective.numbers()
        if plain and before < stall.GRACE <= self.done:
            stall.check(float(self.first) / steps, self.ready.training.classes, self.done)
        for group in self.optimiser.param_groups:
            group["lr"] *= self.ready.recipe.decay
        epoch, of = -(-self.done // self.length), -(-self.ready.steps // self.length)
        if is_watched(epoch, of):
            some = slice(None, None, -(-len(self.ready.test) // WATCHED_ROWS))
            logits = self.said(self.ready.test[some], self.clean).logits.mean(dim=1).cpu()
            self.curves.eval_epoch.append(epoch)
            right = mean_recall(logits, torch.from_numpy(self.ready.test_labels[some]))
            self.curves.test_balanced_accuracy.append(right)

    def _width(self, shape: ViewShape) -> int:
        return augment.width(self.ready.fusion.augment, channels(shape), blur=False)

    def _optimiser(self) -> torch.optim.Adam:
        recipe, on_gpu = self.ready.recipe, self.device.type == "cuda"
        rate: float | torch.Tensor = recipe.learning_rate
        if on_gpu:
            rate = torch.tensor(rate, device=self.device)
        weights = self.network.parameters()
        return torch.optim.Adam(
            weights, lr=rate, weight_decay=recipe.weight_decay, fused=True, capturable=on_gpu
        )


def _joined(parts: list[torch.Tensor | None]) -> torch.Tensor | None:
    found = [part for part in parts if part is not None]
    return torch.cat(found) if found else None


def channels(shape: ViewShape) -> int:
    """Of an image: grey ones have one."""
    return shape.shape[2] if len(shape.shape) == 3 else 1
