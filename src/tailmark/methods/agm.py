"""AGM: a view that is further ahead than it used to be is slowed down (Li et al. 2023).

    f_m  what view m adds to the logits, by Shapley's rule with absent views as zeros; for two views
         f_1 = [ p(1, 2) - p(0, 2) + p(1, 0) ] / 2;   all f_m sum to p(1, 2)
    s_m  = CE(f_m),   r_m = exp(mean of the others' s - s_m), above 1 where view m is ahead
    rbar_m  the same of running means of s
    gradient at the output of encoder m  *=  exp( alpha min(rbar_m - r_m, 10) )

The sign is that of the authors' code; a later port has another. What the classifier says of nothing is dealt out
equally.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, ClassVar

from tailmark.balance import Facts, Step
from tailmark.balance.declared import several
from tailmark.fusion.design import Design, Expert
from tailmark.methods import loss_of
from tailmark.objective import Floats

if TYPE_CHECKING:
    from torch import Tensor

CAP = 10.0  # of the difference of ratios
LARGEST = 80.0  # of an exponent, so that no ratio is infinite


@dataclass(frozen=True)
class Agm:
    """Adaptive gradient modulation."""

    alpha: float = 0.2  # published values go from 0.1 to 0.3
    loss: str = "erm"  # any method that is a loss

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("alpha", (0.2, 0.5))

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        objective, head = loss_of(self.loss, counts)
        return Design((Expert(objective, several("agm", views)),), head=head, balance=self)

    def memory(self, facts: Facts) -> dict[str, list[float] | float]:
        return {"scores": [0.0] * len(facts.views), "seen": 0.0}

    def gradients(self, step: Step) -> Tensor:
        import torch  # noqa: PLC0415

        features = step.features()
        fused = step.fused(features)
        with torch.no_grad():
            factors = self._factors(shapley(step, features), step)
        for of_view, factor in zip(features, factors, strict=True):
            of_view.register_hook(lambda gradient, factor=factor: gradient * factor)
        loss = step.loss(fused)
        loss.backward()
        return loss.detach()

    def _factors(self, shares: Sequence[Tensor], step: Step) -> Tensor:
        """Of each view, (M,); then the running means take up this step."""
        import torch  # noqa: PLC0415
        from torch.nn.functional import cross_entropy  # noqa: PLC0415

        now = torch.stack([cross_entropy(logits, step.labels) for logits in shares])
        means, seen = step.memory["scores"], step.memory["seen"]
        factors = (self.alpha * (ahead(means) - ahead(now)).clamp_max(CAP)).exp()
        seen += 1
        means += (now - means) / seen
        return factors


def ahead(scores: Tensor) -> Tensor:
    """r of each view from the cross-entropies (M,)."""
    others = (scores.sum() - scores) / (len(scores) - 1)
    return (others - scores).clamp_max(LARGEST).exp()


def shapley(step: Step, features: Sequence[Tensor]) -> list[Tensor]:
    """f of each view: its mean marginal contribution, and its part of what is said of nothing."""
    from tailmark.nets.joins import others_absent  # noqa: PLC0415

    views = range(len(features))
    kept = [subset for size in range(len(features) + 1) for subset in combinations(views, size)]
    said = {subset: step.fused(others_absent(features, subset)) for subset in kept}
    found = []
    for view in views:
        share = said[()] / len(features)
        for subset in kept:
            if view not in subset:
                weight = 1 / (len(features) * comb(len(features) - 1, len(subset)))
                share = share + weight * (said[tuple(sorted((*subset, view)))] - said[subset])
        found.append(share)
    return found


method = Agm
