"""The family of losses between the Kullback-Leibler divergence (rho -> 0) and the t VAE's (rho = 1).

gamma and nu are tied in a t VAE. A multiplier rho of gamma unties them, within limits:

    nu/(2 rho) { (1 + A(z)/nu)^rho - beta_rho |Sigma|^{1/a} },     A(z) = |z|^2 + sum_j |x_j - mu_j(z)|^2/sigma_j^2

for z ~ q. The smaller rho, the less a sample that is explained badly can pull. This is our own reading of a
grid over gamma; no published number belongs to it.
"""

from __future__ import annotations

import torch

from tailmark.mdgm.constants import Constants
from tailmark.mdgm.divergence import excesses


def powered(quadratic: torch.Tensor, log_variance: torch.Tensor, constants: Constants) -> torch.Tensor:
    """The loss of one latent: A(z) (...) and the log-variances of q (..., m) that z was drawn from.

    Both terms are measured from their values at the best posterior without data, so that neither is of the
    size of nu and the mean over z of what regularises is never negative, whatever rho:

        1/2 { nu/rho [(1 + A/nu)^rho - 1] - floor - c a (e^w - 1) },     w = log(|Sigma| / s^m) / a.

    For rho = 1 its mean over z is 1/2 { sum_j E|x_j - mu_j(z)|^2/sigma_j^2 + R }, with `regulariser`'s R;
    for rho -> 0 it is the negative ELBO times nu/(nu+n+m), up to a constant.
    """
    nu, rho = constants.nu, constants.rho
    cross = nu / rho * (rho * (quadratic / nu).log1p()).expm1()
    _, volume = excesses(log_variance, constants)
    return (cross - constants.floor - constants.c * constants.a * volume.expm1()) / 2
