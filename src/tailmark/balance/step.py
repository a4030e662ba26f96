"""What a balance sees of its task and of one training step.

Everything random was drawn before the step begins, and nothing branches on a tensor's value: a core runs the step as it
stands, a GPU as a captured graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from tailmark.fusion.experts import ExpertNetwork


@dataclass(frozen=True)
class Facts:
    """The task, as far as a balance may know it."""

    views: tuple[str, ...]
    widths: tuple[int, ...]  # features of each view
    classes: int


@dataclass(frozen=True)
class Step:
    """One training step."""

    network: ExpertNetwork
    views: Mapping[str, Tensor]  # as the encoders take them
    labels: Tensor  # (B,)
    loss: Callable[[Tensor], Tensor]  # of a batch's logits, by the method's objective: a mean
    losses: Callable[[Sequence[Tensor]], Tensor]  # of several logits of the batch, each a mean
    progress: Tensor  # share of the training that is done, from 0 to 1
    memory: Mapping[str, Tensor]
    normal: Callable[[Sequence[Tensor]], list[Tensor]]  # standard normal numbers in these shapes
    update: Callable[[], None]  # the optimiser takes a step now; gradients are then gone

    def features(self) -> list[Tensor]:
        """Of each view, with the way back to its encoder."""
        return self.network.encoded(self.views)

    def fused(self, features: Sequence[Tensor]) -> Tensor:
        """The logits of all views together."""
        logits: Tensor = self.network.classifier(features)
        return logits

    def alone(self, features: Sequence[Tensor]) -> list[Tensor]:
        """The logits of each view in the classifier of all, the others being absent."""
        return self.network.alone(features)

    def apart(self, features: Sequence[Tensor]) -> list[Tensor]:
        """The logits of each view by its own head."""
        return self.network.apart(features)

    def encoder(self, number: int) -> list[nn.Parameter]:
        """The weights of one view's encoder."""
        return list(self.network.encoders[number].parameters())

    def within(self, start: float, end: float) -> torch.Tensor:
        """1 in this part of the training, else 0."""
        return ((self.progress >= start) & (self.progress < end)).float()
