"""Chooses the learning rate and one setting of a method on held-out training samples, never on the test set.

The same rule for every method: as many trials, the same held-out samples, the same steps. A tie goes to the first
trial, which is the suite's rate and the published value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from tailmark.errors import DivergedError
from tailmark.fusion.recipe import Search
from tailmark.training.outcome import mean_recall
from tailmark.training.semi.search import NEVER, held_out
from tailmark.training.views.ready import Ready
from tailmark.training.views.run import Training

Parts = dict[str, NDArray[np.generic]]


class Trials:
    """The trials of a run, one after the other."""

    def __init__(self, ready: Ready, search: Search, device: torch.device) -> None:
        self.ready, self.search, self.device = ready, search, device
        self.scores: list[float] = []

    def steps(self) -> Iterator[None]:
        """One step at a time, through all of them."""
        for rate, value in self.search.trials:
            try:
                training = Training(self._tried(rate, value), self.device)
                while not training.ended:
                    yield from training.chunk()
            except DivergedError:
                self.scores.append(NEVER)
            else:
                logits = training.answered(training.ready.test).cpu()
                self.scores.append(mean_recall(logits, torch.from_numpy(training.ready.test_labels)))

    @property
    def chosen(self) -> tuple[float, float]:
        """The trial that did best: what the rate is multiplied by, and the setting's value."""
        return self.search.trials[int(np.argmax(self.scores))]

    @property
    def decided(self) -> Ready:
        """The run with what was chosen, on its whole training set."""
        return self._with(self.ready, *self.chosen)

    def parts(self) -> Parts:
        """For the run file."""
        return {
            "search/trials": np.array(self.search.trials, np.float64),
            "search/scores": np.array(self.scores, np.float64),
            "search/chosen": np.array(self.chosen, np.float64),
        }

    def _tried(self, rate: float, value: float) -> Ready:
        training = self.ready.training
        held = held_out(training.labels, self.search.held, self.ready.seed)
        left = training.take(np.flatnonzero(~held))
        steps = self.search.steps or self.ready.steps
        apart = replace(
            self.ready,
            fusion=replace(self.ready.fusion, steps=steps, watch_views=False),
            training=left,
            counts=left.counts,
            test=training.rows[held],
            test_labels=training.labels[held],
            mixes={},
        )
        return self._with(apart, rate, value)

    def _with(self, ready: Ready, rate: float, value: float) -> Ready:
        method = ready.method
        if self.search.setting:
            method = replace(method, **{self.search.setting: value})
        recipe = replace(ready.recipe, learning_rate=ready.recipe.learning_rate * rate)
        design = method.design(ready.counts.astype(np.float64), ready.fusion.views)
        return replace(ready, recipe=recipe, method=method, design=design)
