"""G-Blending: each loss, of all views and of each, weighs by how it generalises for how it overfits (Wang et al. 2020).

    loss = w_0 L(p) + sum_m w_m L_m,  L_m by a head of the view's own;   sum w = 1
    w_k  ~  |G_k| / O_k^2
    G_k  how far the held-out loss k fell, O_k how far its gap to the training loss grew, while a copy learned loss k

The weights are found anew at the beginning of each of ten parts of the training (the online form). Copies take a
quarter of a part's steps, to keep the cost within twice a plain training. A tenth of the training set is held out for
this, and is never stepped on; implementations that look at the test set for it exist, and are not followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tailmark.balance import Facts, Recess, Step
from tailmark.balance.declared import several
from tailmark.fusion.design import Design, Expert, fitting_head
from tailmark.methods import loss_of
from tailmark.objective import Floats

if TYPE_CHECKING:
    from torch import Tensor

TINY = 1e-4  # under the square of a gap that did not grow


@dataclass(frozen=True)
class GBlending:
    """Gradient blending."""

    parts: int = 10  # of the training: super-epochs
    practice: float = 0.25  # of a part's steps, that a copy takes
    loss: str = "erm"  # any method that is a loss, of all views and of each

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    heads: ClassVar[bool] = True
    holds: ClassVar[bool] = True

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        objective, head = loss_of(self.loss, counts)
        design = Design((Expert(objective, several("g-blending", views)),), head=head, balance=self)
        return fitting_head(design, self.loss)

    def memory(self, facts: Facts) -> dict[str, list[float]]:
        losses = 1 + len(facts.views)
        return {"weights": [1 / losses] * losses}

    def between(self, recess: Recess) -> None:
        import torch  # noqa: PLC0415

        if not recess.begins(self.parts):
            return
        steps = max(1, round(self.practice * recess.until / self.parts))
        before = _both(recess, recess.network)
        # Losses of single views share no weights, so one copy serves them all (as long as no gradient is clipped).
        together = _both(recess, recess.practised(lambda step: losses(step)[0], steps))
        singly = _both(recess, recess.practised(lambda step: losses(step)[1:].sum(), steps))
        after = torch.cat([together[:, :1], singly[:, 1:]], dim=1)
        recess.memory["weights"].copy_(blend(before, after))

    def gradients(self, step: Step) -> Tensor:
        loss = (step.memory["weights"] * losses(step)).sum()
        loss.backward()
        return loss.detach()


def losses(step: Step) -> Tensor:
    """Of all views together, then of each by its own head: (1 + M,)."""
    features = step.features()
    return step.losses([step.fused(features), *step.apart(features)])


def blend(before: Tensor, after: Tensor) -> Tensor:
    """The weights from the losses (2, 1 + M) on training and held-out samples, before and after."""
    gain = (before[1] - after[1]).abs()
    overfit = (after[1] - after[0]) - (before[1] - before[0])
    ratio = gain / (overfit.square() + TINY)
    return (ratio + TINY) / (ratio + TINY).sum()


def _both(recess: Recess, network: object) -> Tensor:
    import torch  # noqa: PLC0415

    of = [recess.losses(network, samples) for samples in (recess.training, recess.held)]  # type: ignore[arg-type]
    return torch.stack(of)


method = GBlending
