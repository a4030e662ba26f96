"""What training one run leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from tailmark.errors import DivergedError

WATCHED = 20  # about how many times a run looks at its test set; for the curve alone, nothing is chosen on it


@dataclass
class Curves:
    """The learning curves of one run."""

    train_loss: list[float] = field(default_factory=list)
    eval_epoch: list[int] = field(default_factory=list)
    test_balanced_accuracy: list[float] = field(default_factory=list)

    def add_loss(self, value: float) -> None:
        """The mean training loss of an epoch; a loss that is not finite ends the run."""
        self.train_loss.append(value)
        if not np.isfinite(value):
            raise DivergedError(
                f"The training loss became {value} in epoch {len(self.train_loss)}. Lower the learning rate or "
                "check the features."
            )

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """For the run file."""
        return {
            "train_loss": np.array(self.train_loss, dtype=np.float32),
            "eval_epoch": np.array(self.eval_epoch, dtype=np.int32),
            "test_balanced_accuracy": np.array(self.test_balanced_accuracy, dtype=np.float32),
        }


@dataclass(frozen=True)
class Outcome:
    """The trained model's word on the test set, and how it got there."""

    logits: NDArray[np.float32]
    curves: Curves
    steps: int
    seconds: float
    parts: dict[str, NDArray[np.generic]] = field(default_factory=dict)  # what several experts said, and more


def is_watched(epoch: int, epochs: int) -> bool:
    """Whether the test curve has a point after this epoch (counted from 1)."""
    return epoch == epochs or epoch % max(1, epochs // WATCHED) == 0


def mean_recall(logits: torch.Tensor, targets: torch.Tensor) -> float:
    """Balanced accuracy of the argmax, over the classes that occur."""
    right = (logits.argmax(-1) == targets).double()
    counts = torch.bincount(targets)
    hits = torch.bincount(targets, weights=right)
    return float((hits[counts > 0] / counts[counts > 0]).mean())
