"""The optimiser of a multi-modal run, its learning rate over the training, and the length of its gradients."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from tailmark.training.task import Recipe

MOMENTUM = 0.9
DROP = 0.1  # what is left of the learning rate


def optimiser_of(
    weights: Iterable[nn.Parameter], recipe: Recipe, device: torch.device, rate: float
) -> torch.optim.Optimizer:
    """Adam, or descent with momentum; on a GPU such that a step can be captured."""
    on_gpu = device.type == "cuda"
    lr: float | torch.Tensor = torch.tensor(rate, device=device) if on_gpu else rate
    weights = list(weights)
    if recipe.optimiser == "sgd":
        penalty = recipe.weight_decay
        descent = torch.optim.SGD(weights, lr=lr, momentum=MOMENTUM, weight_decay=penalty, fused=True)
        for (
            weight
        ) in weights:  # torch's fused step wants all of them, and a view that waits for its turn has none yet
            descent.state[weight]["momentum_buffer"] = torch.zeros_like(weight)
        return descent
    return torch.optim.Adam(weights, lr=lr, weight_decay=recipe.weight_decay, fused=True, capturable=on_gpu)


def shorten(weights: Iterable[nn.Parameter], recipe: Recipe) -> None:
    """No gradient of all weights together is longer than the recipe's `clip`."""
    if recipe.clip is not None:
        nn.utils.clip_grad_norm_(weights, recipe.clip)


def decay(optimiser: torch.optim.Optimizer, recipe: Recipe, before: int, done: int, steps: int) -> None:
    """The learning rate after an epoch that went from one step to another."""
    drops = sum(before < share * steps <= done for share in recipe.drops)
    for group in optimiser.param_groups:
        group["lr"] *= recipe.decay * DROP**drops
