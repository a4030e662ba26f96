"""The backbone of every semi-supervised method: an encoder a view, their features joined, and a head or two."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from tailmark.nets.encoders import encoder
from tailmark.nets.seeded import seeded
from tailmark.semi.step import Batch, Facts

JOINED = 128  # features of all views together


class Backbone(nn.Module):
    """A missing view gives features of zero."""

    def __init__(self, facts: Facts, heads: int = 1) -> None:
        super().__init__()
        self.names = tuple(shape.name for shape in facts.shapes)
        self.encoders = nn.ModuleList()
        self.widths = []
        for shape in facts.shapes:
            with seeded(facts.seed, f"init/encoder/{shape.name}"):
                encode, width = encoder(shape, facts.sizes)
            self.encoders.append(encode)
            self.widths.append(width)
        with seeded(facts.seed, "init/trunk"):
            self.trunk = nn.Sequential(nn.Linear(sum(self.widths), JOINED), nn.ReLU())
        self.heads = nn.ModuleList()
        for number in range(heads):
            with seeded(facts.seed, f"init/head/{number}"):
                self.heads.append(nn.Linear(JOINED, facts.classes))

    def encoded(self, batch: Batch) -> dict[str, torch.Tensor]:
        """The features of each view (B, width)."""
        return {
            name: encode(batch.inputs[name]) * batch.present[:, number, None]
            for number, (name, encode) in enumerate(zip(self.names, self.encoders, strict=True))
        }

    def joined(self, encoded: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """The features of all views together (B, 128)."""
        features: torch.Tensor = self.trunk(torch.cat([encoded[name] for name in self.names], dim=-1))
        return features

    def features(self, batch: Batch) -> torch.Tensor:
        """From samples to what the heads take."""
        return self.joined(self.encoded(batch))

    def forward(self, batch: Batch) -> torch.Tensor:
        logits: torch.Tensor = self.heads[0](self.features(batch))
        return logits
