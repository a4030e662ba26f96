"""The encoder that a suite chose for a view: for an image one of two networks, for a table always the same."""

from __future__ import annotations

from torch import nn

from tailmark.nets import encoders
from tailmark.nets.resnet18 import WIDTH, resnet18
from tailmark.nets.views import Encoders, ViewShape


def encoder(view: ViewShape, sizes: Encoders) -> tuple[nn.Module, int]:
    """From one view of a batch to its features (B, width), and that width; drawn from torch's global generator."""
    if view.kind == "image" and sizes.network == "resnet18":
        return resnet18((*view.shape, 1)[2], sizes.shrink), WIDTH
    return encoders.encoder(view, sizes)
