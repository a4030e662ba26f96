"""What the Gaussian models minimise: Kingma's M2 over several views, its divergence weighed by beta.

    l(x, k) = 1/2 sum_j |x_j - mu_j(k, z)|^2 / sigma^2 + beta KL(q(z|x, k) || N(0, I)),   z ~ q(z|x, k)    one z
    L(x, y) = l(x, y) - log pi_y
    U(x)    = sum_k q(k|x) [ l(x, k) - log pi_k + log q(k|x) ]

The prior pi is uniform. It shares nothing with the t model's losses but the network, so that a test can compare them.
"""

from __future__ import annotations

from math import log

import torch

from tailmark.mdgm import gaussian
from tailmark.mdgm.network import Mdgm, Seen


def class_losses(
    network: Mdgm,
    seen: Seen,
    onehot: torch.Tensor,
    normal: torch.Tensor | None,
    sigma: float,
    beta: float,
) -> torch.Tensor:
    """l(x, k) of each sample and class (B, L), from normal numbers (B, L, m); without, at the location."""
    mean, log_variance = posterior(network, seen, onehot)
    latents = mean if normal is None else gaussian.drawn(mean, log_variance, normal)
    error = network.squared_errors(latents.unsqueeze(-2), onehot, seen).squeeze(-1)
    return error / (2 * sigma**2) + beta * gaussian.kl(mean, log_variance) / 2  # `kl` is 2 KL


def posterior(network: Mdgm, seen: Seen, onehot: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and log-variance (B, L, m) of MVAE's product of the present views' experts and the prior."""
    means, log_variances = network.opinions(seen, onehot)
    return gaussian.product(means, log_variances, seen.present[:, None])


def location(network: Mdgm, seen: Seen, onehot: torch.Tensor) -> torch.Tensor:
    """The posterior's mean (B, L, m)."""
    return posterior(network, seen, onehot)[0]


def labelled(losses: torch.Tensor, classes: int) -> torch.Tensor:
    """L of each sample (B,), from its own class's loss (B, 1)."""
    return losses.squeeze(-1) + log(classes)


def unlabelled(losses: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    """U of each sample (B,), from all losses (B, K) and the classifier's logits."""
    log_q = logits.log_softmax(-1)
    return (log_q.exp() * (losses + log(logits.shape[-1]) + log_q)).sum(-1)
