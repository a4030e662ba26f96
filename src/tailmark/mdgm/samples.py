"""The models as generators: samples of each class, and one view made from the others."""

from __future__ import annotations

from collections.abc import Callable

import torch

from tailmark.mdgm.decoders import restored
from tailmark.mdgm.network import Mdgm, Seen
from tailmark.semi.step import Batch

Locate = Callable[[Mdgm, Seen, torch.Tensor], torch.Tensor]  # samples and their classes -> latents (B, 1, m)


def of_classes(network: Mdgm, latents: torch.Tensor) -> dict[str, torch.Tensor]:
    """Views (K, s, ...) that the decoders' means give at latents (K * s, m), s for each class in turn."""
    placed = latents.unflatten(0, (len(network.classes), -1))[None]
    return {
        shape.name: restored(network.decoded(placed, network.classes, number)[0], shape)
        for number, shape in enumerate(network.shapes)
    }


def crossed(network: Mdgm, batch: Batch, locate: Locate) -> dict[str, torch.Tensor]:
    """Each view (B, ...) from the others: they give the class, the class and they the latent. One view alone: none."""
    seen = network.seen(batch)
    numbers = range(len(network.shapes) if len(network.shapes) > 1 else 0)
    made = {}
    for number in numbers:
        others = seen.keeping(tuple(other for other in numbers if other != number))
        onehot = network.classes[network.logits(others).argmax(-1)][:, None]
        latents = locate(network, others, onehot).unsqueeze(-2)
        shape = network.shapes[number]
        made[shape.name] = restored(network.decoded(latents, onehot, number)[:, 0, 0], shape)
    return made
