"""A lesson: one training of one generator, with every number that decides how; and what it is trained on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = dict[str, NDArray[np.float32]]
Span = tuple[float, float] | None


@dataclass(frozen=True)
class Vae:
    """A variational auto-encoder and its loss."""

    architecture: str  # mlp | appendix | release
    hidden: int
    latent: int
    variance: str  # shared | diagonal
    prior: str  # majority | gaussian
    likelihood: str  # sse | bernoulli | gaussian
    conditional: bool = False  # sees the class, as one-hot, in the encoder and the decoder


@dataclass(frozen=True)
class Gan:
    """A conditional generative adversarial network."""

    architecture: str  # mlp | convolutional
    noise: int


@dataclass(frozen=True)
class Classifier:
    """A plain classifier; what judges generated samples."""

    hidden: tuple[int, ...]


Network = Vae | Gan | Classifier


@dataclass(frozen=True)
class Lesson:
    """What is learned, from whom, starting where."""

    name: str  # names the random streams
    network: Network
    learns: tuple[int, ...]  # classes whose samples it sees
    guide: int | None  # class whose samples are the components of the prior
    epochs: int
    batch: int
    learning_rate: float
    decay: float = 1.0  # learning rate times this after every epoch
    exemplars: int = 0  # components of the prior, drawn anew every step
    start: Lesson | None = None  # its model is where this one begins
    ewc: float = 0.0  # lambda, on the way from the start
    ewc_step: str = "penalty"  # penalty | proximal
    fisher_samples: int = 0  # from which the Fisher information is estimated at the end; 0: it is not
    walk: str = "random"  # random | in turn: how exemplars are picked for the Fisher information

    def settings(self) -> dict[str, Any]:
        """What decides the result, less the start, which has a key of its own."""
        numbers = {name: value for name, value in asdict(self).items() if name not in ("start", "network")}
        return {**numbers, "network": {"kind": type(self.network).__name__, **asdict(self.network)}}


@dataclass(frozen=True)
class Material:
    """Rows of a shared pool of features: what a lesson sees."""

    pool: NDArray[np.float32]  # (n, D)
    learns: NDArray[np.int64]  # rows of the samples
    labels: NDArray[np.int64]  # of `learns`
    guides: NDArray[np.int64]  # rows of the exemplars; empty without a guide
    classes: int
    span: Span = None  # where features live: (0, 1), (-1, 1), or anywhere
    shape: tuple[int, ...] = ()  # of an image; empty for a row of features


@dataclass(frozen=True)
class Model:
    """What a lesson leaves behind."""

    weights: Weights
    fisher: Weights = field(default_factory=dict)
    losses: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))  # one an epoch
    seconds: float = 0.0


def judge_lesson(classes: int, hidden: tuple[int, ...]) -> Lesson:
    """For the classifier that looks at samples: a fifth of a benchmark classifier's epochs is enough."""
    return Lesson(
        name="judge",
        network=Classifier(hidden),
        learns=tuple(range(classes)),
        guide=None,
        epochs=20,
        batch=100,
        learning_rate=1e-3,
        decay=0.9,
    )
