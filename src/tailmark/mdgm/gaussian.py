"""The Gaussian control: the same three steps as the t model takes, written apart, with normal distributions."""

from __future__ import annotations

import torch


def kl(location: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    """2 KL( N(mu, Sigma) || N(0, I) ) (...) of locations and log-variances (..., m)."""
    return (location.square() + log_variance.expm1() - log_variance).sum(-1)


def drawn(location: torch.Tensor, log_variance: torch.Tensor, normal: torch.Tensor) -> torch.Tensor:
    """z ~ N(mu, Sigma) from normal numbers."""
    return location + (log_variance / 2).exp() * normal


def product(
    locations: torch.Tensor, log_variances: torch.Tensor, present: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The product of normal experts (..., M, m) and the prior N(0, I) (Wu & Goodman 2018): (..., m) each.

    An expert whose `present` (..., M) is 0 is left out.
    """
    precisions = (-log_variances).exp() * present[..., None]
    precision = 1 + precisions.sum(dim=-2)
    location = (locations * precisions).sum(dim=-2) / precision
    return location, -precision.log()
