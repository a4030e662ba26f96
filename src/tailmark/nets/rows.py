"""Between flat rows, which all of training handles, and the images that convolutions see.

A row is an image in the order height, width, channel. Seen as (N, channel, height, width) without a copy, it has
the memory layout that torch calls channels-last, which is also the fast one.
"""

from __future__ import annotations

import torch
from torch import nn

Shape = tuple[int, int, int]  # height, width, channels


class Images(nn.Module):
    """(N, H * W * C) -> (N, C, H, W)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return rows.unflatten(-1, self.shape).movedim(-1, -3)


class Rows(nn.Module):
    """(N, C, H, W) -> (N, H * W * C)."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images.movedim(-3, -1).flatten(-3)
