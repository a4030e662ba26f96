"""MGVAE: minority samples from a variational auto-encoder whose prior is the majority (Ai et al. 2023; paper 003).

    r(z)       = 1/S sum_s N(z; mu(e_s), sigma^2 I),  e_s majority samples, drawn anew every step      (equation 3)
    loss       = R(x, decoder(z)) + log q(z|x) - log r(z),  z ~ q(z|x)                                 (equation 4)
    pre-train  on the majority; then for each smaller class c start there and
    fine-tune  on class c with  loss + lambda sum_i F_i (theta_i - theta*_i)^2              (equation 6, algorithm 2)
    generate   one sample of class c for each majority exemplar: z ~ N(mu(e), sigma^2 I), decoder(z)    (algorithm 1)

Settings that the paper leaves open are those of the authors' code. `prior: gaussian`, `pretraining: false` and
`ewc: 0` are the ablations of Table 8, `ewc` itself is Table 9.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from tailmark.generators.lesson import Lesson, Vae
from tailmark.objective import Floats, Objective


@dataclass(frozen=True)
class Mgvae:
    """Majority-guided generation, one model a small class, all from one pre-trained model."""

    exemplars: int = 10_000  # S
    latent: int = 40  # appendix E
    hidden: int = 300
    architecture: Literal["mlp", "appendix", "release"] = "mlp"
    variance: Literal["shared", "diagonal"] = "shared"  # of q: the prior's scalar, or a head of its own
    prior: Literal["majority", "gaussian"] = "majority"
    likelihood: Literal["sse", "bernoulli", "gaussian"] = "sse"
    pretraining: bool = True
    ewc: float = 5e4  # lambda: the best of Table 9; for MNIST the paper does not say
    ewc_step: Literal["penalty", "proximal"] = "penalty"
    epochs: int = 200  # T1
    fine_tuning_epochs: int = 200  # T2
    batch: int = 100
    learning_rate: float = 5e-3
    fisher_samples: int = 100
    generate: Literal["mean", "sample"] = "mean"  # the decoder's mean, or with the likelihood's noise
    walk: Literal["random", "in turn"] = "random"  # over exemplars; in turn also cuts pixels to whole bytes

    tabular: ClassVar[dict[str, object]] = {"exemplars": 700, "latent": 10, "ewc": 500.0}
    photos: ClassVar[dict[str, object]] = {
        "architecture": "appendix",
        "exemplars": 5000,
        "ewc": 50.0,
        "learning_rate": 5e-4,
        "fisher_samples": 30,
    }
    released: ClassVar[dict[str, object]] = {"latent": 10, "walk": "in turn"}

    def objective(self, counts: Floats) -> Objective:
        return Objective()

    def lessons(self, counts: Floats) -> dict[int, Lesson]:
        """For each class below the largest, the lesson whose model makes its new samples."""
        majority = int(np.argmax(counts))
        start = self.lesson("pretraining", majority, majority, self.epochs) if self.pretraining else None
        return {
            label: self.lesson(f"class {label}", label, majority, self.fine_tuning_epochs, start)
            for label in np.flatnonzero(counts < counts.max()).tolist()
        }

    def lesson(self, name: str, learns: int, guide: int, epochs: int, start: Lesson | None = None) -> Lesson:
        """Both phases are one lesson: what differs is who is learned, where it starts and the penalty."""
        guided = self.prior == "majority"
        network = Vae(
            architecture=self.architecture,
            hidden=self.hidden,
            latent=self.latent,
            variance=self.variance if guided else "diagonal",
            prior=self.prior,
            likelihood=self.likelihood,
        )
        return Lesson(
            name=name,
            network=network,
            learns=(learns,),
            guide=guide,
            epochs=epochs,
            batch=self.batch,
            learning_rate=self.learning_rate,
            exemplars=self.exemplars if guided else 0,
            start=start,
            ewc=self.ewc if start else 0.0,  # without a start there is nothing to hold on to
            ewc_step=self.ewc_step if start else "penalty",
            fisher_samples=self.fisher_samples if learns == guide else 0,
            walk=self.walk,
        )


method = Mgvae
