"""Builds a lesson's network for the data that it meets."""

from __future__ import annotations

import torch
from torch import nn

from tailmark import streams
from tailmark.errors import TailmarkError
from tailmark.generators.lesson import Lesson, Material, Model, Span, Vae, Weights
from tailmark.nets import conv, vae
from tailmark.nets.rows import Shape


def vae_of(settings: Vae, material: Material, seed: int, start: Model | None) -> vae.Vae:
    """The network, with the start's weights or with new ones from the run's seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(streams.integer(seed, "generator/init"))
        network = _build(settings, material)
    if start is not None:
        network.load_state_dict({name: torch.from_numpy(value) for name, value in start.weights.items()})
    return network


def _build(settings: Vae, material: Material) -> vae.Vae:
    told = material.classes if settings.conditional else 0
    latent = settings.latent + told
    if settings.architecture == "mlp":
        features, width = material.pool.shape[1], settings.hidden
        trunk: nn.Module = vae.Trunk(features + told, width)
        decoder: nn.Module = vae.fully_connected_decoder(latent, width, features, activation(material.span))
    else:
        shape = photo_shape(material, settings.architecture)
        trunk, width = conv.encoder(settings.architecture, shape, told)
        decoder = conv.decoder(settings.architecture, shape, latent)
    return vae.Vae(
        trunk,
        width,
        decoder,
        settings.latent,
        shared=settings.variance == "shared",
        likelihood=settings.likelihood,
    )


def photo_shape(material: Material, architecture: str) -> Shape:
    """Height, width and channels of what a convolution sees."""
    match material.shape:
        case (height, width):
            return height, width, 1
        case (height, width, channels):
            return height, width, channels
    raise TailmarkError(
        f"The architecture '{architecture}' is convolutional and needs images; got rows of "
        f"{material.pool.shape[1]} features. Use `architecture: mlp`."
    )


def activation(span: Span) -> str:
    """What a decoder ends in: it can go wherever the data live, and nowhere else."""
    if span is None:
        return "linear"
    return "sigmoid" if span[0] >= 0 else "tanh"


def weights_of(network: nn.Module) -> Weights:
    """The learned numbers, as NumPy arrays."""
    return {name: value.detach().cpu().numpy().copy() for name, value in network.state_dict().items()}


def steps_of(lesson: Lesson, material: Material) -> int:
    """Optimiser steps in an epoch."""
    return -(-len(material.learns) // lesson.batch)


def exemplars_of(lesson: Lesson, material: Material) -> int:
    """Components drawn a step: never more than the guide has samples."""
    return min(lesson.exemplars, len(material.guides))
