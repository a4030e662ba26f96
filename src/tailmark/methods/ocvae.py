"""OCVAE: a conditional variational auto-encoder makes the missing samples (Fajardo et al. 2021; paper 003, baseline).

    loss = R(x, decoder(z, y)) + KL( q(z|x, y) || N(0, I) ),   trained on the imbalanced set as it is
    generate: z ~ N(0, I), decoder(z, y)

The class y is one-hot beside x and beside z. Paper 003, appendix E; images have a Bernoulli likelihood there, while
MGVAE has a squared error: that is how the two were compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from tailmark.generators.lesson import Lesson, Vae
from tailmark.objective import Floats, Objective


@dataclass(frozen=True)
class Ocvae:
    """Over-sampling by one conditional model of all classes."""

    latent: int = 40
    hidden: int = 300
    architecture: Literal["mlp", "appendix", "release"] = "mlp"
    likelihood: Literal["sse", "bernoulli", "gaussian"] = "bernoulli"
    epochs: int = 200
    batch: int = 100
    learning_rate: float = 5e-3
    decay: float = 1.0
    generate: Literal["mean", "sample"] = "mean"

    tabular: ClassVar[dict[str, object]] = {"latent": 10, "likelihood": "sse"}
    photos: ClassVar[dict[str, object]] = {
        "architecture": "appendix",
        "likelihood": "sse",
        "learning_rate": 5e-4,
        "decay": 0.95,
    }

    def objective(self, counts: Floats) -> Objective:
        return Objective()

    def lessons(self, counts: Floats) -> dict[int, Lesson]:
        """One lesson for all: the model is told the class."""
        lesson = Lesson(
            name="ocvae",
            network=Vae(
                architecture=self.architecture,
                hidden=self.hidden,
                latent=self.latent,
                variance="diagonal",
                prior="gaussian",
                likelihood=self.likelihood,
                conditional=True,
            ),
            learns=tuple(range(len(counts))),
            guide=None,
            epochs=self.epochs,
            batch=self.batch,
            learning_rate=self.learning_rate,
            decay=self.decay,
        )
        return {label: lesson for label in np.flatnonzero(counts < counts.max()).tolist()}


method = Ocvae
