"""One multi-modal run on one device: its network, its data, and the step that a core takes or a GPU captures.

All that is random was drawn on the host and lies in tensors before the step begins, so the step is the same program
everywhere: a core runs it as it stands, a GPU replays it as a graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from tailmark.balance import Step
from tailmark.fusion import policies, stall
from tailmark.fusion.experts import ExpertNetwork, Said, network
from tailmark.fusion.loss import loss, terms
from tailmark.fusion.pools import Batches
from tailmark.graph import captured
from tailmark.nets.views import ViewShape
from tailmark.streams import stream
from tailmark.training.order import epochs
from tailmark.training.outcome import Curves, is_watched, mean_recall
from tailmark.training.views.balancing import Balancing
from tailmark.training.views.optimiser import decay, optimiser_of, shorten
from tailmark.training.views.ready import Ready, with_new_samples
from tailmark.training.views.watch import Watch

PIECE = 512  # samples that are answered at once
WATCHED_ROWS = 2000  # test samples at most that a curve looks at; for the curve alone


class Training:
    """A run under way."""

    def __init__(self, ready: Ready, device: torch.device) -> None:
        self.ready = ready = with_new_samples(ready)
        self.device, self.recipe = device, ready.recipe
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
        self.optimiser = optimiser_of(
            self.network.parameters(), self.recipe, device, self.recipe.learning_rate
        )
        self.balancing = self._balancing()
        self.watch = self._watch()
        self.step: Callable[[], None] = self._captured() if device.type == "cuda" else self._step

    @property
    def ended(self) -> bool:
        """Whether every step is done."""
        return self.done >= self.ready.steps

    def chunk(self) -> Iterator[None]:
        """About an epoch: one step at a time, so that others can take theirs between; then its accounts."""
        steps = min(self.length, self.ready.steps - self.done)
        self._deal()
        if self.balancing:
            self.balancing.recess(self.clean, self.done, self.length, self._practised)
        for _ in range(steps):
            self.step()
            yield
        self._settle(steps)

    def said(self, rows: NDArray[np.int64], views: Callable[[torch.Tensor], dict[str, torch.Tensor]]) -> Said:
        """What the network says of some rows; `views` makes of them what the encoders take."""
        self.network.eval()
        with torch.inference_mode():
            parts = [self._said(views(part)) for part in torch.from_numpy(rows).to(self.device).split(PIECE)]
        self.network.train()
        logits = torch.cat([part.logits for part in parts])
        return Said(
            logits, _joined([part.assessed for part in parts]), _joined([part.confidence for part in parts])
        )

    def answered(self, rows: NDArray[np.int64]) -> torch.Tensor:
        """The logits (n, K) with all experts weighed alike."""
        return self.said(rows, self.clean).logits.mean(dim=1)

    def _said(self, views: dict[str, torch.Tensor]) -> Said:
        if self.balancing is None or not hasattr(self.balancing.balance, "answer"):
            said: Said = self.network(views)
            return said
        expert = self.balancing.expert
        features = expert.encoded(views)
        logits = self.balancing.balance.answer(expert.classifier(features), expert.alone(features))
        return Said(logits.unsqueeze(-2), None, None)

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
        for name, made in self._drawn(self.noise, len(order)).items():
            self.draws[name].copy_(made)
        if self.balancing:
            self.balancing.deal(self.done)
        for counter in (self.at, self.total, self.first):
            counter.zero_()

    def _step(self) -> None:
        where = self.at * self.batch + self.within
        rows, labels = self.rows[where], self.labels[where]
        views = self._augmented(rows, {name: draws[where] for name, draws in self.draws.items()})
        # A balance may leave weights without a gradient, which the optimiser then leaves where they are.
        self.optimiser.zero_grad(set_to_none=self.balancing is not None)
        self.total += self._taught(views, labels)
        shorten(self.network.parameters(), self.recipe)
        self.optimiser.step()
        self.at += 1

    def _taught(self, views: Mapping[str, torch.Tensor], labels: torch.Tensor) -> torch.Tensor:
        """Leaves the gradients of one step in the weights; the loss."""
        if self.balancing:
            step = self.balancing.step(views, labels, self.at, self._update)
            return self.balancing.balance.gradients(step)
        said = self.network(views)
        value = loss(said, labels, self.ready.design, self.terms).mean()
        value.backward()
        self.first += cross_entropy(said.logits[:, 0].detach(), labels)
        return value.detach()

    def _update(self) -> None:
        """A step within the step; weights that get no gradient until the next are then left where they are."""
        shorten(self.network.parameters(), self.recipe)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)

    def _practised(self, teach: Callable[[Step], torch.Tensor], steps: int) -> ExpertNetwork:
        """A copy of the balanced network after some steps down another loss, over batches of its own."""
        assert self.balancing is not None
        expert, training = deepcopy(self.balancing.expert), self.ready.training
        rate = float(self.optimiser.param_groups[0]["lr"])
        optimiser = optimiser_of(expert.parameters(), self.recipe, self.device, rate)
        name = f"practice/{self.done}"
        order = next(epochs(training, self.ready.seed + self.done, steps * self.batch))
        noise = {shape.name: stream(self.ready.seed, f"{name}/{shape.name}") for shape in self.images}
        for positions in order.reshape(steps, self.batch):
            rows, labels = (
                torch.from_numpy(values[positions]).to(self.device)
                for values in (training.rows, training.labels)
            )
            drawn = {view: made.to(self.device) for view, made in self._drawn(noise, len(positions)).items()}
            optimiser.zero_grad()
            teach(self.balancing.practice(expert, self._augmented(rows, drawn), labels)).backward()
            shorten(expert.parameters(), self.recipe)
            optimiser.step()
        return expert

    def _drawn(self, noise: Mapping[str, np.random.Generator], count: int) -> dict[str, torch.Tensor]:
        """What happens to so many samples' images."""
        policy = self.ready.fusion.augment
        return {
            shape.name: torch.from_numpy(
                policies.draws(noise[shape.name], count, policy, channels(shape), blur=False)
            )
            for shape in self.images
        }

    def _augmented(self, rows: torch.Tensor, draws: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        views = {}
        for shape in self.ready.shapes:
            values = self.batches.raw(shape.name, rows)
            if shape.kind == "image":
                values = policies.augmented(values, draws[shape.name], self.ready.fusion.augment, blur=False)
            views[shape.name] = self.batches.standardised(shape.name, values)
        return views

    def _captured(self) -> Callable[[], None]:
        """The step as a graph; what the warm-up changes beside the weights is put back as well."""
        memory = self.balancing.memory.values() if self.balancing else ()
        state = [*self.network.parameters(), *self.network.buffers(), *memory]
        return captured(self._step, state, self.optimiser)

    def _balancing(self) -> Balancing | None:
        if self.ready.design.balance is None:
            return None
        return Balancing(self.ready, self.network.first, self.terms.experts[0], self.device)

    def _watch(self) -> Watch | None:
        experts = self.ready.design.experts
        if not self.ready.fusion.watch_views or len(experts) > 1 or len(experts[0].views) < 2:
            return None
        return Watch(self.ready, self.network.first, self.device)

    def _settle(self, steps: int) -> None:
        """The curves, the learning rate, and whether it learns at all."""
        before, self.done = self.done, self.done + steps
        self.curves.add_loss(float(self.total) / steps)
        plain = not self.balancing and not self.ready.design.experts[0].objective.numbers()
        if plain and before < stall.GRACE <= self.done:
            stall.check(float(self.first) / steps, self.ready.training.classes, self.done)
        decay(self.optimiser, self.recipe, before, self.done, self.ready.steps)
        epoch, of = -(-self.done // self.length), -(-self.ready.steps // self.length)
        if is_watched(epoch, of):
            some = slice(None, None, -(-len(self.ready.test) // WATCHED_ROWS))
            logits = self.answered(self.ready.test[some]).cpu()
            self.curves.eval_epoch.append(epoch)
            right = mean_recall(logits, torch.from_numpy(self.ready.test_labels[some]))
            self.curves.test_balanced_accuracy.append(right)
            if self.watch:
                self.watch.look(self.done, self.clean)

    def _width(self, shape: ViewShape) -> int:
        return policies.width(self.ready.fusion.augment, channels(shape), blur=False)


def _joined(parts: list[torch.Tensor | None]) -> torch.Tensor | None:
    found = [part for part in parts if part is not None]
    return torch.cat(found) if found else None


def channels(shape: ViewShape) -> int:
    """Of an image: grey ones have one."""
    return shape.shape[2] if len(shape.shape) == 3 else 1
