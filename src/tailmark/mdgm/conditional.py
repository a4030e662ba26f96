"""A layer that takes features and a class, and does not repeat the features' product for every class."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import linear


class Conditional(nn.Module):
    """linear(features (+) one-hot class) = W_h h + b, once a row, + W_y[k], once a class.

    Features (B, ..., F) and classes (L, ..., K) or (B, L, ..., K), one-hot, meet by broadcasting.
    """

    def __init__(self, features: int, classes: int, width: int) -> None:
        super().__init__()
        self.features = features
        self.joint = nn.Linear(features + classes, width)

    def forward(self, features: torch.Tensor, onehot: torch.Tensor) -> torch.Tensor:
        of_features = linear(features, self.joint.weight[:, : self.features], self.joint.bias)
        return of_features + linear(onehot, self.joint.weight[:, self.features :])
