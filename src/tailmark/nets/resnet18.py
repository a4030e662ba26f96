"""ResNet-18 as it was made for ImageNet (He et al. 2016, table 1, option B), without its classifier."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn
from torch.nn.functional import relu

from tailmark.nets.encoders import ChannelsFirst

STAGES = (64, 128, 256, 512)  # channels; all but the first begin by halving the map
BLOCKS = 2  # of each stage
WIDTH = STAGES[-1]  # features of an image


class Block(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut, which is a convolution where the map changes."""

    def __init__(self, channels: int, wider: int) -> None:
        super().__init__()
        stride = 1 if channels == wider else 2
        self.first = _normalised(channels, wider, 3, stride)
        self.second = _normalised(wider, wider, 3, 1)
        self.shortcut: nn.Module = nn.Identity()
        if stride == 2:
            self.shortcut = _normalised(channels, wider, 1, stride)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return relu(self.second(relu(self.first(image))) + self.shortcut(image))


class Pool(nn.Module):
    """The mean of each channel's map."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return image.mean(dim=(-2, -1))


def resnet18(channels: int, shrink: int = 1) -> nn.Sequential:
    """From images (B, H, W, C) or (B, H, W) to features (B, 512); drawn from torch's global generator.

    `shrink`: squares of so many pixels are averaged before the first convolution.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(channels_first=ChannelsFirst())
    if shrink > 1:
        layers["shrink"] = nn.AvgPool2d(shrink)
    layers["stem"] = _normalised(channels, STAGES[0], 7, 2)
    layers["relu"] = nn.ReLU()
    layers["halved"] = nn.MaxPool2d(3, 2, padding=1)
    width = STAGES[0]
    for stage, wider in enumerate(STAGES, start=1):
        for number in range(1, BLOCKS + 1):
            layers[f"block{stage}{number}"] = Block(width, wider)
            width = wider
    layers["pool"] = Pool()
    network = nn.Sequential(layers)
    network.apply(_draw)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # which torch's annotations lack
    return network


def _normalised(channels: int, wider: int, kernel: int, stride: int) -> nn.Sequential:
    """A convolution without bias, which the batch normalisation after it has."""
    convolution = nn.Conv2d(channels, wider, kernel, stride, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(wider))


def _draw(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
