"""How an expert joins the features of its views, and what a view says by itself in the joined classifier.

`alone` is what is left of it when the others are absent: features of zero, unless the join says otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce
from typing import Any

import torch
from torch import nn
from torch.nn.functional import pad

Features = Sequence[torch.Tensor]


class Concatenation(nn.Module):
    """The features of all views, one after the other."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.width = sum(widths)

    def forward(self, features: Features) -> torch.Tensor:
        return torch.cat(list(features), dim=-1)


class LowRank(nn.Module):
    """Low-rank multi-modal fusion (Liu et al. 2018): a tensor over the outer product of [1; h^m], never formed.

    z = sum_r omega_r prod_m [1; h^m] W^m_r + b
    """

    def __init__(self, widths: Sequence[int], joined: int, rank: int) -> None:
        super().__init__()
        self.width = joined
        self.factors = nn.ParameterList(torch.empty(rank, width + 1, joined) for width in widths)
        self.omega = nn.Parameter(torch.empty(1, rank))
        self.bias = nn.Parameter(torch.zeros(joined))
        for factor in self.factors:
            for matrix in factor:  # as matrices: of a tensor of three dimensions torch takes other fans
                nn.init.xavier_normal_(matrix)
        nn.init.xavier_normal_(self.omega)

    def forward(self, features: Features) -> torch.Tensor:
        with_one = [torch.cat([torch.ones_like(each[..., :1]), each], dim=-1) for each in features]
        projected = [
            torch.einsum("bh,rho->bro", each, factor)
            for each, factor in zip(with_one, self.factors, strict=True)
        ]
        return (self.omega @ reduce(torch.mul, projected)).squeeze(-2) + self.bias


class Gated(nn.Module):
    """Every view but the last is a gate of the last: z = A_M h^M * prod_m<M sigmoid(A_m h^m).

    A view by itself is its own gate: z_m = A_m h^m * sigmoid(A_m h^m).
    """

    def __init__(self, widths: Sequence[int], joined: int) -> None:
        super().__init__()
        self.width = joined
        self.maps = nn.ModuleList(nn.Linear(width, joined) for width in widths)

    def forward(self, features: Features) -> torch.Tensor:
        *gates, value = (say(each) for say, each in zip(self.maps, features, strict=True))
        return reduce(torch.mul, (gate.sigmoid() for gate in gates), value)

    def alone(self, features: Features, number: int) -> torch.Tensor:
        value: torch.Tensor = self.maps[number](features[number])
        return value * value.sigmoid()


class Joined(nn.Module):
    """A classifier of joined features: join, perhaps a rectifier, head."""

    def __init__(self, join: Any, head: nn.Module, rectifies: bool) -> None:
        super().__init__()
        self.join, self.head, self.rectifies = join, head, rectifies

    def forward(self, features: Features) -> torch.Tensor:
        return self._classified(self.join(features))

    def alone(self, features: Features) -> list[torch.Tensor]:
        """The logits of each view; all views in one pass, for many small ones would cost more than they compute."""
        if hasattr(self.join, "alone"):
            joined = torch.cat([self.join.alone(features, number) for number in range(len(features))])
        else:
            joined = self.join(each_alone(features))
        return list(self._classified(joined).chunk(len(features)))

    def _classified(self, joined: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(joined.relu() if self.rectifies else joined)
        return logits


class Sum(nn.Module):
    """Logits of each view by a layer of its own, added: p_f = sum_m p_m."""

    def __init__(self, widths: Sequence[int], classes: int) -> None:
        super().__init__()
        self.heads = nn.ModuleList(nn.Linear(width, classes) for width in widths)

    def forward(self, features: Features) -> torch.Tensor:
        return torch.stack(self.alone(features)).sum(dim=0)

    def alone(self, features: Features) -> list[torch.Tensor]:
        return [head(each) for head, each in zip(self.heads, features, strict=True)]


class Shared(nn.Module):
    """One layer for the features of every view, whose logits are added; the features have one width."""

    def __init__(self, widths: Sequence[int], classes: int) -> None:
        super().__init__()
        self.head = nn.Linear(widths[0], classes)

    def forward(self, features: Features) -> torch.Tensor:
        return torch.stack(self.alone(features)).sum(dim=0)

    def alone(self, features: Features) -> list[torch.Tensor]:
        return [self.head(each) for each in features]


def each_alone(features: Features) -> list[torch.Tensor]:
    """Every sample once for each view, (M B, width): first with the first view alone, then with the second."""
    views, batch = len(features), len(features[0])
    return [
        pad(each, (0, 0, number * batch, (views - 1 - number) * batch))
        for number, each in enumerate(features)
    ]


def others_absent(features: Features, kept: Collection[int]) -> list[torch.Tensor]:
    """The features of some views, and zeros for the others."""
    return [each if number in kept else torch.zeros_like(each) for number, each in enumerate(features)]
