"""Products of t experts: one posterior of several views' opinions and the prior's.

A product of t densities is no t density. All three rules take the precision and the location that the
product of normal experts has, with T_j the precision of view j and I that of the prior,

    Lam = I + sum_j T_j,     mu = Lam^{-1} sum_j T_j mu_j,

and differ in the scale: `raw` Lam^{-1}, `calibrated` s |Lam|^{-1/(a-m)} Lam^{-1}, `q_product` the latter
times 1 + D/nu. As nu -> inf all are the product of normal experts.

Locations and log-variances are (..., M, m), diagonal; `present` (..., M) is 1, or 0 where a view is missing
and its expert is left out. The result is (..., m).
"""

from __future__ import annotations

import math

import torch

from tailmark.mdgm.constants import Constants

Pair = tuple[torch.Tensor, torch.Tensor]


def calibrated(
    locations: torch.Tensor, log_variances: torch.Tensor, present: torch.Tensor, constants: Constants
) -> Pair:
    """Where T_j is what view j truly tells of a linear model, this minimises the model's loss (rho = 1).

    Without experts it is the alternative prior, for every rho: nothing is seen and nothing is penalised.
    """
    location, log_precision = _pooled(locations, log_variances, present)
    shrink = log_precision.sum(-1, keepdim=True) / (constants.a - constants.m)
    return location, math.log(constants.s) - log_precision - shrink


def raw(
    locations: torch.Tensor, log_variances: torch.Tensor, present: torch.Tensor, constants: Constants
) -> Pair:
    """The normal experts' rule to the letter, with t noise. Sigma <= I, wherever the loss wants it."""
    location, log_precision = _pooled(locations, log_variances, present)
    return location, -log_precision


def q_product(
    locations: torch.Tensor, log_variances: torch.Tensor, present: torch.Tensor, constants: Constants
) -> Pair:
    """Views that disagree make the posterior wider, as in the true posterior of a t model.

    The quadratics of prior and experts add inside one power, which is a t density of scale (1 + D/nu) Lam^{-1}.
    Here it is calibrated too, so that it differs from `calibrated` in the factor 1 + D/nu and nothing else.
    """
    location, log_variance = calibrated(locations, log_variances, present, constants)
    energy = disagreement(locations, log_variances, present)
    return location, log_variance + (energy / constants.nu).log1p().unsqueeze(-1)


def disagreement(locations: torch.Tensor, log_variances: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
    """D = sum_j mu_j' T_j mu_j - mu' Lam mu >= 0 (...), zero if all agree with each other and the prior.

    Summed as distances from mu, the prior's |mu|^2 among them: no large numbers cancel.
    """
    location, _ = _pooled(locations, log_variances, present)
    distances = (locations - location.unsqueeze(-2)).square()
    energy = (_precisions(log_variances, present) * distances).sum((-2, -1))
    return energy + location.square().sum(-1)


def _pooled(locations: torch.Tensor, log_variances: torch.Tensor, present: torch.Tensor) -> Pair:
    """mu and log diag Lam, (..., m)."""
    precisions = _precisions(log_variances, present)
    total = precisions.sum(-2)
    return (precisions * locations).sum(-2) / (1 + total), total.log1p()


def _precisions(log_variances: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
    """diag T_j, zero of a missing view."""
    return present.unsqueeze(-1) * (-log_variances).exp()
