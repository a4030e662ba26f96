"""Whether a training has left chance level: weights that begin near zero may never move."""

from __future__ import annotations

import math

from tailmark.errors import DivergedError

GRACE = 500  # steps that a training has to leave chance level
PROGRESS = 0.95  # of log K, the loss of a classifier that knows nothing


class StalledError(DivergedError):
    """A training that has learnt nothing; it ends as one that diverged, and harms no other."""


def check(expert_loss: float, classes: int, step: int) -> None:
    """Refuse to go on with an expert whose mean plain cross-entropy of late is that of guessing."""
    chance = math.log(classes)
    if step < GRACE or expert_loss < PROGRESS * chance:
        return
    raise StalledError(
        f"The training has not left chance level: after {step} steps an expert's loss is {expert_loss:.3f}, expected "
        f"below {PROGRESS:.0%} of log {classes} = {chance:.3f}. Use the suite's `init: default`, a higher learning "
        "rate, or more steps."
    )
