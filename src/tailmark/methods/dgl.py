"""DGL: encoders and classifier learn from losses of their own (Wei et al. 2025).

classifier: L(p) on features through which no gradient passes
encoder m:  alpha L(p_m), by the classifier of all whose weights get nothing of it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tailmark.balance import Step
from tailmark.balance.declared import several
from tailmark.fusion.design import Design, Expert
from tailmark.methods import loss_of
from tailmark.objective import Floats

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Dgl:
    """Disentangled gradients."""

    alpha: float = 4.0  # of the encoders' losses
    loss: str = "erm"  # any method that is a loss, of all views and of each

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("alpha", (4.0, 1.0))

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        objective, head = loss_of(self.loss, counts)
        return Design((Expert(objective, several("dgl", views)),), head=head, balance=self)

    def gradients(self, step: Step) -> Tensor:
        import torch  # noqa: PLC0415

        features, classifier = step.features(), list(step.network.classifier.parameters())
        fused = step.loss(step.fused([each.detach() for each in features]))
        singly = step.losses(step.alone(features)).sum()
        encoders = list(step.network.encoders.parameters())
        of_encoders = torch.autograd.grad(self.alpha * singly, encoders)
        of_classifier = torch.autograd.grad(fused, classifier)
        found = zip([*encoders, *classifier], [*of_encoders, *of_classifier], strict=True)
        for weight, gradient in found:
            weight.grad = gradient
        return (fused + self.alpha * singly).detach()


method = Dgl
