"""The two networks of OCDCGAN, a conditional DCGAN (paper 003, appendix E): noise and label meet as maps.

Printed for images of 64 x 64; a smaller side, a power of two, has fewer doublings. A layer before a batch
normalisation has no bias, which that would take away again.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn

from tailmark.errors import TailmarkError
from tailmark.nets.rows import Images, Rows, Shape

SMALLEST = 4  # side of the map where the generator begins and the discriminator ends
SLOPE = 0.2  # of LeakyReLU
SPREAD = 0.02  # of the weights at the start


class Generator(nn.Module):
    """Noise and a one-hot label to rows between -1 and 1."""

    def __init__(self, shape: Shape, noise: int, classes: int) -> None:
        super().__init__()
        widths = [1024 >> step for step in range(_doublings(shape))]
        self.noise = _sprout(noise, widths[0] // 2)
        self.label = _sprout(classes, widths[0] // 2)
        last = nn.ConvTranspose2d(widths[-1], shape[2], 4, 2, padding=1)
        self.image = nn.Sequential(*(_grow(*step) for step in pairwise(widths)), last, nn.Tanh(), Rows())
        self.apply(_draw)

    def forward(self, z: torch.Tensor, onehot: torch.Tensor) -> torch.Tensor:
        rows: torch.Tensor = self.image(torch.cat([self.noise(z), self.label(onehot)], dim=-3))
        return rows


class Discriminator(nn.Module):
    """Rows and a one-hot label to a logit each: is the row real?"""

    def __init__(self, shape: Shape, classes: int) -> None:
        super().__init__()
        widths = [128 << step for step in range(_doublings(shape))]
        height, width, channels = shape
        self.image = nn.Sequential(Images(shape), _look(channels, widths[0] // 2))
        self.label = nn.Sequential(Planes(height, width), _look(classes, widths[0] // 2))
        self.judge = nn.Sequential(
            *(_shrink(*step) for step in pairwise(widths)), nn.Conv2d(widths[-1], 1, SMALLEST)
        )
        self.apply(_draw)

    def forward(self, x: torch.Tensor, onehot: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.judge(torch.cat([self.image(x), self.label(onehot)], dim=-3))
        return logits.flatten()


class Planes(nn.Module):
    """A label as one channel a class, all ones or all zeros."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.size = (height, width)

    def forward(self, onehot: torch.Tensor) -> torch.Tensor:
        return onehot[..., None, None].expand(*onehot.shape, *self.size)


def generator(shape: Shape, noise: int, classes: int) -> Generator:
    """Its weights are drawn from torch's global generator."""
    return Generator(shape, noise, classes)


def discriminator(shape: Shape, classes: int) -> Discriminator:
    """Its weights are drawn from torch's global generator."""
    return Discriminator(shape, classes)


def _doublings(shape: Shape) -> int:
    """From the smallest map to the image."""
    height, width, _ = shape
    doublings = (height // SMALLEST).bit_length() - 1
    if height != width or height != SMALLEST << max(doublings, 2):
        raise TailmarkError(
            "OCDCGAN takes square images whose side is a power of two, 16 at least; "
            f"got {height} x {width}. Choose another dataset or leave the method out."
        )
    return doublings


def _sprout(features: int, channels: int) -> nn.Sequential:
    """From one vector to the smallest map."""
    return nn.Sequential(
        nn.Unflatten(-1, (features, 1, 1)),
        nn.ConvTranspose2d(features, channels, SMALLEST, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
    )


def _grow(channels: int, narrower: int) -> nn.Sequential:
    return nn.Sequential(
        nn.ConvTranspose2d(channels, narrower, 4, 2, padding=1, bias=False),
        nn.BatchNorm2d(narrower),
        nn.ReLU(),
    )


def _look(channels: int, wider: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, wider, 4, 2, padding=1), nn.LeakyReLU(SLOPE))


def _shrink(channels: int, wider: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, wider, 4, 2, padding=1, bias=False),
        nn.BatchNorm2d(wider),
        nn.LeakyReLU(SLOPE),
    )


def _draw(module: nn.Module) -> None:
    """Batch normalisations stay as torch makes them: what follows must not begin fifty times smaller."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, std=SPREAD)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
