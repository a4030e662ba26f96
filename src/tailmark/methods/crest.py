"""CReST+: FixMatch, again and again, on labels that it gave itself, rare classes first (Wei et al. 2021).

    after each generation, of the samples that are taken for class c, the surest mu_c join the labelled ones:
    mu_c = (N_(K+1-c) / N_1)^alpha,   N sorted: the rarest class takes all of its own, the most frequent the least
    the "+" is distribution alignment: FixMatch's q becomes q * p^t / mean q, and sums to 1 again;
    t = 1 - (1 - power) g / (G - 1) in generation g = 0 .. G - 1, p the frequencies of the labelled classes

What joins was found by the averaged weights, without alignment. As in the released code, a generation begins from the
same initial weights with the same labelled samples, what has joined is found anew, the pool stays whole, and mean q
is that of the last 128 steps. Each of the code's generations has as many steps as a FixMatch of its own; here all
together have, so that every method has the same budget. The code leaves q soft by default, the paper makes it hard;
so do we. p of the code is that of the whole training set, of which a method here sees the labelled part alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from tailmark.semi.step import Facts, Sees, Step

if TYPE_CHECKING:
    from torch import Tensor

RECENT = 128  # steps whose predictions make the mean
TINY = 1e-6


@dataclass(frozen=True)
class Crest:
    """Class-rebalancing self-training."""

    threshold: float = 0.95  # FixMatch's
    weight: float = 1.0  # FixMatch's
    generations: int = 6
    alpha: float = 1 / 3  # the smaller, the more joins
    alignment: bool = True  # false: CReST without the "+"
    power: float = 0.5  # t of the last generation

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("threshold", (0.95, 0.9, 0.8, 0.7))
    sees: ClassVar[tuple[Sees, ...]] = ("weak", "strong")

    def memory(self, facts: Facts) -> dict[str, list[float] | list[list[float]]]:
        """How frequent the classes are, and were predicted to be in the last steps; at first all alike."""
        alike = [1 / facts.classes] * facts.classes
        frequency = [count / facts.labelled for count in facts.counts]
        return {"frequency": frequency, "predicted": [alike] * RECENT}

    def learn(self, step: Step) -> Tensor:
        from torch import no_grad  # noqa: PLC0415
        from torch.nn.functional import cross_entropy  # noqa: PLC0415

        with no_grad():
            said = step.network(step.weak).softmax(-1)
            confidence, pseudo = (self._aligned(said, step) if self.alignment else said).max(-1)
            sure = (confidence >= self.threshold).float()
        labelled = cross_entropy(step.network(step.labelled), step.labels)
        unlabelled = sure * cross_entropy(step.network(step.strong), pseudo, reduction="none")
        return labelled + self.weight * unlabelled.mean()

    def _aligned(self, said: Tensor, step: Step) -> Tensor:
        """Predictions as frequent as the classes should be; what was said now counts from the next step on."""
        predicted = step.memory["predicted"]
        generation = (step.progress * self.generations).floor().clamp(max=self.generations - 1)
        t = 1 - (1 - self.power) * generation / max(self.generations - 1, 1)
        wanted = step.memory["frequency"] ** t
        ratio = (TINY + wanted / wanted.sum()) / (TINY + predicted.mean(0))
        predicted.copy_(predicted.roll(-1, 0))
        predicted[-1] = said.mean(0)
        aligned = said * ratio
        return aligned / aligned.sum(-1, keepdim=True)

    def adopt(
        self, probability: NDArray[np.floating], counts: NDArray[np.integer]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which samples of the pool join the labelled ones, and as what."""
        label, confidence = probability.argmax(1), probability.max(1)
        by_rank = np.argsort(-counts, kind="stable")
        rates = np.empty(len(counts))
        rates[by_rank] = (counts[by_rank][::-1] / counts.max()) ** self.alpha
        found = []
        for wanted, rate in enumerate(rates):
            members = np.flatnonzero(label == wanted)
            surest = members[np.argsort(-confidence[members], kind="stable")]
            found.append(surest[: int(rate * len(members) + TINY)])
        joining = np.concatenate(found)
        return joining, label[joining]


method = Crest
