"""The negative evidence lower bound of one model, a number a sample (paper 003, equations 2 to 4).

    loss_i = R(x_i, decoder(z_i)) + log q(z_i|x_i) - log r(z_i),   z_i = mu(x_i) + sigma epsilon_i
    r(z)   = 1/S sum_s N(z; mu(e_s), sigma^2 I)      the majority's exemplars e_s, encoded with the same weights

With a standard Gaussian prior the divergence has a closed form and that is used.
"""

from __future__ import annotations

import math

import torch
from torch.nn.functional import binary_cross_entropy

from tailmark.nets.vae import Pass

LOG_2PI = math.log(2 * math.pi)
CLAMP = 1e-5  # of a pixel's probability, so that its logarithm stays finite
LEAST_NOISE = -10.0  # of the learned log-variance: a decoder that is exact would drive it to minus infinity


def negative_elbo(out: Pass, x: torch.Tensor, *, likelihood: str, prior: str) -> torch.Tensor:
    """The loss of each sample (B,)."""
    divergence = mixture_divergence(out) if prior == "majority" else gaussian_divergence(out)
    return RECONSTRUCTION[likelihood](x, out) + divergence


def squared_error(x: torch.Tensor, out: Pass) -> torch.Tensor:
    """A Gaussian of variance 1/2 without its constants, as in the authors' code."""
    return (x - out.reconstruction).square().sum(-1)


def bernoulli(x: torch.Tensor, out: Pass) -> torch.Tensor:
    """Pixels as probabilities."""
    p = out.reconstruction.clamp(CLAMP, 1 - CLAMP)
    return binary_cross_entropy(p, x, reduction="none").sum(-1)


def gaussian(x: torch.Tensor, out: Pass) -> torch.Tensor:
    """A Gaussian whose one variance is learned, so that the data's scale does not decide what is worth coding."""
    log_variance = out.noise_log_variance.clamp_min(LEAST_NOISE)
    scaled = squared_error(x, out) * (-log_variance).exp()
    return 0.5 * (scaled + x.shape[-1] * (log_variance + LOG_2PI))


RECONSTRUCTION = {"sse": squared_error, "bernoulli": bernoulli, "gaussian": gaussian}


def mixture_divergence(out: Pass) -> torch.Tensor:
    """log q(z|x) - log r(z) at the one z that was drawn."""
    own = log_normal(out.latent - out.mean, out.log_variance)
    return own - log_mixture(out.latent, out.components, out.prior_log_variance)


def gaussian_divergence(out: Pass) -> torch.Tensor:
    """KL(q || N(0, I)) in closed form."""
    return 0.5 * (out.log_variance.exp() + out.mean.square() - 1 - out.log_variance).sum(-1)


def log_normal(difference: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    """log N(difference; 0, exp(log_variance)); the variance is one number or one a dimension."""
    terms = difference.square() * (-log_variance).exp() + log_variance + LOG_2PI
    return -0.5 * terms.sum(-1)


def log_mixture(z: torch.Tensor, means: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    """log of an even mixture of S Gaussians with one variance, at each z (B,).

    Distances come from one matrix product, so that no (B, S, d) array is ever held. Points are centred and scaled
    first: that is what keeps 32-bit distances good to a thousandth.
    """
    scale = (-0.5 * log_variance).exp()
    centre = means.detach().mean(-2, keepdim=True)
    z, means = (z - centre) * scale, (means - centre) * scale
    nearness = z @ means.transpose(-1, -2) - 0.5 * means.square().sum(-1)
    constant = 0.5 * z.shape[-1] * (LOG_2PI + log_variance) + math.log(means.shape[-2])
    return nearness.logsumexp(-1) - 0.5 * z.square().sum(-1) - constant
