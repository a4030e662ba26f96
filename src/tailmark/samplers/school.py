"""Trains the models of one call of a sampler."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from tailmark.generators.fit import fit_vae
from tailmark.generators.generate import Wanted, generate
from tailmark.generators.lesson import Lesson, Material, Model, Span
from tailmark.generators.material import material

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class School:
    """Trains lessons on one training set, each once."""

    pool: NDArray[np.float32]
    targets: NDArray[np.int64]  # classes by number
    span: Span
    seed: int
    models: dict[Lesson, Model] = field(default_factory=dict)

    def material(self, lesson: Lesson) -> Material:
        """What a lesson sees."""
        return material(lesson, self.pool, self.targets, int(self.targets.max()) + 1, self.span, shape=())

    def model(self, lesson: Lesson) -> Model:
        """What a lesson leaves behind, after the lesson at which it starts."""
        if lesson not in self.models:
            start = None if lesson.start is None else self.model(lesson.start)
            device = torch.device("cpu")
            self.models[lesson] = fit_vae(lesson, self.material(lesson), self.seed, start, device)
        return self.models[lesson]

    def new(self, lesson: Lesson, wanted: Wanted) -> tuple[NDArray[np.float32], Rows | None]:
        """Samples of a class, and the rows that guided them."""
        seen = self.material(lesson)
        made = generate(lesson, self.model(lesson), seen, wanted)
        return made.samples, None if made.exemplars is None else seen.guides[made.exemplars]
