"""The loss of a multi-modal network: the sum of its experts' losses, and that of its assessment module.

    sum_e loss_e(v^e) + lambda sum_m [ loss(f^m) + (g^m - TCP_m)^2 ],   TCP_m = softmax(f^m)_y

TCP, the true-class probability, takes the label, so it is the target of g and never an input of an expert.
"""

from __future__ import annotations

from typing import NamedTuple

import torch

from tailmark import objective
from tailmark.fusion.design import Design
from tailmark.fusion.experts import Said
from tailmark.objective import Objective

Numbers = dict[str, torch.Tensor]


class Terms(NamedTuple):
    """The numbers of a design's objectives, as tensors."""

    experts: tuple[Numbers, ...]
    assessment: Numbers | None  # of f


def terms(design: Design, device: torch.device) -> Terms:
    """The objective of each expert, and that of the module if there is one."""
    assessment = design.assessment
    return Terms(
        tuple(_tensors(expert.objective, device) for expert in design.experts),
        None if assessment is None else _tensors(assessment.objective, device),
    )


def _tensors(numbers: Objective, device: torch.device) -> Numbers:
    return {
        name: torch.tensor(value, dtype=torch.float32, device=device)
        for name, value in numbers.numbers().items()
    }


def loss(said: Said, labels: torch.Tensor, design: Design, terms: Terms) -> torch.Tensor:
    """The loss of each sample (B,)."""
    logits = said.logits.unbind(dim=-2)
    experts = [objective.loss(v, labels, numbers) for v, numbers in zip(logits, terms.experts, strict=True)]
    total = torch.stack(experts).sum(dim=0)
    if design.assessment is None or terms.assessment is None:
        return total
    if said.assessed is None or said.confidence is None:
        raise ValueError("the design assesses its views; the network says nothing of them")
    target = true_class_probability(said.assessed, labels)
    if not design.assessment.passes_target:
        target = target.detach()
    classified = [objective.loss(f, labels, terms.assessment) for f in said.assessed.unbind(dim=-2)]
    module = torch.stack(classified).sum(dim=0) + ((said.confidence - target) ** 2).sum(dim=-1)
    return total + design.assessment.strength * module


def true_class_probability(assessed: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Of each view (B, M), by the plain softmax of f: no prior is in it."""
    probability = assessed.softmax(dim=-1)
    of_label = labels[:, None, None].expand(-1, probability.shape[-2], 1)
    return probability.gather(-1, of_label).squeeze(-1)
