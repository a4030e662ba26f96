"""A variational auto-encoder for one model: x -> q(z|x), z -> x, and what the two losses need of them.

Paper 003, appendix E: encoder D-300-300 (ReLU) and a mean head; decoder d-300-300-D. The variance of q is one scalar
that the prior's components share (`shared`, the authors' code), or a head of its own (`diagonal`, appendix E).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn
from torch.nn.functional import hardtanh

LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE = (
    -6.0,
    2.0,
)  # of a diagonal q, as in the exemplar VAE that MGVAE builds on
ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "linear": nn.Identity}


class Pass(NamedTuple):
    """What one pass leaves for the loss. B samples, S exemplars, d latent dimensions."""

    reconstruction: torch.Tensor  # (B, D)
    latent: torch.Tensor  # (B, d), one draw of q a sample
    mean: torch.Tensor  # (B, d)
    log_variance: torch.Tensor  # of q: () or (B, d)
    components: torch.Tensor  # (S, d): where q's mean network puts the exemplars
    prior_log_variance: torch.Tensor  # of the prior's components: ()
    noise_log_variance: torch.Tensor  # of the decoder's Gaussian: ()


class Trunk(nn.Module):
    """The fully connected encoder, up to its heads; a condition stands beside the features."""

    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        self.hidden1 = nn.Linear(features, hidden)
        self.hidden2 = nn.Linear(hidden, hidden)

    def forward(self, x: torch.Tensor, condition: torch.Tensor | None = None) -> torch.Tensor:
        x = x if condition is None else torch.cat([x, condition], dim=-1)
        return self.hidden2(self.hidden1(x).relu()).relu()


def fully_connected_decoder(latent: int, hidden: int, features: int, activation: str) -> nn.Sequential:
    """d-300-300-D, ending where the data live."""
    return nn.Sequential(
        nn.Linear(latent, hidden),
        nn.ReLU(),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Linear(hidden, features),
        ACTIVATIONS[activation](),
    )


class Vae(nn.Module):
    """An encoder's trunk, its heads, a decoder, and the scalars that are learned beside them."""

    def __init__(
        self, trunk: nn.Module, width: int, decoder: nn.Module, latent: int, *, shared: bool, likelihood: str
    ) -> None:
        super().__init__()
        self.trunk, self.decoder = trunk, decoder
        self.mean = nn.Linear(width, latent)
        self.spread = None if shared else nn.Linear(width, latent)
        self.log_variance = nn.Parameter(torch.zeros(()))  # log sigma^2 of the prior's components
        noise = torch.zeros(())
        if likelihood == "gaussian":
            self.noise = nn.Parameter(noise)
        else:
            self.register_buffer("noise", noise, persistent=False)

    def forward(
        self, rows: torch.Tensor, epsilon: torch.Tensor, condition: torch.Tensor | None = None
    ) -> Pass:
        """`rows` holds the B samples and after them the exemplars: one pass through the encoder for both."""
        n = len(epsilon)
        heads = self.trunk(rows, condition)
        means = self.mean(heads)
        log_variance = self.log_variance_of(heads[:n])
        latent = means[:n] + (0.5 * log_variance).exp() * epsilon
        return Pass(
            self.decode(latent, condition),
            latent,
            means[:n],
            log_variance,
            means[n:],
            self.log_variance,
            self.noise,
        )

    def log_variance_of(self, heads: torch.Tensor) -> torch.Tensor:
        """log of q's variance."""
        if self.spread is None:
            return self.log_variance
        return hardtanh(self.spread(heads), LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE)

    def encode(self, rows: torch.Tensor, condition: torch.Tensor | None = None) -> torch.Tensor:
        """The mean of q."""
        means: torch.Tensor = self.mean(self.trunk(rows, condition))
        return means

    def decode(self, latent: torch.Tensor, condition: torch.Tensor | None = None) -> torch.Tensor:
        """The decoder's mean."""
        latent = latent if condition is None else torch.cat([latent, condition], dim=-1)
        decoded: torch.Tensor = self.decoder(latent)
        return decoded
