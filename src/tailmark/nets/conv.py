"""The trunks of paper 003's convolutional VAE: all of it but the heads that give a mean and a variance.

Two descriptions contradict each other, and both are here. `appendix` is the paper's appendix E, which leaves kernels,
activations and normalisation open: here 4 x 4 with stride 2 on the way down, nearest neighbours and then 3 x 3 on the
way up, and the rest as in `release`. That is the authors' code, which follows the Exemplar VAE (Norouzi et al. 2020):
weight normalisation, ELU, and residual blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from tailmark.errors import TailmarkError, nearest
from tailmark.nets.rows import Images, Rows, Shape

CONDITION = "expected a condition if and only if the encoder was made for one; got the other"


@dataclass(frozen=True)
class Architecture:
    """Both halves, and the map between them that the linear layers see."""

    shrinks: int  # the image's side, by this factor
    channels: int  # of the smallest map
    down: Callable[[int], list[nn.Module]]  # from so many channels
    up: Callable[[int], list[nn.Module]]  # to so many channels


class Encoder(nn.Module):
    """Rows, with or without a one-hot condition, to the features of the heads."""

    def __init__(self, shape: Shape, classes: int, trunk: nn.Module) -> None:
        super().__init__()
        self.images = Images(shape)
        self.label = LabelPlane(shape, classes) if classes else None
        self.trunk = trunk

    def forward(self, x: torch.Tensor, condition: torch.Tensor | None = None) -> torch.Tensor:
        image = self.images(x)
        if self.label is not None and condition is not None:
            image = self.label(image, condition)
        elif self.label is not None or condition is not None:
            raise ValueError(CONDITION)
        features: torch.Tensor = self.trunk(image)
        return features


class LabelPlane(nn.Module):
    """The image through a 1 x 1 convolution, and one more channel that the label draws."""

    def __init__(self, shape: Shape, classes: int) -> None:
        super().__init__()
        height, width, channels = shape
        self.image = nn.Conv2d(channels, channels, 1)
        self.plane = nn.Sequential(nn.Linear(classes, height * width), nn.Unflatten(-1, (1, height, width)))

    def forward(self, image: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.image(image), self.plane(condition)], dim=-3)


class Residual(nn.Module):
    """x + conv(ELU(x))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(nn.ELU(), _conv(channels, channels))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return image + self.branch(image)


def encoder(architecture: str, shape: Shape, classes: int = 0) -> tuple[nn.Module, int]:
    """From (N, D), and (N, classes) if there are classes, to (N, width); and that width."""
    plan, side = _plan(architecture, shape)
    trunk = nn.Sequential(*plan.down(shape[2] + (classes > 0)), nn.Flatten(-3))
    return Encoder(shape, classes, trunk), plan.channels * side**2


def decoder(architecture: str, shape: Shape, latent: int) -> nn.Sequential:
    """From (N, latent) to (N, D), with no function at the end that would hold it in a range."""
    plan, side = _plan(architecture, shape)
    return nn.Sequential(
        nn.Linear(latent, plan.channels * side**2),
        nn.Unflatten(-1, (plan.channels, side, side)),
        *plan.up(shape[2]),
        Rows(),
    )


def _plan(architecture: str, shape: Shape) -> tuple[Architecture, int]:
    """The architecture, and the side of its smallest map."""
    if architecture not in ARCHITECTURES:
        raise TailmarkError(
            f"Expected an architecture, one of {', '.join(ARCHITECTURES)}; got '{architecture}'."
            f"{nearest(architecture, ARCHITECTURES)}"
        )
    plan = ARCHITECTURES[architecture]
    height, width, _ = shape
    if height != width or height % plan.shrinks:
        raise TailmarkError(
            f"The architecture '{architecture}' takes square images whose side is a multiple of {plan.shrinks}; "
            f"got {height} x {width}. Choose another dataset or architecture."
        )
    return plan, height // plan.shrinks


def _appendix_down(channels: int) -> list[nn.Module]:
    return [
        *(_conv(channels, 64, 4, 2), nn.ELU()),
        *(_conv(64, 128, 4, 2), nn.ELU()),
        *(_conv(128, 256, 4, 2), nn.ELU()),
        *(_conv(256, 512, 4, 2), nn.ELU()),
    ]


def _appendix_up(channels: int) -> list[nn.Module]:
    """The appendix enlarges the smallest map once without a convolution."""
    return [
        *(nn.ELU(), _twice()),
        *(_twice(), _conv(512, 256), nn.ELU()),
        *(_twice(), _conv(256, 128), nn.ELU()),
        *(_twice(), _conv(128, 64), nn.ELU()),
        _conv(64, channels),
    ]


def _release_down(channels: int) -> list[nn.Module]:
    return [
        *(_conv(channels, 48, stride=2), *_six_blocks(48)),
        *(_conv(48, 96, stride=2), *_six_blocks(96)),
        *(_conv(96, 6), nn.ELU()),
    ]


def _release_up(channels: int) -> list[nn.Module]:
    return [
        *(_twice(), _conv(6, 96), *_six_blocks(96)),
        *(_twice(), _conv(96, 48), *_six_blocks(48)),
        _conv(48, channels),
    ]


def _six_blocks(channels: int) -> list[nn.Module]:
    return [Residual(channels) for _ in range(6)]


def _conv(channels: int, wider: int, kernel: int = 3, stride: int = 1) -> nn.Module:
    """Weight-normalised; one pixel around the image makes both kernels fit."""
    convolution: nn.Module = weight_norm(nn.Conv2d(channels, wider, kernel, stride, padding=1))
    return convolution


def _twice() -> nn.Module:
    return nn.Upsample(scale_factor=2)


ARCHITECTURES = {
    "appendix": Architecture(16, 512, _appendix_down, _appendix_up),
    "release": Architecture(4, 6, _release_down, _release_up),
}
