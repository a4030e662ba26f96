"""OCDCGAN: OCGAN with convolutional networks, for photos (paper 003, baseline of Table 4).

    G  min  mean -log D(G(z, y), y)
    D  min  mean -log D(x, y) + mean -log(1 - D(G(z', y), y)),   trained on the imbalanced set as it is
    generate: z ~ N(0, I), G(z, y)

Appendix E: noise and label meet as maps of 4 x 4, and the image grows from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tailmark.generators.lesson import Gan, Lesson
from tailmark.objective import Floats, Objective


@dataclass(frozen=True)
class Ocdcgan:
    """Over-sampling by one convolutional conditional model of all classes."""

    noise: int = 100  # dimensions of z
    epochs: int = 200
    batch: int = 100
    learning_rate: float = 2e-4

    protocols: ClassVar[tuple[str, ...]] = ("corrected", "paper")  # as released, its range is wrong

    def objective(self, counts: Floats) -> Objective:
        return Objective()

    def lessons(self, counts: Floats) -> dict[int, Lesson]:
        """One lesson for all: the model is told the class."""
        lesson = Lesson(
            name="ocdcgan",
            network=Gan(architecture="convolutional", noise=self.noise),
            learns=tuple(range(len(counts))),
            guide=None,
            epochs=self.epochs,
            batch=self.batch,
            learning_rate=self.learning_rate,
        )
        return {label: lesson for label in np.flatnonzero(counts < counts.max()).tolist()}


method = Ocdcgan
