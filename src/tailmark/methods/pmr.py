"""PMR: the weaker view is drawn to the prototypes of its classes (Fan et al. 2023).

    c_m,k  mean feature of class k in view m, over a tenth of the training set; moves by half at every epoch
    sim    = -|h_m - c_m,k|,   s_m = sum_b softmax(sim_m[b])[y_b]
    loss   = L(p) + alpha CE(sim_m, y) for the view m with the least s_m

The paper also slows the stronger view by the entropy of its prototypes while training begins; that part is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tailmark.balance import Facts, Recess, Step
from tailmark.balance.declared import several
from tailmark.fusion.design import Design, Expert
from tailmark.methods import loss_of
from tailmark.objective import Floats

if TYPE_CHECKING:
    from torch import Tensor

SHARE = 0.1  # of each class, to make prototypes of
KEEPS = 0.5  # of the old prototype
TINY = 1e-8  # under the root: a feature may be its prototype


@dataclass(frozen=True)
class Pmr:
    """Prototypes for the weaker view."""

    alpha: float = 0.6
    loss: str = "erm"  # any method that is a loss, of all views together

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("alpha", (0.6, 0.2))

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        objective, head = loss_of(self.loss, counts)
        return Design((Expert(objective, several("pmr", views)),), head=head, balance=self)

    def memory(self, facts: Facts) -> dict[str, list[list[float]]]:
        widths = zip(facts.views, facts.widths, strict=True)
        return {view: [[0.0] * width for _ in range(facts.classes)] for view, width in widths}

    def between(self, recess: Recess) -> None:
        import torch  # noqa: PLC0415

        samples = recess.training.part_of_each_class(SHARE, recess.draws)
        keeps = KEEPS if recess.done else 0.0
        for prototypes, features in zip(recess.memory.values(), recess.features(samples.rows), strict=True):
            labels = torch.from_numpy(samples.labels).to(features.device)
            sums = torch.zeros_like(prototypes).index_add_(0, labels, features)
            counts = torch.bincount(labels, minlength=len(prototypes)).clamp_min(1).unsqueeze(-1)
            prototypes.lerp_(sums / counts, 1 - keeps)

    def gradients(self, step: Step) -> Tensor:
        import torch  # noqa: PLC0415
        from torch.nn.functional import cross_entropy  # noqa: PLC0415

        features = step.features()
        likeness = [like(h, c) for h, c in zip(features, step.memory.values(), strict=True)]
        drawn = torch.stack([cross_entropy(sim, step.labels) for sim in likeness])
        chances = torch.stack([sim.detach().softmax(dim=-1) for sim in likeness])
        scores = chances.gather(-1, step.labels.expand(len(chances), -1).unsqueeze(-1)).sum(dim=(1, 2))
        weakest = torch.zeros_like(scores).scatter(0, scores.argmin(dim=0, keepdim=True), 1.0)
        loss = step.loss(step.fused(features)) + self.alpha * (weakest * drawn).sum()
        loss.backward()
        return loss.detach()


def like(features: Tensor, prototypes: Tensor) -> Tensor:
    """Minus the Euclidean distances, (B, K)."""
    apart = features.unsqueeze(1) - prototypes
    return -(apart.square().sum(dim=-1) + TINY).sqrt()


method = Pmr
