"""How far the posterior q(z|x, y) is from the alternative prior: what regularises the t model."""

from __future__ import annotations

import math

import torch

from tailmark.mdgm.constants import Constants


def regulariser(location: torch.Tensor, log_variance: torch.Tensor, constants: Constants) -> torch.Tensor:
    """R(mu, Sigma) >= 0 of locations and log-variances (..., m), for rho = 1.

        R = |mu|^2 + c [ sum_i (r_i - 1) - a { (prod_i r_i)^{1/a} - 1 } ],     r_i = Sigma_ii / s

    It is a multiple of the gamma-power divergence, zero at mu = 0 and Sigma = s I alone, and for nu -> inf
    twice the Kullback-Leibler divergence from N(0, I). The loss's own terms, |mu|^2 + nu/(nu+n-2) tr Sigma -
    nu alpha |Sigma|^{1/a} + nu s, are of the size of nu and cancel; here each bracket is small by itself.
    """
    excess, volume = excesses(log_variance, constants)
    return location.square().sum(-1) + constants.c * (excess.expm1().sum(-1) - constants.a * volume.expm1())


def excesses(log_variance: torch.Tensor, constants: Constants) -> tuple[torch.Tensor, torch.Tensor]:
    """log r_i (..., m) and their sum over a (...): the logarithm of |Sigma|^{1/a} against its value at s I."""
    excess = log_variance - math.log(constants.s)
    return excess, excess.sum(-1) / constants.a
