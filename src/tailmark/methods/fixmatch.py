"""FixMatch: a weak view labels a strong one where the network is sure (Sohn et al. 2020, equations 3 and 4).

    q    = softmax(v(weak u)), without gradient
    loss = CE(v(x), y) + weight * mean_u 1[max q >= threshold] CE(v(strong u), argmax q)

The mean is over all unlabelled samples of the step, sure or not. As in the paper and its code, the weights that are
being learned make the pseudo-labels; their running mean only predicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tailmark.semi.step import Sees, Step

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class FixMatch:
    """Pseudo-labels above a threshold."""

    threshold: float = 0.95  # tau
    weight: float = 1.0  # lambda_u

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("threshold", (0.95, 0.9, 0.8, 0.7))
    sees: ClassVar[tuple[Sees, ...]] = ("weak", "strong")

    def learn(self, step: Step) -> Tensor:
        from torch import no_grad  # noqa: PLC0415
        from torch.nn.functional import cross_entropy  # noqa: PLC0415

        with no_grad():
            confidence, pseudo = step.network(step.weak).softmax(-1).max(-1)
            sure = (confidence >= self.threshold).float()
        labelled = cross_entropy(step.network(step.labelled), step.labels)
        unlabelled = sure * cross_entropy(step.network(step.strong), pseudo, reduction="none")
        return labelled + self.weight * unlabelled.mean()


method = FixMatch
