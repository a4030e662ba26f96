"""How much a model depends on each view, and how much it should: the two sides of ARL's condition (paper 002).

    d_m = sum_c mean_b |p_m[b, c]|                    dependence
    q_m = 1 / H_m,  H_m = mean_b entropy(softmax p_m[b])    inverse of what stands for the variance

Each is given as shares of the views, which sum to 1; ARL wants them equal.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def dependence(alone: Sequence[Tensor]) -> Tensor:
    """The shares (M,) in the logits (B, K) of each view by itself."""
    sizes = torch.stack(list(alone)).abs().mean(dim=1).sum(dim=-1)
    return sizes / sizes.sum().clamp_min(torch.finfo(sizes.dtype).tiny)


def certainty(alone: Sequence[Tensor], least: float = 0.0) -> Tensor:
    """The shares (M,) of the inverse entropies; an entropy's own share counts as `least` where it is smaller."""
    entropies = entropy(torch.stack(list(alone))).mean(dim=-1)
    shares = entropies / entropies.sum().clamp_min(torch.finfo(entropies.dtype).tiny)
    inverse = 1 / shares.clamp_min(max(least, torch.finfo(shares.dtype).eps))
    return inverse / inverse.sum()


def entropy(logits: Tensor) -> Tensor:
    """Of each sample's softmax, in nats: from 0 to log K."""
    log_p = logits.log_softmax(dim=-1)
    return -(log_p.exp() * log_p).sum(dim=-1)
