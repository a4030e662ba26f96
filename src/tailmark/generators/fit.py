"""One lesson in plain torch: the path of CPU workers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import torch

from tailmark.errors import DivergedError
from tailmark.generators.checkpoint import Checkpoint
from tailmark.generators.draws import Draws, Epoch
from tailmark.generators.elbo import negative_elbo
from tailmark.generators.ewc import fisher, penalty, proximal
from tailmark.generators.lesson import Lesson, Material, Model, Vae
from tailmark.generators.network import exemplars_of, steps_of, vae_of, weights_of
from tailmark.nets import vae
from tailmark.streams import stream

Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]
Held = tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]


def fit_vae(
    lesson: Lesson,
    material: Material,
    seed: int,
    start: Model | None,
    device: torch.device,
    checkpoint: Checkpoint | None = None,
) -> Model:
    """Train to the last epoch; nothing is chosen on the way."""
    assert isinstance(lesson.network, Vae)
    begun = time.perf_counter()
    network = vae_of(lesson.network, material, seed, start).to(device)
    teacher = Teacher(lesson, lesson.network, material, device)
    held = _held(lesson, start, dict(network.named_parameters()), device)
    optimiser = torch.optim.Adam(network.parameters(), lr=lesson.learning_rate, fused=True)
    losses = checkpoint.resume(network, optimiser) if checkpoint else []
    done, draws = len(losses), Draws(seed, lesson.name)
    for epoch in range(lesson.epochs):
        batches = teacher.epoch(
            draws
        )  # drawn also where it is done, so that the next epoch draws what it would
        if epoch >= done:
            losses.append(_epoch(network, optimiser, teacher, batches, held))
            if not np.isfinite(losses[-1]):
                raise diverged(lesson.name, losses[-1], len(losses))
        for group in optimiser.param_groups:
            group["lr"] *= lesson.decay
        if checkpoint:
            checkpoint.keep(network, optimiser, losses)
    found = information(lesson, network, teacher, seed) if lesson.fisher_samples else {}
    return Model(weights_of(network), found, np.array(losses, np.float32), time.perf_counter() - begun)


def _epoch(
    network: vae.Vae,
    optimiser: torch.optim.Optimizer,
    teacher: Teacher,
    batches: Iterable[Batch],
    held: Held | None,
) -> float:
    """One epoch; returns its mean loss, the penalty included."""
    lesson, parameters = teacher.lesson, dict(network.named_parameters())
    total = torch.zeros((), device=teacher.device)
    for rows, noise, condition in batches:
        value = teacher.loss(network, rows, noise, condition).mean()
        if held and lesson.ewc_step == "penalty":
            value = value + penalty(parameters, *held, lesson.ewc)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        if held and lesson.ewc_step == "proximal":
            proximal(parameters, *held, lesson.ewc, optimiser.param_groups[0]["lr"])
        total += value.detach() * len(noise)
    return float(total) / len(teacher.material.learns)


def diverged(name: str, loss: float, epoch: int) -> DivergedError:
    """What a loss that is no number ends in."""
    return DivergedError(
        f"The loss of the generator '{name}' became {loss} in epoch {epoch}. Lower its learning rate or check the "
        "features."
    )


class Teacher:
    """Turns draws into batches on the device, and a batch into losses."""

    def __init__(self, lesson: Lesson, settings: Vae, material: Material, device: torch.device) -> None:
        self.lesson, self.settings, self.device = lesson, settings, device
        self.material = material
        self.pool = torch.from_numpy(material.pool).to(device)
        self.exemplars = exemplars_of(lesson, material) if settings.prior == "majority" else 0

    def epoch(self, draws: Draws) -> Iterator[Batch]:
        """The next epoch, drawn at once, whether its batches are taken or not."""
        seen, steps = self.material, steps_of(self.lesson, self.material)
        return self.batches(
            draws.epoch(len(seen.learns), self.settings.latent, steps, len(seen.guides), self.exemplars)
        )

    def batches(self, drawn: Epoch) -> Iterator[Batch]:
        """Rows of the pool, samples first and exemplars after them; noise; and the classes if they are told."""
        lesson, material = self.lesson, self.material
        noise = torch.from_numpy(drawn.noise).to(self.device)
        for step in range(len(drawn.exemplars)):
            some = slice(step * lesson.batch, (step + 1) * lesson.batch)
            samples = material.learns[drawn.order[some]]
            rows = np.concatenate([samples, material.guides[drawn.exemplars[step]]])
            yield torch.from_numpy(rows).to(self.device), noise[some], self.condition(drawn.order[some])

    def condition(self, positions: np.ndarray) -> torch.Tensor | None:
        """The classes of some samples, as one-hot rows."""
        if not self.settings.conditional:
            return None
        labels = torch.from_numpy(self.material.labels[positions]).to(self.device)
        return torch.nn.functional.one_hot(labels, self.material.classes).float()

    def loss(
        self, network: vae.Vae, rows: torch.Tensor, noise: torch.Tensor, condition: torch.Tensor | None
    ) -> torch.Tensor:
        """The loss of each sample of a batch."""
        return self.loss_of(network, self.pool.index_select(0, rows), noise, condition)

    def loss_of(
        self, network: vae.Vae, features: torch.Tensor, noise: torch.Tensor, condition: torch.Tensor | None
    ) -> torch.Tensor:
        """The loss of each sample, from features: samples first, exemplars after them."""
        out = network(features, noise, condition)
        return negative_elbo(
            out, features[: len(noise)], likelihood=self.settings.likelihood, prior=self.settings.prior
        )


def _held(
    lesson: Lesson, start: Model | None, parameters: Mapping[str, torch.Tensor], device: torch.device
) -> Held | None:
    """The weights to stay near and how much each matters; None where there is no penalty."""
    if not lesson.ewc or start is None:
        return None
    return (
        {name: torch.from_numpy(start.weights[name]).to(device) for name in parameters},
        {name: torch.from_numpy(start.fisher[name]).to(device) for name in parameters},
    )


def information(lesson: Lesson, network: vae.Vae, teacher: Teacher, seed: int) -> dict[str, np.ndarray]:
    """The Fisher information at the weights that were reached, on samples that the model itself generates."""
    parameters = dict(network.named_parameters())
    found = fisher(
        parameters,
        lambda features: teacher.loss_of(
            network, features, features.new_tensor(noise_of(draws, teacher)), None
        ).mean(),
        _imagined(lesson, network, teacher, draws := stream(seed, f"{lesson.name}/fisher")),
    )
    return {name: value.cpu().numpy() for name, value in found.items()}


def noise_of(draws: np.random.Generator, teacher: Teacher) -> np.ndarray:
    """Noise for one sample."""
    return draws.standard_normal((1, teacher.settings.latent), dtype=np.float32)


def _imagined(
    lesson: Lesson, network: vae.Vae, teacher: Teacher, draws: np.random.Generator
) -> Iterator[torch.Tensor]:
    """One generated sample at a time, followed by fresh exemplars."""
    material, n = teacher.material, lesson.fisher_samples
    if lesson.walk == "random":
        chosen = draws.integers(len(material.learns), size=n)
    else:
        chosen = np.arange(n) % len(material.learns)
    for position in chosen:
        noise = torch.from_numpy(noise_of(draws, teacher)).to(teacher.device)
        with torch.no_grad():
            seed_row = teacher.pool[material.learns[[position]]]
            sigma = (0.5 * network.log_variance).exp()
            at = network.encode(seed_row) + sigma * noise if teacher.exemplars else noise
            sample = network.decode(at)
        guides = material.guides[draws.integers(max(len(material.guides), 1), size=teacher.exemplars)]
        yield torch.cat([sample, teacher.pool[guides]])
