"""The one family of losses: re-weighting, focusing, margins, scales and priors on the cross-entropy.

For logits v, label y and class counts n, the loss of one sample is

    q    = softmax( scale * (v - margin_y e_y) + prior )_y
    loss = weight_y * (1 - q)^focus * (-log q)

and a batch is the plain mean over its samples (not divided by the sum of the weights). A method is a row of
numbers in this family: a field that a method leaves at its neutral value costs nothing in training.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # a method file must be readable without paying for torch
    import torch

Floats = NDArray[np.float64]

TINY = 1e-12  # keeps the focusing power differentiable where q is 1 to rounding


@dataclass(frozen=True)
class Objective:
    """The numbers of one method; `None` is neutral."""

    weight: Floats | None = None  # (K,) class weights
    focus: float | None = None  # the exponent gamma
    margin: Floats | None = None  # (K,) subtracted from the logit of the true class alone
    scale: float | None = None  # multiplies the logits after the margin
    prior: Floats | None = None  # (K,) added to the logits in training, absent at test time

    def numbers(self) -> dict[str, list[float] | float]:
        """The fields that are not neutral, as plain numbers: what the run record and the key hold."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: np.asarray(value).tolist() for name, value in given.items() if value is not None}


def loss(logits: torch.Tensor, labels: torch.Tensor, terms: dict[str, torch.Tensor]) -> torch.Tensor:
    """The loss of each sample (B,); `terms` holds the fields of an objective that are not neutral."""
    from torch.nn.functional import cross_entropy  # noqa: PLC0415

    if "margin" in terms:
        margin = terms["margin"][labels].unsqueeze(-1)
        logits = logits.scatter_add(-1, labels.unsqueeze(-1), -margin)
    if "scale" in terms:
        logits = logits * terms["scale"]
    if "prior" in terms:
        logits = logits + terms["prior"]
    value = cross_entropy(logits, labels, reduction="none")
    if "focus" in terms:
        value = value * (-(-value).expm1()).clamp_min(TINY) ** terms["focus"]
    if "weight" in terms:
        value = value * terms["weight"][labels]
    return value


def sum_to_classes(weights: Floats) -> Floats:
    """Class weights scaled to sum to K, so that the learning rate keeps its meaning."""
    return weights / weights.sum() * len(weights)


def prior_of(counts: Floats) -> Floats:
    """Class frequencies of the training set."""
    return counts / counts.sum()
