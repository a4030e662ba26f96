"""CDMAD: what the network says of an image without a pattern is its bias, and is taken away (Lee and Kim 2024).

    b    = v(blank)                                         an image of ones, a table of means
    q    = softmax(v(weak u) - b), without gradient         in the first fifth of the training v(weak u) alone
    loss = CE(v(x), y) + weight * mean_u CE(v(strong u), q)
    at test time v(x) - b decides

q stays soft, and no threshold is set (tau = 0 in the released code), so every sample of the pool counts. The fifth
is the code's 100 of 500 epochs. The code looks at two strong views of a sample, here it is one. A blank table is our
addition: the paper has images only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tailmark.semi.step import Batch, Sees, Step

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Cdmad:
    """Debiased pseudo-labels and answers."""

    weight: float = 1.0  # of the unlabelled samples
    warm_up: float = 0.2  # share of the training in which pseudo-labels keep their bias

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("weight", (1.0, 0.3, 3.0, 0.1))
    sees: ClassVar[tuple[Sees, ...]] = ("weak", "strong")

    def learn(self, step: Step) -> Tensor:
        from torch import no_grad  # noqa: PLC0415
        from torch.nn.functional import cross_entropy  # noqa: PLC0415

        with no_grad():
            warm = (step.progress > self.warm_up).float()
            bias = step.network(step.blank)
            target = (step.network(step.weak) - warm * bias).softmax(-1)
        labelled = cross_entropy(step.network(step.labelled), step.labels)
        return labelled + self.weight * cross_entropy(step.network(step.strong), target)

    def answer(self, network: Any, batch: Batch, blank: Batch, memory: Mapping[str, Tensor]) -> Tensor:
        """Without the bias."""
        logits: Tensor = network(batch) - network(blank)
        return logits


method = Cdmad
