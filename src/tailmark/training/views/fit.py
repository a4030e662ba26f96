"""A multi-modal run from its first step to what is kept of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import numpy as np
import torch

from tailmark.fusion.aggregation import combined
from tailmark.training.lanes import Begin, alone
from tailmark.training.outcome import Outcome
from tailmark.training.views.answers import Parts, answers
from tailmark.training.views.ready import Ready
from tailmark.training.views.run import Training
from tailmark.training.views.search import Trials


class Course:
    """A run under way."""

    def __init__(self, ready: Ready, device: torch.device) -> None:
        self.ready, self.device = ready, device
        search = ready.fusion.search
        self.trials = Trials(ready, search, device) if search else None

    def steps(self) -> Iterator[None]:
        """One step at a time: those of the trials, then those that count."""
        ready = self.ready
        if self.trials:
            yield from self.trials.steps()
            ready = self.trials.decided
        self.training = Training(ready, self.device)
        while not self.training.ended:
            yield from self.training.chunk()

    def outcome(self, seconds: float) -> Outcome:
        """The run's word on the test set, and how its setting was chosen."""
        return outcome_of(self.training, seconds, self.trials.parts() if self.trials else {})


def begin(ready: Ready) -> Begin:
    """The run, to be put on a device."""
    return partial(Course, ready)


def fit(ready: Ready, device: torch.device) -> Outcome:
    """One run, to its last step."""
    return alone(begin(ready), device)


def outcome_of(training: Training, seconds: float, chosen: Parts) -> Outcome:
    """The run's word on the test set; its own logits weigh the experts equally, or as it was fitted for all mixes."""
    begun = time.perf_counter()
    parts = answers(training) | chosen
    experts = np.asarray(parts["experts"], np.float32)
    fitted = [parts[name] for name in parts if name.startswith("weights/")]
    same = fitted and not training.ready.fusion.adapts
    weights = fitted[0].astype(np.float64) if same else np.full(experts.shape[1], 1 / experts.shape[1])
    logits = combined(experts, weights).astype(np.float32)
    took = seconds + time.perf_counter() - begun
    return Outcome(logits, training.curves, training.ready.steps, took, parts)
