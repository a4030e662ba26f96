"""The two networks of OCGAN, a fully connected conditional GAN (paper 003, the authors' code).

The class is embedded and stands beside the noise in the generator, beside the sample in the discriminator. Batch
normalisation has an epsilon of 0.8 there: a feature that hardly varies in a batch stays small.
"""

from __future__ import annotations

import torch
from torch import nn

SLOPE = 0.2  # of LeakyReLU
SPREAD = 0.02  # of the weights at the start
EPSILON = 0.8  # of batch normalisation


class Told(nn.Module):
    """A network that sees the class beside its input."""

    def __init__(self, classes: int, body: nn.Sequential) -> None:
        super().__init__()
        self.body = body.apply(_draw)
        self.label = nn.Linear(classes, classes, bias=False)
        nn.init.normal_(self.label.weight)  # as any embedding, and so as loud as the noise

    def forward(self, x: torch.Tensor, onehot: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.body(torch.cat([x, self.label(onehot)], dim=-1))
        return out


def generator(features: int, noise: int, classes: int) -> Told:
    """Noise and a one-hot label to rows between -1 and 1; weights from torch's global generator."""
    body = nn.Sequential(
        *(nn.Linear(noise + classes, 256), nn.LeakyReLU(SLOPE)),
        *(nn.Linear(256, 512), nn.BatchNorm1d(512, EPSILON), nn.LeakyReLU(SLOPE)),
        *(nn.Linear(512, 1024), nn.BatchNorm1d(1024, EPSILON), nn.LeakyReLU(SLOPE)),
        *(nn.Linear(1024, features), nn.Tanh()),
    )
    return Told(classes, body)


def discriminator(features: int, classes: int) -> Told:
    """Rows and a one-hot label to a logit each: is the row real? Weights from torch's global generator."""
    body = nn.Sequential(
        *(nn.Linear(features + classes, 1024), nn.LeakyReLU(SLOPE)),
        *(nn.Linear(1024, 512), nn.LeakyReLU(SLOPE)),
        *(nn.Linear(512, 256), nn.LeakyReLU(SLOPE)),
        *(nn.Linear(256, 1), nn.Flatten(-2)),
    )
    return Told(classes, body)


def _draw(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=SPREAD)
        nn.init.zeros_(module.bias)
