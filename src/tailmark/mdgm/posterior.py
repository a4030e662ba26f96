"""q(z|x, y): how the views' experts become one posterior, or several."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch

from tailmark.mdgm import products
from tailmark.mdgm.constants import Constants
from tailmark.mdgm.network import Mdgm, Seen

Product = Literal["calibrated", "raw", "q-product", "mixture", "concatenation"]

RULES = {"calibrated": products.calibrated, "raw": products.raw, "q-product": products.q_product}


class Posterior(NamedTuple):
    """S parts: one, or in a mixture one a view."""

    location: torch.Tensor  # (B, L, S, m)
    log_variance: torch.Tensor
    share: torch.Tensor  # of each part (B, 1, S); they sum to one


def posterior(
    network: Mdgm, seen: Seen, onehot: torch.Tensor, product: Product, constants: Constants
) -> Posterior:
    """For the L classes of `onehot`. An expert whose view is missing does not count."""
    location, log_variance = network.opinions(seen, onehot)
    if product == "mixture":
        share = seen.present / seen.present.sum(-1, keepdim=True).clamp_min(1.0)
        return Posterior(location, log_variance, share[:, None])
    if product in RULES:
        location, log_variance = RULES[product](location, log_variance, seen.present[:, None], constants)
        location, log_variance = location.unsqueeze(-2), log_variance.unsqueeze(-2)
    return Posterior(location, log_variance, torch.ones_like(seen.present[:, None, :1]))
