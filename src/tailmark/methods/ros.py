"""ROS: minority samples are repeated until the classes are balanced (Japkowicz 2000; paper 003, "RS").

The training set grows to K n_max samples. The authors' code instead draws as many samples as the imbalanced set
has, with replacement and equal class probabilities, so that its epochs are half as long (protocol `released`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from tailmark.objective import Floats, Objective
from tailmark.trainingset import TrainingSet


@dataclass(frozen=True)
class RandomOversampling:
    """Random over-sampling, by imbalanced-learn."""

    epoch: Literal["enlarged", "drawn"] = "enlarged"

    repeats: ClassVar[bool] = True  # and makes no new samples
    released: ClassVar[dict[str, object]] = {"epoch": "drawn"}

    def objective(self, counts: Floats) -> Objective:
        return Objective()

    def resample(self, training: TrainingSet, random_state: int) -> TrainingSet:
        if self.epoch == "drawn":
            return training.drawn(1.0 / np.bincount(training.labels)[training.labels])
        from imblearn.over_sampling import RandomOverSampler  # noqa: PLC0415 - heavy, and needed here alone

        position = np.arange(len(training.labels)).reshape(-1, 1)
        chosen, _ = RandomOverSampler(random_state=random_state).fit_resample(position, training.labels)
        return training.take(chosen[:, 0])


method = RandomOversampling
