"""Latents of the t posterior, as a differentiable function of random numbers."""

from __future__ import annotations

import torch

SMALLEST = 1e-8  # of a chi-square number: a float32 draw may be zero


def drawn(
    location: torch.Tensor,
    log_variance: torch.Tensor,
    normal: torch.Tensor,
    chisquare: torch.Tensor,
    nu: float,
) -> torch.Tensor:
    """z ~ t_m(mu, nu/(nu+n) Sigma, nu+n), all (..., m), from normal numbers and chi-square ones of nu+n.

    A row has one chi-square number, (...) or (..., 1): its coordinates are extreme together.
    """
    if chisquare.dim() < location.dim():
        chisquare = chisquare.unsqueeze(-1)
    return location + (log_variance / 2).exp() * normal * (nu / chisquare.clamp_min(SMALLEST)).sqrt()
