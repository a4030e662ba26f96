"""New samples of one class from a trained model; the same seed gives the same samples, one for one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from tailmark.generators.elbo import LEAST_NOISE
from tailmark.generators.lesson import Gan, Lesson, Material, Model, Vae
from tailmark.generators.network import vae_of
from tailmark.nets import vae
from tailmark.streams import stream

PIECE = 1000  # samples at a time, so that a large class needs little memory


@dataclass(frozen=True)
class Generated:
    """New samples, and the majority exemplar of each where there is one."""

    samples: NDArray[np.float32]  # (n, D)
    exemplars: NDArray[np.int64] | None  # positions among the guides


@dataclass(frozen=True)
class Wanted:
    """What is asked of a model."""

    label: int  # the class
    n: int
    seed: int
    how: str = "mean"  # mean | sample: with the likelihood's noise or without


def generate(lesson: Lesson, model: Model, material: Material, wanted: Wanted) -> Generated:
    """New samples of a class."""
    label, n, seed = wanted.label, wanted.n, wanted.seed
    draws = stream(seed, f"generator/class {label}")
    if isinstance(lesson.network, Gan):
        from tailmark.generators.adversarial import imagine  # noqa: PLC0415 - only where a GAN is used

        return Generated(imagine(lesson.network, model, material, label, n, draws), None)
    assert isinstance(lesson.network, Vae)
    network = vae_of(lesson.network, material, seed, model).eval()
    chosen = exemplars_for(n, len(material.guides), draws, lesson.walk) if lesson.exemplars else None
    made = []
    with torch.inference_mode():
        for first in range(0, n, PIECE):
            count = min(PIECE, n - first)
            z = torch.from_numpy(draws.standard_normal((count, lesson.network.latent), dtype=np.float32))
            if chosen is not None:
                rows = material.guides[chosen[first : first + count]]
                sigma = (0.5 * network.log_variance).exp()
                z = network.encode(torch.from_numpy(material.pool[rows])) + sigma * z
            made.append(network.decode(z, _condition(lesson.network, label, count, material.classes)).numpy())
    samples = np.concatenate(made)
    if wanted.how == "sample":
        samples = _noisy(samples, lesson.network, network, draws)
    return Generated(_finished(samples, material, lesson.walk), chosen)


def exemplars_for(n: int, available: int, draws: np.random.Generator, walk: str) -> NDArray[np.int64]:
    """One exemplar a sample; none comes twice before every one has come once."""
    if walk == "in turn":
        return np.arange(n) % available
    rounds = [draws.permutation(available) for _ in range(-(-n // available))]
    return np.concatenate(rounds)[:n]


def _condition(network: Vae, label: int, n: int, classes: int) -> torch.Tensor | None:
    if not network.conditional:
        return None
    return torch.nn.functional.one_hot(torch.full((n,), label), classes).float()


def _noisy(
    samples: NDArray[np.float32], settings: Vae, network: vae.Vae, draws: np.random.Generator
) -> NDArray[np.float32]:
    """Draws of the likelihood around the decoder's mean."""
    if settings.likelihood == "bernoulli":
        return (draws.random(samples.shape, dtype=np.float32) < samples).astype(np.float32)
    learned = settings.likelihood == "gaussian"
    variance = (
        float(network.noise.detach().clamp_min(LEAST_NOISE).exp()) if learned else 0.5
    )  # of the squared error
    noise = draws.standard_normal(samples.shape, dtype=np.float32)
    noise *= np.float32(variance**0.5)
    return samples + noise


def _finished(samples: NDArray[np.float32], material: Material, walk: str) -> NDArray[np.float32]:
    """Inside the range of the data; `in turn`, as released, images are cut to whole bytes."""
    if material.span is not None:
        samples = samples.clip(*material.span)
    if walk == "in turn" and material.shape:
        samples = (np.floor(samples * 255) / 255).astype(np.float32)
    return samples
