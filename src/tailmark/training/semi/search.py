"""Chooses one setting of a method on labelled samples that are held out of its training, never on the test set.

The same rule for every method: one setting, its candidates, the same held-out samples, the same steps. A class gives
none of its samples away if it has but one. A tie goes to the first candidate, which is the published one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from tailmark.errors import DivergedError
from tailmark.semi.recipe import Search
from tailmark.streams import stream
from tailmark.training.outcome import mean_recall
from tailmark.training.semi.ready import Ready
from tailmark.training.semi.run import Training

NEVER = -1.0  # the score of a candidate whose training diverged


class Candidates:
    """The candidates of a run, one after the other."""

    def __init__(self, ready: Ready, search: Search, device: torch.device) -> None:
        self.ready, self.search, self.device = ready, search, device
        self.scores: list[float] = []

    def steps(self) -> Iterator[None]:
        """One step at a time, through all of them."""
        for candidate in self.search.candidates:
            training = Training(self._tried(candidate), self.device)
            try:
                yield from training.steps()
            except DivergedError:
                self.scores.append(NEVER)
            else:
                logits = training.said(training.ready.test).cpu()
                self.scores.append(mean_recall(logits, torch.from_numpy(training.ready.test_labels)))

    @property
    def chosen(self) -> float:
        """The candidate that did best."""
        return self.search.candidates[int(np.argmax(self.scores))]

    @property
    def decided(self) -> Ready:
        """The run with what was chosen, on all its labelled samples."""
        return replace(self.ready, method=replace(self.ready.method, **{self.search.setting: self.chosen}))

    def _tried(self, candidate: float) -> Ready:
        training = self.ready.training
        held = held_out(training.labels, self.search.held, self.ready.seed)
        left = training.take(np.flatnonzero(~held))
        counts = np.bincount(left.labels, minlength=training.classes)
        return replace(
            self.ready,
            method=replace(self.ready.method, **{self.search.setting: candidate}),
            facts=replace(self.ready.facts, counts=tuple(counts.tolist())),
            training=left,
            test=training.rows[held],
            test_labels=training.labels[held],
            steps=self.search.steps,
        )


def held_out(labels: NDArray[np.int64], share: float, seed: int) -> NDArray[np.bool_]:
    """Which labelled samples are held out: this share of each class, never its last one; one at the least."""
    held = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        members = stream(seed, f"search/{label}").permutation(np.flatnonzero(labels == label))
        held[members[: min(round(share * len(members)), len(members) - 1)]] = True
    if not held.any():  # a handful of labels: the largest class can spare one, if any can
        largest = np.flatnonzero(labels == np.bincount(labels).argmax())
        held[largest[: len(largest) - 1][:1]] = True
    return held
