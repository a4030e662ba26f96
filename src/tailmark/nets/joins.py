"""How an expert joins the features of its views: side by side, or by a tensor of low rank."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import torch
from torch import nn


class Concatenation(nn.Module):
    """The features of all views, one after the other."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.width = sum(widths)

    def forward(self, features: Sequence[torch.Tensor]) -> torch.Tensor:
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

    def forward(self, features: Sequence[torch.Tensor]) -> torch.Tensor:
        with_one = [torch.cat([torch.ones_like(each[..., :1]), each], dim=-1) for each in features]
        projected = [
            torch.einsum("bh,rho->bro", each, factor)
            for each, factor in zip(with_one, self.factors, strict=True)
        ]
        return (self.omega @ reduce(torch.mul, projected)).squeeze(-2) + self.bias
