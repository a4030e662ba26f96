"""What each view says by itself in a model of several, over the training: the dependence on it, and how right it is.

For the record alone: nothing is chosen by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tailmark.balance.shares import certainty, dependence
from tailmark.fusion.experts import ExpertNetwork
from tailmark.training.outcome import mean_recall
from tailmark.training.views.ready import Ready

MOST = 2000  # samples of either set that are looked at
PIECE = 512

Parts = dict[str, NDArray[np.generic]]
Views = Callable[[Tensor], Mapping[str, Tensor]]


class Watch:
    """Of one run, where it has one classifier of several views."""

    def __init__(self, ready: Ready, expert: ExpertNetwork, device: torch.device) -> None:
        self.ready, self.expert, self.device = ready, expert, device
        self.steps: list[int] = []
        self.dependence: list[NDArray[np.generic]] = []
        self.certainty: list[NDArray[np.generic]] = []
        self.recall: list[list[float]] = []

    def look(self, done: int, views: Views) -> None:
        """Once more."""
        training, test = self.ready.training, self.ready.test
        known = self.said(training.rows[:: -(-len(training.rows) // MOST)], views)
        some = slice(None, None, -(-len(test) // MOST))
        tested = self.said(test[some], views)
        labels = torch.from_numpy(self.ready.test_labels[some])
        self.steps.append(done)
        self.dependence.append(dependence(known).cpu().numpy())
        self.certainty.append(certainty(known).cpu().numpy())
        self.recall.append([mean_recall(logits.cpu(), labels) for logits in tested])

    def said(self, rows: NDArray[np.int64], views: Views) -> list[Tensor]:
        """The logits of each view by itself."""
        self.expert.eval()
        with torch.inference_mode():
            parts = [
                self.expert.singly(self.expert.encoded(views(piece)))
                for piece in torch.from_numpy(rows).to(self.device).split(PIECE)
            ]
        self.expert.train()
        return [torch.cat(of_view) for of_view in zip(*parts, strict=True)]

    def parts(self) -> Parts:
        """For the run file."""
        return {
            "watch/steps": np.array(self.steps, np.int32),
            "watch/dependence": np.array(self.dependence, np.float32),
            "watch/certainty": np.array(self.certainty, np.float32),
            "watch/recall": np.array(self.recall, np.float32),
        }
