"""What the t model minimises: for a sample x and a class k the loss l(x, k), and over the classes U(x).

    l(x, k) = 1/2 [ sum_j |x_j - mu_j(k, z)|^2 / sigma^2 + R(q(z|x, k)) ],   z ~ q(z|x, k)           one z
    U(x)    = sum_k q_k [ l(x, k) - log pi_k + log q_k ]                                             shannon
    U(x)    = the power form on the joint of x, y and z (see `power`)                                power

The labelled loss L(x, y) is U(x) where q is sure of y, so one function serves both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch

from tailmark.mdgm.constants import Constants
from tailmark.mdgm.divergence import excesses, regulariser
from tailmark.mdgm.network import Mdgm, Seen
from tailmark.mdgm.noise import drawn
from tailmark.mdgm.posterior import Posterior, Product, posterior
from tailmark.mdgm.power import powered

Unlabelled = Literal["shannon", "power"]


@dataclass(frozen=True)
class Model:
    """The choices that decide the loss."""

    constants: Constants
    sigma: float  # of every decoder
    product: Product
    unlabelled: Unlabelled


@dataclass(frozen=True)
class Terms:
    """Each sample with each of L classes, in S parts."""

    error: torch.Tensor  # sum_j |x_j - mu_j|^2 / sigma^2 (B, L, S)
    latents: torch.Tensor  # (B, L, S, m)
    posterior: Posterior


def terms(
    network: Mdgm,
    seen: Seen,
    onehot: torch.Tensor,
    model: Model,
    noise: tuple[torch.Tensor, torch.Tensor] | None,
) -> Terms:
    """One latent of each part from normal (B, L, S, m) and chi-square (B, L, S) numbers; without, its location."""
    found = posterior(network, seen, onehot, model.product, model.constants)
    latents = found.location
    if noise is not None:
        latents = drawn(found.location, found.log_variance, *noise, model.constants.nu)
    return Terms(network.squared_errors(latents, onehot, seen) / model.sigma**2, latents, found)


def class_losses(given: Terms, constants: Constants) -> torch.Tensor:
    """l(x, k) of each sample and class (B, L)."""
    location, log_variance, share = given.posterior
    if constants.rho == 1:
        each = (given.error + regulariser(location, log_variance, constants)) / 2
    else:
        each = powered(given.error + given.latents.square().sum(-1), log_variance, constants)
    return (share * each).sum(-1)


def expected(given: Terms, log_q: torch.Tensor, log_prior: torch.Tensor, model: Model) -> torch.Tensor:
    """U(x) of each sample (B,): for q (B, K) over all classes, or q = 1 (B, 1) of the known one.

    `log_prior`, as `prior_terms` gives it, is (K,) or (B, 1).
    """
    if model.unlabelled == "power":
        return power(given, log_q, log_prior, model.constants)
    return shannon(class_losses(given, model.constants), log_q, log_prior)


def shannon(losses: torch.Tensor, log_q: torch.Tensor, log_prior: torch.Tensor) -> torch.Tensor:
    """Shannon's entropy of the class."""
    return (log_q.exp() * (losses - log_prior + log_q)).sum(-1)


def power(given: Terms, log_q: torch.Tensor, log_rho: torch.Tensor, constants: Constants) -> torch.Tensor:
    """The power form on the class too, for gamma = -2 / (nu + n + m), up to a constant.

        nu/2 { sum_k q_k rho_k (1 + E A_k / nu) - alpha (sum_k q_k^(1+gamma) |Sigma_k|^(-gamma/2))^(1/(1+gamma)) }

    in a form that cancels nothing: with a = nu + n + m - 2, c = nu s / (nu + n - 2), log-volumes
    w_k = (log |Sigma_k| - m log s) / a and H the bracket's power in units of its value at Sigma = s I, it is

        1/2 { sum_k q_k [ M_k + (rho_k - 1) (nu + c m + M_k) ] - c a (H - 1) },   M_k = error + R + c a (e^w_k - 1).
    """
    location, log_variance, share = given.posterior
    nu, a, c = constants.nu, constants.a, constants.c
    _, volume = excesses(log_variance, constants)
    moment = given.error + regulariser(location, log_variance, constants) + c * a * volume.expm1()
    log_q, log_rho = log_q.unsqueeze(-1), log_rho.unsqueeze(-1)
    inside = moment + log_rho.expm1() * (nu + c * constants.m + moment)
    log_h = (a + 2) / a * (a / (a + 2) * (log_q + volume)).logsumexp(1)
    each = ((log_q.exp() * inside).sum(1) - c * a * log_h.expm1()) / 2
    return (share[:, 0] * each).sum(-1)


def prior_terms(log_prior: torch.Tensor, model: Model) -> torch.Tensor:
    """What the unlabelled objective needs of log pi (K,): itself, or log rho_k of the power form.

    rho_k = pi_k^gamma (sum_c pi_c^(1+gamma))^(-gamma/(1+gamma)).
    """
    if model.unlabelled == "shannon":
        return log_prior
    known = model.constants
    gamma = -2 / (known.nu + known.n + known.m)
    return gamma * (log_prior - ((1 + gamma) * log_prior).logsumexp(-1) / (1 + gamma))
