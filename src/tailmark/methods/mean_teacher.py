"""Mean Teacher: the network follows the running mean of its own weights (Tarvainen and Valpola 2017, section 3).

    J    = mean_u mean_k (softmax(v(strong u)) - softmax(v'(weak u)))_k^2,   v' with the averaged weights
    loss = CE(v(x), y) + weight * exp(-5 (1 - t)^2) J,   t the share of the ramp-up that is done, at most 1

The published weight, 100, and ramp-up, 40,000 of 150,000 steps, are those of the released code for CIFAR-10; its J
is a mean over the classes, too. There both networks see noise of the same kind, and J is also taken on the labelled
samples. Here, as FixMatch is given them, the network sees the strong view and its teacher the weak one, of the pool.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tailmark.semi.step import Sees, Step

if TYPE_CHECKING:
    from torch import Tensor

RAMP = 40_000 / 150_000  # share of the training in which the weight grows


@dataclass(frozen=True)
class MeanTeacher:
    """Consistency with an averaged network."""

    weight: float = 100.0  # of the consistency, when it is fully grown

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("weight", (100.0, 30.0, 10.0, 3.0))
    sees: ClassVar[tuple[Sees, ...]] = ("weak", "strong")

    def learn(self, step: Step) -> Tensor:
        from torch import no_grad  # noqa: PLC0415
        from torch.nn.functional import cross_entropy, mse_loss  # noqa: PLC0415

        with no_grad():
            teacher = step.average(step.weak).softmax(-1)
            remaining = 1 - (step.progress / RAMP).clamp(max=1)
            grown = self.weight * (-5 * remaining.square()).exp()
        consistency = mse_loss(step.network(step.strong).softmax(-1), teacher)
        return cross_entropy(step.network(step.labelled), step.labels) + grown * consistency


method = MeanTeacher
