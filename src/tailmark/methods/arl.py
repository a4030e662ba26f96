"""ARL: each view's encoder learns at the speed that its share of the inverse variance asks for (paper 002).

    p_m  what view m says by itself in the classifier of all;  no parameters are added
    d_m  = sum_c mean_b |p_m|,   q_m = 1 / mean_b entropy(softmax p_m), an entropy's share of all clamped from below
    k    = softmax( T/2 (qhat - dhat) ), hats are shares over the views
           for two views k_1 = sigmoid( T (qhat_1 - dhat_1) )
    gradient at the output of encoder m  *=  1 + M/2 k_m
    loss = L(p) + gamma sum_m L(p_m)

A view on which the model depends less than its certainty asks for is sped up. It then looks surer as well, so the gap
need not close (`tests/balance/test_toys.py`). While it warms up gamma is 1 and no gradient is changed. The form for
more than two views is ours: the paper's for two, and neutral exactly where the shares agree. The paper holds that the
views' errors are uncorrelated; in `made_correlated` they are not. Under Adam a constant factor on a gradient has no
effect, so ARL is trained by momentum, as published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from tailmark.balance import Step
from tailmark.balance.declared import several
from tailmark.fusion.design import Design, Expert, fitting_head
from tailmark.methods import loss_of
from tailmark.objective import Floats

if TYPE_CHECKING:
    from torch import Tensor

Plain = Literal["concatenation", "sum", "gated", "low-rank"]

CLAMP = 0.6  # times 1/M, the least share of an entropy: 0.3 for two views, as in the authors' code


@dataclass(frozen=True)
class Arl:
    """Asymmetric representation learning."""

    gamma: float = 4.0  # of the views' own losses: the paper's, for every dataset
    sharpness: float = 8.0  # T: the paper's for CREMA-D; 4 for its others
    warm_up: float = 0.06  # share of the training: epochs 0 to 5 of 100
    speeds: Literal["live", "constant", "none"] = "live"  # how k is made: as above; 1/M; 0
    loss: str = "erm"  # any method that is a loss, of all views and of each
    join: Plain = "concatenation"

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("gamma", (4.0, 1.0))

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        objective, head = loss_of(self.loss, counts)
        expert = Expert(objective, several("arl", views))
        return fitting_head(Design((expert,), join=self.join, head=head, balance=self), self.loss)

    def gradients(self, step: Step) -> Tensor:
        import torch  # noqa: PLC0415

        features = step.features()
        fused, alone = step.fused(features), step.alone(features)
        warm = step.within(self.warm_up, torch.inf)
        factors = 1 + warm * len(alone) / 2 * self._speeds([logits.detach() for logits in alone])
        for of_view, factor in zip(features, factors, strict=True):
            of_view.register_hook(lambda gradient, factor=factor: gradient * factor)
        gamma = 1 + warm * (self.gamma - 1)
        loss = step.loss(fused) + gamma * step.losses(alone).sum()
        loss.backward()
        return loss.detach()

    def _speeds(self, alone: Sequence[Tensor]) -> Tensor:
        """k of each view, (M,)."""
        import torch  # noqa: PLC0415

        from tailmark.balance.shares import certainty, dependence  # noqa: PLC0415

        views = len(alone)
        if self.speeds == "live":
            wanted = certainty(alone, least=CLAMP / views)
            return (self.sharpness / 2 * (wanted - dependence(alone))).softmax(dim=0)
        return torch.full((views,), 1 / views if self.speeds == "constant" else 0.0, device=alone[0].device)


method = Arl
