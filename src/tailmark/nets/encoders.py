"""The encoders of paper 004: from one view of a sample to its features, for an image and for a table."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

import torch
from torch import nn

from tailmark.errors import TailmarkError
from tailmark.nets.rows import Rows
from tailmark.nets.views import Encoders, ViewShape


def encoder(view: ViewShape, sizes: Encoders) -> tuple[nn.Module, int]:
    """From (B, H, W, C), (B, H, W) or (B, D) to (B, width), and that width; drawn from torch's global generator."""
    if view.kind == "table":
        return _table(view, sizes)
    return _image(view, sizes)


class ChannelsFirst(nn.Module):
    """(B, H, W, C) or (B, H, W) -> (B, C, H, W), without a copy."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        if images.dim() == 3:
            images = images.unsqueeze(-1)
        return images.movedim(-1, -3)


class Columns(nn.Module):
    """A table's numbers, zero where missing, then their missing-indicators if asked for, then embedded categories.

    A number is standardised, so zero is its mean. Category 0 is a missing one.
    """

    def __init__(self, view: ViewShape, embedding: int) -> None:
        super().__init__()
        levels = view.levels or (0,) * view.shape[0]
        sizes = [level + 1 for level in levels if level]
        self.marks_missing = view.missing
        self.register_buffer("numbers", _indices(column for column, level in enumerate(levels) if not level))
        self.register_buffer("categories", _indices(column for column, level in enumerate(levels) if level))
        self.register_buffer("first_row", _indices(sum(sizes[:column]) for column in range(len(sizes))))
        self.embedding = nn.Embedding(sum(sizes), embedding) if sizes else None
        self.width = len(self.numbers) * (1 + view.missing) + len(sizes) * embedding

    numbers: torch.Tensor
    categories: torch.Tensor
    first_row: torch.Tensor  # of each category's block in the one table of embeddings

    def forward(self, table: torch.Tensor) -> torch.Tensor:
        numbers = table.index_select(-1, self.numbers)
        missing = numbers.isnan()
        parts = [numbers.masked_fill(missing, 0.0)]
        if self.marks_missing:
            parts.append(missing.to(table.dtype))
        if self.embedding is not None:
            codes = table.index_select(-1, self.categories).long()
            parts.append(self.embedding(codes + self.first_row).flatten(-2))
        return torch.cat(parts, dim=-1)


def _table(view: ViewShape, sizes: Encoders) -> tuple[nn.Module, int]:
    columns = Columns(view, sizes.embedding)
    layers: OrderedDict[str, nn.Module] = OrderedDict(columns=columns)
    layers["linear"] = nn.Linear(columns.width, sizes.columns)
    layers["relu"] = nn.ReLU()
    return nn.Sequential(layers), sizes.columns


def _image(view: ViewShape, sizes: Encoders) -> tuple[nn.Module, int]:
    height, width, channels = (*view.shape, 1)[:3]
    height, width = height // sizes.shrink, width // sizes.shrink
    halvings = len(sizes.channels)
    if min(height, width) < 2**halvings:
        raise TailmarkError(
            f"Expected images of at least {2**halvings} x {2**halvings} pixels for {halvings} convolutions that each "
            f"halve the image; the view '{view.name}' has {height} x {width}. Give the suite's `encoders` fewer "
            "`channels`, or a smaller `shrink`."
        )
    layers: OrderedDict[str, nn.Module] = OrderedDict(channels_first=ChannelsFirst())
    if sizes.shrink > 1:
        layers["shrink"] = nn.AvgPool2d(sizes.shrink)
    for depth, wider in enumerate(sizes.channels, start=1):
        layers[f"conv{depth}"] = nn.Conv2d(channels, wider, sizes.kernel, padding="same")
        layers[f"pool{depth}"] = nn.MaxPool2d(2)
        layers[f"relu{depth}"] = (
            nn.ReLU()
        )  # the same after the pooling as before it, on a quarter of the pixels
        channels = wider
    layers["rows"] = Rows()
    pixels = (height >> halvings) * (width >> halvings)
    layers["linear"] = nn.Linear(pixels * channels, sizes.hidden)
    layers["relu"] = nn.ReLU()
    whole = nn.Sequential(layers)
    whole.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # which torch's annotations lack
    return whole, sizes.hidden


def _indices(values: Iterable[int]) -> torch.Tensor:
    return torch.tensor(list(values), dtype=torch.long)
