"""Conditional generative adversarial networks: OCGAN and OCDCGAN (paper 003, baselines).

    generator      min  mean -log D(G(z, y), y)                                  does not saturate
    discriminator  min  mean -log D(x, y) + mean -log(1 - D(G(z', y), y))        one step of each a batch

The labels y of both are those of the real batch. The generator ends in tanh, so it is trained on features between -1
and 1 and its output is mapped back to where they live; the authors' code lacks both.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from tailmark import streams
from tailmark.errors import DivergedError, TailmarkError
from tailmark.generators.draws import Draws
from tailmark.generators.lesson import Gan, Lesson, Material, Model
from tailmark.generators.network import weights_of
from tailmark.nets import dcgan, gan
from tailmark.nets.rows import Shape

BETAS = (0.5, 0.999)  # of Adam
PIECE = 1000  # samples at a time, so that a large class needs little memory
RANGE = "range"  # beside the generator's weights: the lowest and the highest value of each feature

Floats = NDArray[np.float32]


class Batch(NamedTuple):
    """What a step of both networks needs."""

    samples: torch.Tensor  # (B, D), between -1 and 1
    labels: torch.Tensor  # (B, K), one-hot
    noise: torch.Tensor  # (B, 2 d): for the generator's step, then for the discriminator's


class Duel:
    """The two networks and what trains them."""

    def __init__(self, generator: nn.Module, discriminator: nn.Module, rate: float) -> None:
        self.generator, self.discriminator = generator, discriminator
        self.learns = torch.optim.Adam(generator.parameters(), lr=rate, betas=BETAS, fused=True)
        self.judges = torch.optim.Adam(discriminator.parameters(), lr=rate, betas=BETAS, fused=True)

    def step(self, batch: Batch) -> torch.Tensor:
        """One step of the generator, whose loss is returned, then one of the discriminator."""
        x, y, noise = batch
        first, second = noise.chunk(2, dim=-1)
        fooled = _loss(self.discriminator(self.generator(first, y), y), real=True)
        _descend(self.learns, fooled)
        with torch.no_grad():
            made = self.generator(second, y)
        told = _loss(self.discriminator(x, y), real=True) + _loss(self.discriminator(made, y), real=False)
        _descend(self.judges, told)
        return fooled.detach()

    def slow_down(self, factor: float) -> None:
        """The learning rates of both, times this."""
        for group in self.learns.param_groups + self.judges.param_groups:
            group["lr"] *= factor


def fit_gan(lesson: Lesson, material: Material, seed: int, device: torch.device) -> Model:
    """Train to the last epoch; nothing is chosen on the way. What is kept is the generator."""
    assert isinstance(lesson.network, Gan)
    _check_batches(lesson, material)
    begun = time.perf_counter()
    generator, discriminator = _networks(
        lesson.network, material, streams.integer(seed, f"{lesson.name}/init")
    )
    duel = Duel(generator.to(device), discriminator.to(device), lesson.learning_rate)
    bounds = range_of(material)
    samples = torch.from_numpy(inward(material.pool[material.learns], bounds)).to(device)
    labels = one_hot(torch.from_numpy(material.labels), material.classes).float().to(device)
    draws, losses = Draws(seed, lesson.name), []
    for _ in range(lesson.epochs):
        total, seen = torch.zeros((), device=device), 0
        for batch in _batches(lesson, draws, samples, labels):
            total += duel.step(batch) * len(batch.samples)
            seen += len(batch.samples)
        losses.append(float(total) / seen)
        if not np.isfinite(losses[-1]):
            raise DivergedError(
                f"The loss of the generator '{lesson.name}' became {losses[-1]} in epoch {len(losses)}. Lower its "
                "learning rate or check the features."
            )
        duel.slow_down(lesson.decay)
    weights = {**weights_of(generator), RANGE: bounds}
    return Model(weights, losses=np.array(losses, np.float32), seconds=time.perf_counter() - begun)


def imagine(
    settings: Gan, model: Model, material: Material, label: int, n: int, draws: np.random.Generator
) -> Floats:
    """`n` samples of a class, where the data live. Batch normalisation uses what it saw in training."""
    bounds = model.weights[RANGE]
    generator, _ = _networks(settings, material, seed=0)  # all that the seed decides is replaced
    generator.load_state_dict(
        {name: torch.from_numpy(value) for name, value in model.weights.items() if name != RANGE}
    )
    generator.eval()
    onehot = one_hot(torch.tensor(label), material.classes).float()
    made = [np.empty((0, bounds.shape[1]), np.float32)]
    with torch.inference_mode():
        for first in range(0, n, PIECE):
            noise = draws.standard_normal((min(PIECE, n - first), settings.noise), dtype=np.float32)
            made.append(generator(torch.from_numpy(noise), onehot.expand(len(noise), -1)).numpy())
    return outward(np.concatenate(made), bounds)


def range_of(material: Material) -> Floats:
    """The lowest and the highest value of each feature (2, D): of the scaling where it says, else of the samples."""
    features = material.pool.shape[1]
    if material.span is not None:
        return np.repeat(np.array(material.span, np.float32)[:, None], features, axis=1)
    samples = material.pool[material.learns]
    return np.stack([samples.min(0), samples.max(0)])


def inward(x: Floats, bounds: Floats) -> Floats:
    """From a range to -1 .. 1; a feature without a range is 0."""
    middle, half = _middle(bounds)
    return np.divide(x - middle, half, out=np.zeros_like(x), where=half > 0)


def outward(x: Floats, bounds: Floats) -> Floats:
    """From -1 .. 1 to a range."""
    middle, half = _middle(bounds)
    return (middle + half * x).clip(*bounds)


def _middle(bounds: Floats) -> tuple[Floats, Floats]:
    low, high = bounds / 2  # halves first: the difference of two large numbers may be too large
    return low + high, high - low


def _check_batches(lesson: Lesson, material: Material) -> None:
    if min(lesson.batch, len(material.learns)) < 2:
        raise TailmarkError(
            f"The generator '{lesson.name}' normalises over a batch: expected two samples or more and a batch of two "
            f"or more; got {len(material.learns)} samples and a batch of {lesson.batch}."
        )


def _networks(settings: Gan, material: Material, seed: int) -> tuple[nn.Module, nn.Module]:
    """Generator and discriminator; the weights come from the seed."""
    features, noise, classes = material.pool.shape[1], settings.noise, material.classes
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if settings.architecture == "mlp":
            return gan.generator(features, noise, classes), gan.discriminator(features, classes)
        shape = _image(material.shape)
        return dcgan.generator(shape, noise, classes), dcgan.discriminator(shape, classes)


def _image(shape: tuple[int, ...]) -> Shape:
    """Height, width and channels."""
    if not shape:
        raise TailmarkError(
            "OCDCGAN is convolutional and needs images; got rows of features. Use 'ocgan' on this dataset."
        )
    height, width, channels = (*shape, 1)[:3]
    return height, width, channels


def _batches(lesson: Lesson, draws: Draws, samples: torch.Tensor, labels: torch.Tensor) -> Iterator[Batch]:
    """The batches of the next epoch, less a last one of one sample, which has no variance to normalise by."""
    assert isinstance(lesson.network, Gan)
    epoch = draws.epoch(len(samples), 2 * lesson.network.noise, steps=0, candidates=0, exemplars=0)
    order = torch.from_numpy(epoch.order).to(samples.device)
    noise = torch.from_numpy(epoch.noise).to(samples.device)
    for some, drawn in zip(order.split(lesson.batch), noise.split(lesson.batch), strict=True):
        if len(some) > 1:
            yield Batch(samples.index_select(0, some), labels.index_select(0, some), drawn)


def _loss(logits: torch.Tensor, *, real: bool) -> torch.Tensor:
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(real)))


def _descend(optimiser: torch.optim.Adam, loss: torch.Tensor) -> None:
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
