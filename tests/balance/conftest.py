"""Small networks over two or three views, one step of theirs at a time, and whole trainings of a few steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tailmark import methods, objective
from tailmark.balance import Facts, Step
from tailmark.fusion.experts import ExpertNetwork, network
from tailmark.fusion.loss import terms
from tailmark.fusion.pools import scales
from tailmark.fusion.recipe import FusionRecipe
from tailmark.nets.views import Encoders, ViewShape
from tailmark.training.task import Recipe
from tailmark.training.views.ready import Ready, _held_out
from tailmark.training.views.run import Training
from tailmark.trainingset import TrainingSet

CPU = torch.device("cpu")
CLASSES, BATCH = 3, 12
COUNTS = np.array([60, 30, 10])
SHAPES = {"table": (5,), "image": (8, 8, 1)}
SIZES = Encoders(channels=(3, 4), kernel=3, hidden=6, columns=6)


def shapes_of(kinds: Sequence[str]) -> tuple[ViewShape, ...]:
    return tuple(ViewShape(name, kind, SHAPES[kind]) for name, kind in zip("abc", kinds, strict=False))  # type: ignore[arg-type]


@dataclass
class Desk:
    """A balance, the network whose gradients it makes, and one batch."""

    balance: Any
    network: ExpertNetwork
    views: dict[str, Tensor]
    labels: Tensor
    terms: dict[str, Tensor]
    memory: dict[str, Tensor]

    def loss(self, logits: Tensor) -> Tensor:
        return objective.loss(logits, self.labels, self.terms).mean()

    def step(
        self,
        progress: float = 0.3,
        normal: Callable[[Sequence[Tensor]], list[Tensor]] | None = None,
        update: Callable[[], None] = lambda: None,
    ) -> Step:
        return Step(
            network=self.network,
            views=self.views,
            labels=self.labels,
            loss=self.loss,
            losses=lambda said: torch.stack([self.loss(logits) for logits in said]),
            progress=torch.tensor(progress),
            memory=self.memory,
            normal=normal or (lambda like: [torch.zeros_like(each) for each in like]),
            update=update,
        )

    def gradients(self, balance: Any = None, **step: Any) -> dict[str, Tensor]:
        """Of every weight by its name, as the balance leaves them."""
        self.network.zero_grad()
        (balance or self.balance).gradients(self.step(**step))
        return self.left()

    def plain(self, loss: Callable[[Step], Tensor]) -> dict[str, Tensor]:
        """Of every weight by its name, of a loss that nobody balances."""
        self.network.zero_grad()
        loss(self.step()).backward()
        return self.left()

    def left(self) -> dict[str, Tensor]:
        found = {}
        for name, weight in self.network.named_parameters():
            found[name] = torch.zeros_like(weight) if weight.grad is None else weight.grad.clone()
        return found


@pytest.fixture
def desk() -> Callable[..., Desk]:
    def make(name: str, kinds: Sequence[str] = ("table", "table"), seed: int = 0, **settings: object) -> Desk:
        views, draws = shapes_of(kinds), np.random.default_rng(seed)
        names = tuple(view.name for view in views)
        design = methods.make(name, settings, "corrected").design(COUNTS.astype(float), names)
        expert = network(design, views, CLASSES, SIZES, seed).first
        facts = Facts(names, expert.widths, CLASSES)
        told = design.balance.memory(facts) if hasattr(design.balance, "memory") else {}
        return Desk(
            balance=design.balance,
            network=expert,
            views={v.name: torch.from_numpy(draws.normal(size=(BATCH, *v.shape))).float() for v in views},
            labels=torch.arange(BATCH) % CLASSES,
            terms=terms(design, CPU).experts[0],
            memory={key: torch.tensor(value) for key, value in told.items()},
        )

    return make


@pytest.fixture
def ready() -> Callable[..., Ready]:
    """A hundred samples of three classes to train on and sixty to test, in views of these kinds."""

    def make(
        name: str,
        kinds: Sequence[str] = ("image", "table"),
        *,
        seed: int = 0,
        steps: int = 30,
        recipe: dict[str, Any] | None = None,
        watch: bool = False,
        **settings: object,
    ) -> Ready:
        draws, shapes = np.random.default_rng(7), shapes_of(kinds)
        labels = np.concatenate([np.repeat(np.arange(CLASSES), COUNTS), np.arange(60) % CLASSES])
        pools: dict[str, Any] = {}
        for number, shape in enumerate(shapes, start=1):
            if shape.kind == "image":
                bright = 50 * labels.reshape(-1, 1, 1, 1) + draws.integers(150, size=(160, *shape.shape))
                pools[shape.name] = bright.astype(np.uint8)
            else:
                table = draws.normal(size=(160, *shape.shape)) + number * 0.4 * labels[:, None]
                pools[shape.name] = table.astype(np.float32)
        names = tuple(pools)
        method = methods.make(name, settings, "corrected")
        design = method.design(COUNTS.astype(float), names)
        train, known, held = _held_out(np.arange(100), labels[:100], design, seed)
        plain = Recipe("experts", (), "linear", False, 1, 16, 0.03, 1.0, False, weight_decay=1e-4)
        return Ready(
            seed=seed,
            method=method,
            recipe=replace(plain, **{"optimiser": "sgd", **(recipe or {})}),
            fusion=FusionRecipe(names, SIZES, steps=steps, watch_views=watch),
            design=design,
            shapes=shapes,
            pools=pools,
            scales={shape.name: scales(pools[shape.name], train, shape) for shape in shapes},
            training=TrainingSet(np.empty((160, 0), np.float32), train, known, CLASSES),
            counts=COUNTS,
            held=held,
            held_labels=labels[held],
            test=np.arange(100, 160),
            test_labels=labels[100:],
            mixes={},
        )

    return make


@pytest.fixture
def trained() -> Callable[[Ready], Training]:
    def train(made: Ready) -> Training:
        training = Training(made, CPU)
        while not training.ended:
            for _ in training.chunk():
                pass
        return training

    return train
