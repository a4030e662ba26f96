"""ABC: beside FixMatch's head a second one learns from a balanced share of the same features (Lee et al. 2021).

    labelled    mean_x M(x) CE(w(x), y),                       M ~ Bernoulli(N_min / N_y)
    unlabelled  mean_u M(u) 1[max q >= threshold] CE(w(strong u), q),   q = softmax(w(weak u)), without gradient
                M(u) ~ Bernoulli(1 - t + t N_min / N_c),   c = argmax q, t from 0 to 1 over the training
    loss        FixMatch's of the first head v + labelled + unlabelled;   w decides at test time

N are the labelled samples of each class. The target q stays soft, FixMatch's is hard. The features learn from both
heads. The released code looks at two strong views of a sample and adds up the second head's losses of both; here it
is one view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tailmark.semi.step import Batch, Draw, Facts, Sees, Step

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Abc:
    """An auxiliary balanced classifier."""

    threshold: float = 0.95  # of both heads

    heads: ClassVar[int] = 2
    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("threshold", (0.95, 0.9, 0.8, 0.7))
    sees: ClassVar[tuple[Sees, ...]] = ("weak", "strong")

    def noise(self, facts: Facts) -> dict[str, Draw]:
        """What decides the masks."""
        return {
            "labelled": Draw("uniform", (facts.batch,)),
            "pool": Draw("uniform", (facts.pool_batch,)),
        }

    def memory(self, facts: Facts) -> dict[str, list[float]]:
        """The share of each class that makes it as rare as the rarest."""
        return {"balanced": [min(facts.counts) / count for count in facts.counts]}

    def learn(self, step: Step) -> Tensor:
        from torch import no_grad  # noqa: PLC0415

        plain, auxiliary = step.network.heads
        labelled, strong = step.network.features(step.labelled), step.network.features(step.strong)
        with no_grad():
            weak = step.network.features(step.weak)
            confidence, pseudo = plain(weak).softmax(-1).max(-1)
            sure = (confidence >= self.threshold).float()
            target = auxiliary(weak).softmax(-1)
            certain, nearest = target.max(-1)
            share = step.memory["balanced"]
            kept = (step.noise["labelled"] < share[step.labels]).float()
            annealed = 1 - step.progress * (1 - share)
            followed = (certain >= self.threshold) & (step.noise["pool"] < annealed[nearest])
        fixmatch = _mean(plain(labelled), step.labels) + _mean(plain(strong), pseudo, sure)
        balanced = _mean(auxiliary(labelled), step.labels, kept)
        return fixmatch + balanced + _mean(auxiliary(strong), target, followed.float())

    def answer(self, network: Any, batch: Batch, blank: Batch, memory: Mapping[str, Tensor]) -> Tensor:
        """The second head's."""
        logits: Tensor = network.heads[1](network.features(batch))
        return logits


def _mean(logits: Tensor, target: Tensor, mask: Tensor | float = 1.0) -> Tensor:
    """The cross-entropy of what the mask leaves, over all samples."""
    from torch.nn.functional import cross_entropy  # noqa: PLC0415

    return (mask * cross_entropy(logits, target, reduction="none")).mean()


method = Abc
