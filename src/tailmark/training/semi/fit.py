"""A run with few labels from its first step to what is kept of it: a setting is chosen, then all labels are learned."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import numpy as np
import torch

from tailmark.training.lanes import Begin, alone
from tailmark.training.outcome import Outcome
from tailmark.training.semi.answers import Parts, answers
from tailmark.training.semi.memory import Memory
from tailmark.training.semi.ready import Ready
from tailmark.training.semi.run import Training
from tailmark.training.semi.search import Candidates


class Course:
    """A run under way."""

    def __init__(self, ready: Ready, device: torch.device) -> None:
        self.ready, self.device = ready, device
        search = ready.semi.search
        self.candidates = Candidates(ready, search, device) if search else None

    def steps(self) -> Iterator[None]:
        """One step at a time: those of the candidates, then those that count."""
        ready = self.ready
        if self.candidates:
            yield from self.candidates.steps()
            ready = self.candidates.decided
        self.memory, self.begun = Memory(), time.perf_counter()
        self.training = Training(ready, self.device)
        yield from self.training.steps()
        self.took = time.perf_counter() - self.begun

    def outcome(self, seconds: float) -> Outcome:
        """The run's word on the test set, and all that is told of it."""
        begun = time.perf_counter()
        costs = self._costs()
        parts = {**self._search(), **costs, **answers(self.training)}
        logits = self.training.said(self.training.ready.test).cpu().numpy()
        took = seconds + time.perf_counter() - begun
        return Outcome(logits, self.training.curves, self.ready.steps, took, parts)

    def _search(self) -> Parts:
        if not self.candidates:
            return {}
        return {
            "tuning/values": np.array(self.candidates.search.candidates, np.float64),
            "tuning/scores": np.array(self.candidates.scores, np.float64),
            "tuning/chosen": np.array(self.candidates.chosen, np.float64),
        }

    def _costs(self) -> Parts:
        """Of the training that counts; on a GPU runs share the memory, so it is not told."""
        numbers = sum(weight.numel() for weight in self.training.network.parameters())
        peak = self.memory.peak() if self.device.type == "cpu" else None
        return {
            "cost/seconds": np.array(self.took),
            "cost/epochs": np.array(self.ready.steps / self.ready.epoch_steps),
            "cost/parameters": np.array(numbers, np.int64),
            **({} if peak is None else {"cost/peak_bytes": np.array(peak, np.int64)}),
        }


def begin(ready: Ready) -> Begin:
    """The run, to be put on a device."""
    return partial(Course, ready)


def fit(ready: Ready, device: torch.device) -> Outcome:
    """One run, to its last step."""
    return alone(begin(ready), device)
