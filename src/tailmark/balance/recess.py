"""Between two epochs: the network at rest, and what a balance may do with it before the next steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

if TYPE_CHECKING:
    from tailmark.balance.step import Step
    from tailmark.fusion.experts import ExpertNetwork

PIECE = 512  # samples that are looked at at once

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Samples:
    """Some samples with their labels."""

    rows: Rows
    labels: Rows

    def part_of_each_class(self, share: float, draws: np.random.Generator) -> Samples:
        """This share of each class, one sample at the least."""
        chosen = []
        for label in np.unique(self.labels):
            members = draws.permutation(np.flatnonzero(self.labels == label))
            chosen.append(members[: max(1, round(share * len(members)))])
        positions = np.concatenate(chosen)
        return Samples(self.rows[positions], self.labels[positions])


@dataclass(frozen=True)
class Recess:
    """What is at hand."""

    network: ExpertNetwork
    training: Samples
    held: Samples  # of a balance that holds samples out; otherwise the training set itself
    views: Callable[[Tensor], dict[str, Tensor]]  # rows to what the encoders take, unperturbed
    loss: Callable[[Tensor], Callable[[Tensor], Tensor]]  # labels to the loss of their logits
    memory: Mapping[str, Tensor]
    draws: np.random.Generator
    done: int  # steps so far
    until: int  # steps of the whole training
    length: int  # steps until the next recess
    practised: Callable[[Callable[[Step], Tensor], int], ExpertNetwork]
    """A copy of the network after so many steps down another loss; the network itself stays as it is."""

    def begins(self, parts: int) -> bool:
        """Whether the training enters another of so many equal parts."""
        part = self.until / parts
        return self.done == 0 or int(self.done // part) > int((self.done - self.length) // part)

    def features(self, rows: Rows) -> list[Tensor]:
        """Of each view, (n, width)."""
        parts = self._over(self.network, rows, self.network.encoded)
        return [torch.cat(of_view) for of_view in zip(*parts, strict=True)]

    def losses(self, network: ExpertNetwork, samples: Samples) -> Tensor:
        """The loss of all views together, then that of each by its own head: (1 + M,)."""

        def said(views: Mapping[str, Tensor]) -> list[Tensor]:
            features = network.encoded(views)
            return [network.classifier(features), *network.singly(features)]

        parts = self._over(network, samples.rows, said)
        device = parts[0][0].device
        of = self.loss(torch.from_numpy(samples.labels).to(device))
        return torch.stack([of(torch.cat(logits)) for logits in zip(*parts, strict=True)])

    def _over(
        self, network: ExpertNetwork, rows: Rows, say: Callable[[Mapping[str, Tensor]], Sequence[Tensor]]
    ) -> list[Sequence[Tensor]]:
        """Piece by piece, with the network as it answers: what it is shown here must leave no trace in it."""
        device = next(network.parameters()).device
        network.eval()
        with torch.no_grad():
            found = [say(self.views(piece)) for piece in torch.from_numpy(rows).to(device).split(PIECE)]
        network.train()
        return found
