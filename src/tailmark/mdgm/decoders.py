"""The decoders: from a latent and a class to the mean of one view, an image or a table, as flat rows.

What they are compared with is a row too: `target` makes it from a view, `restored` makes a view from it.
"""

from __future__ import annotations

from itertools import pairwise
from math import ceil, prod

import torch
from torch import nn
from torch.nn.functional import one_hot

from tailmark.mdgm.conditional import Conditional
from tailmark.nets.encoders import ChannelsFirst
from tailmark.nets.rows import Rows
from tailmark.nets.views import Encoders, ViewShape

HIDDEN = 256  # of either decoder


def width(shape: ViewShape) -> int:
    """Numbers in a view's row: n_j."""
    if shape.kind == "image":
        return prod(shape.shape)
    return sum(level + 1 if level else 1 for level in _levels(shape))


def target(values: torch.Tensor, shape: ViewShape) -> torch.Tensor:
    """(B, n_j): an image's pixels; a table's numbers as they are, NaN where missing, its categories one-hot."""
    if shape.kind == "image":
        return values.flatten(1)
    if not any(_levels(shape)):
        return values
    columns = zip(values.split(1, dim=-1), _levels(shape), strict=True)
    return torch.cat(
        [
            one_hot(column[:, 0].long(), level + 1).to(values.dtype) if level else column
            for column, level in columns
        ],
        dim=-1,
    )


def restored(rows: torch.Tensor, shape: ViewShape) -> torch.Tensor:
    """The view of a row (..., n_j): of each category the code of its largest number."""
    if shape.kind == "image":
        return rows.unflatten(-1, shape.shape)
    blocks = rows.split([level + 1 if level else 1 for level in _levels(shape)], dim=-1)
    columns = zip(blocks, _levels(shape), strict=True)
    return torch.cat(
        [block.argmax(-1, keepdim=True).to(rows.dtype) if level else block for block, level in columns],
        dim=-1,
    )


def squared_error(mean: torch.Tensor, row: torch.Tensor, shape: ViewShape) -> torch.Tensor:
    """|x - mu|^2 of means (B, ..., n_j) and targets (B, n_j). A number that is missing has no error."""
    row = row.view(len(row), *(1,) * (mean.dim() - 2), -1)
    error = mean - row
    if shape.missing:
        error = error.masked_fill(row.isnan(), 0.0)
    return error.square().sum(-1)


class Decoder(nn.Module):
    """From latents (B, L, S, m) and one-hot classes to the mean (B, L, S, n_j)."""

    def __init__(self, shape: ViewShape, sizes: Encoders, latent: int, classes: int) -> None:
        super().__init__()
        self.first = Conditional(latent, classes, HIDDEN)
        self.rest = nn.Sequential(nn.ReLU(), *(_image if shape.kind == "image" else _table)(shape, sizes))

    def forward(self, latents: torch.Tensor, onehot: torch.Tensor) -> torch.Tensor:
        first = self.first(latents, onehot)
        rows: torch.Tensor = self.rest(first.flatten(0, -2))  # every sample, class and part in one pass
        return rows.unflatten(0, first.shape[:-1])


class Crop(nn.Module):
    """The top left corner of an image that came out too large."""

    def __init__(self, height: int, across: int) -> None:
        super().__init__()
        self.height, self.across = height, across

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images[..., : self.height, : self.across]


def _table(shape: ViewShape, sizes: Encoders) -> list[nn.Module]:
    return [nn.Linear(HIDDEN, width(shape))]


def _image(shape: ViewShape, sizes: Encoders) -> list[nn.Module]:
    """The encoder mirrored: a small map, a doubling a convolution, at last squares for averaged pixels."""
    height, across, channels = (*shape.shape, 1)[:3]
    shrunk = sizes.shrink * 2 ** len(sizes.channels)
    rows, columns = ceil(height / shrunk), ceil(across / shrunk)
    narrowing = [*reversed(sizes.channels), channels]
    doublings: list[nn.Module] = []
    for wide, narrow in pairwise(narrowing):
        doublings += [nn.ReLU(), nn.ConvTranspose2d(wide, narrow, 4, stride=2, padding=1)]
    whole = nn.Sequential(
        nn.Linear(HIDDEN, rows * columns * narrowing[0]),
        nn.Unflatten(-1, (rows, columns, narrowing[0])),
        ChannelsFirst(),
        *doublings,
        nn.Upsample(scale_factor=sizes.shrink) if sizes.shrink > 1 else nn.Identity(),
        Crop(height, across),
        nn.Sigmoid(),
        Rows(),
    )
    whole.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # the faster layout by a fifth
    return list(whole)


def _levels(shape: ViewShape) -> tuple[int, ...]:
    return shape.levels or (0,) * shape.shape[0]
