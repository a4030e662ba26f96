"""The fully connected classifier of paper 003 (appendix E.2): D-256-128-K.

The paper does not name the activation; the authors' code uses LeakyReLU(0.1), and ends in a Softmax layer whose
output the loss then passes through a log-softmax again (`ends_in_softmax`, protocol `released`).
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn
from torch.nn.functional import linear, normalize

SLOPE = 0.1


class CosineHead(nn.Module):
    """Logits are the cosines between features and class vectors; no bias."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.weight = nn.Linear(features, classes, bias=False).weight

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return linear(normalize(features, dim=-1), normalize(self.weight, dim=-1))


def mlp(
    features: int,
    classes: int,
    *,
    hidden: tuple[int, ...] = (256, 128),
    head: str = "linear",
    ends_in_softmax: bool = False,
) -> nn.Sequential:
    """The classifier, with torch's own initialisation, drawn from torch's global generator."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    width = features
    for depth, wider in enumerate(hidden, start=1):
        layers[f"hidden{depth}"] = nn.Linear(width, wider)
        layers[f"leaky{depth}"] = nn.LeakyReLU(SLOPE)
        width = wider
    layers["head"] = nn.Linear(width, classes) if head == "linear" else CosineHead(width, classes)
    if ends_in_softmax:
        layers["softmax"] = nn.Softmax(dim=-1)
    return nn.Sequential(layers)
