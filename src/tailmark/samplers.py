"""MGVAE and OCVAE for your own arrays: over-samplers with the interface of imbalanced-learn.

They hold the settings of the benchmark's methods for tabular data, and train the same lessons.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from imblearn.over_sampling.base import BaseOverSampler
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, Options, StrOptions

from tailmark import methods
from tailmark.generators.fit import fit_vae
from tailmark.generators.generate import generate
from tailmark.generators.lesson import Lesson, Material, Model, Span
from tailmark.generators.material import material

Range = tuple[float, float]
Constraints = dict[str, list[Any]]

AT_LEAST_ONE = Interval(Integral, 1, None, closed="left")
NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
POSITIVE = Interval(Real, 0, None, closed="neither")
COMMON: Constraints = {
    **BaseOverSampler._parameter_constraints,
    "feature_range": [Options(tuple, {(0, 1), (-1, 1)}), None],
    "latent": [AT_LEAST_ONE],
    "hidden": [AT_LEAST_ONE],
    "likelihood": [StrOptions({"sse", "bernoulli", "gaussian"})],
    "epochs": [AT_LEAST_ONE],
    "batch": [AT_LEAST_ONE],
    "learning_rate": [POSITIVE],
    "generate": [StrOptions({"mean", "sample"})],
}


@dataclass(frozen=True)
class New:
    """New samples of one class, and for each the row of X that guided it, if one did."""

    samples: NDArray[Any]
    guides: NDArray[np.int64] | None


@dataclass(frozen=True)
class Scale:
    """Between the features as given and the range in which generators work; all arrays have one number a feature."""

    middle: NDArray[np.float64]
    half: NDArray[np.float64]
    low: NDArray[np.float64]  # what is generated is nowhere below
    high: NDArray[np.float64]  # nor above: a constant feature stays constant
    span: Span

    def inward(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """From features as given."""
        scaled = np.zeros(X.shape)
        np.divide(X - self.middle, self.half, out=scaled, where=self.half > 0)
        return scaled.astype(np.float32)

    def outward(self, samples: NDArray[np.float32], dtype: np.dtype[Any]) -> NDArray[Any]:
        """To features as given, and to their type; whole numbers are rounded."""
        X = (self.middle + self.half * samples).clip(self.low, self.high)
        return (X if dtype.kind == "f" else np.rint(X)).astype(dtype)


def scale_of(X: NDArray[Any], declared: Range | None) -> Scale:
    """The scale of a declared range is the identity; without one, every feature is fitted into -1 .. 1."""
    low, high = X.min(axis=0).astype(np.float64), X.max(axis=0).astype(np.float64)
    if declared is None:
        middle, half = low / 2 + high / 2, high / 2 - low / 2  # halves: high - low may be too large
        return Scale(middle, half, low, high, (-1.0, 1.0))
    constant = low == high
    least, most = np.where(constant, low, declared[0]), np.where(constant, high, declared[1])
    return Scale(np.zeros_like(low), np.ones_like(low), least, most, declared)


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

    def new(self, lesson: Lesson, label: int, n: int, how: str) -> tuple[NDArray[np.float32], Any]:
        """`n` samples of a class, and the rows that guided them."""
        seen = self.material(lesson)
        made = generate(lesson, self.model(lesson), seen, label, n, self.seed, how)
        return made.samples, None if made.exemplars is None else seen.guides[made.exemplars]


class _Generating(BaseOverSampler):  # type: ignore[misc]
    """What both samplers do around their method."""

    _method: ClassVar[str]

    def _settings(self) -> dict[str, object]:
        """The parameters that are the method's."""
        published = methods.describe(self._method).settings
        return {name: value for name, value in self.get_params().items() if name in published}

    def _check_X_y(self, X: Any, y: Any, accept_sparse: Any = False) -> tuple[Any, Any, bool]:
        """Dense and finite, as scikit-learn checks it, and inside the declared range."""
        X, y, binarize_y = super()._check_X_y(X, y, accept_sparse=accept_sparse)
        if self.likelihood == "bernoulli" and self.feature_range != (0, 1):
            raise ValueError(
                "likelihood='bernoulli' takes features as probabilities and needs feature_range=(0, 1); got "
                f"feature_range={self.feature_range}. Scale X to 0 .. 1, or use another likelihood."
            )
        if self.feature_range is not None:
            self._check_range(X, *self.feature_range)
        return X, y, binarize_y

    def _check_range(self, X: NDArray[Any], low: float, high: float) -> None:
        outside = np.flatnonzero((X.min(axis=0) < low) | (X.max(axis=0) > high))
        if len(outside):
            column = int(outside[0])
            name = f" ('{self.feature_names_in_[column]}')" if hasattr(self, "feature_names_in_") else ""
            raise ValueError(
                f"Expected features in feature_range=({low}, {high}); column {column}{name} has values from "
                f"{X[:, column].min()} to {X[:, column].max()}. Scale X, or leave feature_range=None to have it scaled."
            )

    def _new_samples(self, X: NDArray[Any], y: NDArray[Any]) -> dict[Any, New]:
        """What each class lacks, by its label."""
        labels, targets = np.unique(y, return_inverse=True)
        counts = np.bincount(targets)
        largest = int(np.argmax(counts))
        missing = {
            int(np.searchsorted(labels, label)): n for label, n in self.sampling_strategy_.items() if n
        }
        if largest in missing:
            raise ValueError(
                f"{type(self).__name__} makes samples of every class but the largest; sampling_strategy asks for "
                f"{missing[largest]} more of the largest, {labels[largest]!r}. Use RandomOverSampler for that class."
            )
        scale = scale_of(X, self.feature_range)
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        school = School(scale.inward(X), targets, scale.span, seed)
        method = methods.make(self._method, self._settings(), "corrected", "tabular")
        lessons = method.lessons(
            counts + (np.arange(len(counts)) == largest)
        )  # another of its size is smaller
        found = {}
        for label, n in missing.items():
            samples, guides = school.new(lessons[label], label, n, self.generate)
            found[labels[label]] = New(scale.outward(samples, X.dtype), guides)
        return found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        return tags


class MGVAE(_Generating):
    """Over-sampling by a variational auto-encoder whose prior is the majority class (Ai et al. 2023).

    One model is trained on the largest class and then, for each class that lacks samples, fine-tuned on that class
    while elastic weight consolidation holds it near where it was. Each new sample comes from one majority sample,
    its exemplar, with what the smaller class has that the majority has not.

    Parameters
    ----------
    sampling_strategy, random_state
        As everywhere in imbalanced-learn.
    feature_range : None, (0, 1) or (-1, 1)
        Where the features live. None: each is scaled to -1 .. 1 by its least and greatest value in X, and new
        samples are scaled back. A range declares that X is scaled already; a value outside is an error.
    exemplars : int
        Majority samples that make up the prior in one training step.
    latent, hidden : int
        Latent dimensions; width of the hidden layers.
    variance : "shared" or "diagonal"
        The encoder's variance: one number for all, or its own for each sample and dimension.
    prior : "majority" or "gaussian"
        The Gaussian prior makes it a plain variational auto-encoder a class.
    likelihood : "sse", "gaussian" or "bernoulli"
        Squared error, as published; the same with a learned variance, which is better where features vary little
        in their range; or features as probabilities, which needs `feature_range=(0, 1)`.
    pretraining : bool
        Whether to begin with the majority.
    ewc, ewc_step : float; "penalty" or "proximal"
        How strongly weights are held near the pre-trained ones; "proximal" is stable where this is very large.
    epochs, fine_tuning_epochs, batch, learning_rate
        Training on the majority, training on the smaller class, and Adam's settings in both.
    fisher_samples : int
        Samples that tell how much each weight matters.
    generate : "mean" or "sample"
        The decoder's mean, or with the noise of the likelihood.

    Attributes
    ----------
    sampling_strategy_ : dict
        How many new samples of each class.
    exemplars_ : dict
        For each class with new samples the rows of X that were their exemplars, in order; None without any.
    n_features_in_, feature_names_in_
        As everywhere in scikit-learn.

    Notes
    -----
    * New samples come after the originals, which stay as they are; X keeps its type, whole numbers are rounded.
    * No exemplar comes a second time before every majority sample came once, however many samples are asked for.
    * A majority of fewer than `exemplars` samples is the whole prior.
    * A class of one sample is learned like any other. Where two classes are the largest, the first is the majority.
    * A constant feature stays exactly constant. Missing values and sparse matrices are refused.
    """

    _method: ClassVar[str] = "mgvae"
    _parameter_constraints: ClassVar[Constraints] = {
        **COMMON,
        "exemplars": [AT_LEAST_ONE],
        "variance": [StrOptions({"shared", "diagonal"})],
        "prior": [StrOptions({"majority", "gaussian"})],
        "pretraining": ["boolean"],
        "ewc": [NOT_NEGATIVE],
        "ewc_step": [StrOptions({"penalty", "proximal"})],
        "fine_tuning_epochs": [AT_LEAST_ONE],
        "fisher_samples": [AT_LEAST_ONE],
    }

    def __init__(  # noqa: PLR0913 - scikit-learn finds the settings here
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        feature_range: Range | None = None,
        exemplars: int = 700,
        latent: int = 10,
        hidden: int = 300,
        variance: Literal["shared", "diagonal"] = "shared",
        prior: Literal["majority", "gaussian"] = "majority",
        likelihood: Literal["sse", "bernoulli", "gaussian"] = "sse",
        pretraining: bool = True,
        ewc: float = 500.0,
        ewc_step: Literal["penalty", "proximal"] = "penalty",
        epochs: int = 200,
        fine_tuning_epochs: int = 200,
        batch: int = 100,
        learning_rate: float = 5e-3,
        fisher_samples: int = 100,
        generate: Literal["mean", "sample"] = "mean",
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.feature_range = feature_range
        self.exemplars = exemplars
        self.latent = latent
        self.hidden = hidden
        self.variance = variance
        self.prior = prior
        self.likelihood = likelihood
        self.pretraining = pretraining
        self.ewc = ewc
        self.ewc_step = ewc_step
        self.epochs = epochs
        self.fine_tuning_epochs = fine_tuning_epochs
        self.batch = batch
        self.learning_rate = learning_rate
        self.fisher_samples = fisher_samples
        self.generate = generate

    def _fit_resample(self, X: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        made = self._new_samples(X, y)
        self.exemplars_ = {label: new.guides for label, new in made.items()}
        return _appended(X, y, made)


class OCVAE(_Generating):
    """Over-sampling by one conditional variational auto-encoder of all classes (Fajardo et al. 2021).

    The model is trained on the imbalanced data as they are and told the class of each sample; new samples are decoded
    from standard Gaussian noise and the class.

    Parameters
    ----------
    sampling_strategy, random_state
        As everywhere in imbalanced-learn.
    feature_range : None, (0, 1) or (-1, 1)
        Where the features live. None: each is scaled to -1 .. 1 by its least and greatest value in X, and new
        samples are scaled back. A range declares that X is scaled already; a value outside is an error.
    latent, hidden : int
        Latent dimensions; width of the hidden layers.
    likelihood : "sse", "gaussian" or "bernoulli"
        Squared error; the same with a learned variance, which is better where features vary little in their range;
        or features as probabilities, which needs `feature_range=(0, 1)`.
    epochs, batch, learning_rate, decay
        Adam's settings; the learning rate is multiplied by `decay` after every epoch.
    generate : "mean" or "sample"
        The decoder's mean, or with the noise of the likelihood.

    Attributes
    ----------
    sampling_strategy_ : dict
        How many new samples of each class.
    n_features_in_, feature_names_in_
        As everywhere in scikit-learn.

    Notes
    -----
    * New samples come after the originals, which stay as they are; X keeps its type, whole numbers are rounded.
    * A class of one sample is learned like any other; the largest class gets no new samples.
    * A constant feature stays exactly constant. Missing values and sparse matrices are refused.
    """

    _method: ClassVar[str] = "ocvae"
    _parameter_constraints: ClassVar[Constraints] = {
        **COMMON,
        "decay": [Interval(Real, 0, 1, closed="right")],
    }

    def __init__(  # noqa: PLR0913 - scikit-learn finds the settings here
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        feature_range: Range | None = None,
        latent: int = 10,
        hidden: int = 300,
        likelihood: Literal["sse", "bernoulli", "gaussian"] = "sse",
        epochs: int = 200,
        batch: int = 100,
        learning_rate: float = 5e-3,
        decay: float = 1.0,
        generate: Literal["mean", "sample"] = "mean",
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.feature_range = feature_range
        self.latent = latent
        self.hidden = hidden
        self.likelihood = likelihood
        self.epochs = epochs
        self.batch = batch
        self.learning_rate = learning_rate
        self.decay = decay
        self.generate = generate

    def _fit_resample(self, X: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        return _appended(X, y, self._new_samples(X, y))


def _appended(X: NDArray[Any], y: NDArray[Any], made: dict[Any, New]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The originals, and after them what is new."""
    labels = [np.full(len(new.samples), label, dtype=y.dtype) for label, new in made.items()]
    return np.concatenate([X, *(new.samples for new in made.values())]), np.concatenate([y, *labels])
