"""ResNet-20 as it was made for CIFAR-10 (He et al. 2016, section 4.2): the classifier of paper 003's photographs.

Paper 003 cites a code whose shortcuts have no parameters (option "A"); the authors' own copy of it puts a convolution
there (option "B"). An image of 64 x 64 leaves the last stage as a map of 16 x 16.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn
from torch.nn.functional import pad, relu

from tailmark.nets.mlp import CosineHead
from tailmark.nets.rows import Images, Shape

STAGES = (16, 32, 64)  # channels; the second and the third stage begin by halving the map
BLOCKS = 3  # of each stage


class Shortcut(nn.Module):
    """Option A: every second pixel, and channels of zeros on both sides of those there are."""

    def __init__(self, added: int) -> None:
        super().__init__()
        self.each_side = added // 2

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return pad(image[:, :, ::2, ::2], (0, 0, 0, 0, self.each_side, self.each_side))


class Block(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut."""

    def __init__(self, channels: int, wider: int, option: str) -> None:
        super().__init__()
        stride = 1 if channels == wider else 2
        self.first = _normalised(channels, wider, 3, stride)
        self.second = _normalised(wider, wider, 3, 1)
        self.shortcut: nn.Module = nn.Identity()
        if stride == 2:
            self.shortcut = (
                Shortcut(wider - channels) if option == "A" else _normalised(channels, wider, 1, stride)
            )

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return relu(self.second(relu(self.first(image))) + self.shortcut(image))


class Pool(nn.Module):
    """The mean of each channel's map."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return image.mean(dim=(-2, -1))


def resnet20(shape: Shape, classes: int, *, option: str = "A", head: str = "linear") -> nn.Sequential:
    """The classifier of flat rows; its weights are drawn from torch's global generator."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["images"] = Images(shape)
    layers["stem"] = _normalised(shape[2], STAGES[0], 3, 1)
    layers["relu"] = nn.ReLU()
    channels = STAGES[0]
    for stage, wider in enumerate(STAGES, start=1):
        for number in range(1, BLOCKS + 1):
            layers[f"block{stage}{number}"] = Block(channels, wider, option)
            channels = wider
    layers["pool"] = Pool()
    layers["head"] = nn.Linear(channels, classes) if head == "linear" else CosineHead(channels, classes)
    network = nn.Sequential(layers)
    network.apply(_draw)
    return network


def _normalised(channels: int, wider: int, kernel: int, stride: int) -> nn.Sequential:
    """A convolution without bias, which the batch normalisation after it has."""
    convolution = nn.Conv2d(channels, wider, kernel, stride, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(wider))


def _draw(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(module.weight)
