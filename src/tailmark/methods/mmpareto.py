"""MMPareto: an encoder follows the loss of all views and its own view's, harming neither (Wei and Hu 2024).

    g1 = gradient of L(p) on encoder m,  g2 = gradient of L_m, by a head of the view's own
    cos(g1, g2) > 0:  w1 = w2 = 1/2
    else the shortest mixture:  w1 = clip( (g2 - g1) g2 / |g1 - g2|^2, 0, 1),  w2 = 1 - w1
    g  = 2 w1 g1 + 2 w2 g2, each weight's part made as long as that of g1 + g2 if it is shorter;  then times 1.5
    the classifiers get the plain sum

cos and the norms of w1 are of an encoder's weights together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tailmark.balance import Step
from tailmark.balance.declared import several
from tailmark.fusion.design import Design, Expert, fitting_head
from tailmark.methods import loss_of
from tailmark.objective import Floats

if TYPE_CHECKING:
    from torch import Tensor

TINY = 1e-12  # beside squared norms: a view that is constant has no gradient


@dataclass(frozen=True)
class MmPareto:
    """Two gradients for each encoder."""

    scale: float = 1.5  # of an encoder's mixture
    loss: str = "erm"  # any method that is a loss, of all views and of each

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("scale", (1.5, 1.0))
    heads: ClassVar[bool] = True

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        objective, head = loss_of(self.loss, counts)
        design = Design((Expert(objective, several("mmpareto", views)),), head=head, balance=self)
        return fitting_head(design, self.loss)

    def gradients(self, step: Step) -> Tensor:
        features = step.features()
        together = step.loss(step.fused(features))
        singly = step.losses(step.apart(features)).sum()
        joint, classifier = _gradients(together, step, list(step.network.classifier.parameters()))
        single, heads = _gradients(singly, step, list(step.network.heads.parameters()))
        for weights, one, other in zip(_encoders(step), joint, single, strict=True):
            for weight, gradient in zip(weights, mixed(one, other, self.scale), strict=True):
                weight.grad = gradient
        for weight, gradient in [*classifier, *heads]:
            weight.grad = gradient
        return (together + singly).detach()


def mixed(one: Sequence[Tensor], other: Sequence[Tensor], scale: float) -> list[Tensor]:
    """An encoder's gradient from those of the two losses."""
    shares = pareto(_dot(one, one), _dot(one, other), _dot(other, other))
    found = []
    for g1, g2 in zip(one, other, strict=True):
        mixture = 2 * shares * g1 + 2 * (1 - shares) * g2
        wanted, has = (g1 + g2).norm(), mixture.norm()
        found.append(scale * mixture * (wanted / has.clamp_min(TINY)).clamp_min(1.0))
    return found


def pareto(one: Tensor, cross: Tensor, other: Tensor) -> Tensor:
    """w1 from the squared norms of g1 and g2 and their product."""
    import torch  # noqa: PLC0415

    shortest = (other - cross) / (one - 2 * cross + other).clamp_min(TINY)
    return torch.where(cross > 0, 0.5, shortest.clamp(0, 1))


def _dot(one: Sequence[Tensor], other: Sequence[Tensor]) -> Tensor:
    import torch  # noqa: PLC0415

    return torch.stack([(a * b).sum() for a, b in zip(one, other, strict=True)]).sum()


def _encoders(step: Step) -> list[list[Tensor]]:
    return [list(encoder.parameters()) for encoder in step.network.encoders]


def _gradients(
    loss: Tensor, step: Step, others: list[Tensor]
) -> tuple[list[list[Tensor]], list[tuple[Tensor, Tensor]]]:
    """Of one loss: on each encoder, and on the weights of its own classifiers. One backward pass."""
    import torch  # noqa: PLC0415

    encoders = _encoders(step)
    flat = [weight for encoder in encoders for weight in encoder]
    found = list(torch.autograd.grad(loss, [*flat, *others], retain_graph=True))
    split = []
    for encoder in encoders:
        split.append(found[: len(encoder)])
        found = found[len(encoder) :]
    return split, list(zip(others, found, strict=True))


method = MmPareto
